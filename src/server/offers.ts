/**
 * Offers the stored up messages to the application: one at a time, in order, each until it settles.
 *
 * What just came is offered from memory; what is older, or too much, is read from the log when its turn comes.
 */
import type { HoldfastError } from '../base/errors.ts'
import { isThenable } from './emitter.ts'
import type { Ledger } from './ledger.ts'
import { logFailed } from './ledger.ts'
import { Latest } from './latest.ts'
import type { UpBatch } from './up-batch.ts'

export interface Offer {
  readonly seq: number
  readonly data: unknown
  readonly redelivered: boolean
}

type Listener = (message: Offer) => unknown

export interface OffersOptions {
  readonly ledger: Ledger
  /** Highest up number in the log. */
  readonly stored: () => number
  readonly listeners: () => readonly Listener[]
  /** A listener threw or rejected. */
  readonly failed: (cause: unknown) => void
  readonly troubled: (error: HoldfastError) => void
  /** Some were processed. */
  readonly progressed: () => void
  readonly processed: number
}

interface Kept {
  readonly seq: number
  readonly data: unknown
  readonly characters: number
}

/** What is kept in memory for its turn, at most. */
const MOST_KEPT = 1024
const MOST_KEPT_CHARACTERS = 1024 * 1024
const READ = 64

export class Offers {
  /** The application is done with everything to here. */
  processed: number
  /** Characters that this instance stored and that are not processed yet. */
  backlog = 0
  private readonly options: OffersOptions
  /** Up to here the messages were stored before the session came here, and may have been offered elsewhere. */
  private readonly offeredBefore: number
  /** A contiguous run of messages; `next` is the place of the first one that was not offered yet. */
  private kept: Kept[] = []
  private next = 0
  /** The number that was taken last, offered or being offered. */
  private taken: number
  private keptCharacters = 0
  private isRunning = false
  private isStopped = false
  private readonly marks: Latest

  constructor(options: OffersOptions) {
    this.options = options
    this.processed = options.processed
    this.marks = new Latest(
      options.processed,
      (upTo) => options.ledger.markProcessed(upTo),
      (cause) => options.troubled(logFailed(cause)),
    )
    this.taken = options.processed
    this.offeredBefore = options.stored()
  }

  /** These are in the log now; those to `before` had been there. */
  stored(batch: UpBatch, before: number): void {
    const skip = Math.max(0, before + 1 - batch.from)
    for (let i = skip; i < batch.texts.length; i += 1) {
      const characters = (batch.texts[i] as string).length
      this.backlog += characters
      this.keep({ seq: batch.from + i, data: batch.values[i], characters })
    }
    this.kick()
  }

  kick(): void {
    this.marks.retry()
    if (!this.isRunning && !this.isStopped) void this.run()
  }

  stop(): void {
    this.isStopped = true
    this.marks.stop()
    this.kept = []
  }

  private keep(one: Kept): void {
    const last = this.kept[this.kept.length - 1]?.seq ?? this.taken
    if (
      one.seq !== last + 1 ||
      this.kept.length - this.next >= MOST_KEPT ||
      this.keptCharacters > MOST_KEPT_CHARACTERS
    )
      return
    this.kept.push(one)
    this.keptCharacters += one.characters
  }

  private async run(): Promise<void> {
    this.isRunning = true
    try {
      while (!this.isStopped && this.processed < this.options.stored()) {
        const listeners = this.options.listeners()
        if (listeners.length === 0) break
        const one = this.take() ?? (await this.fetch())
        if (one === undefined || this.isStopped) break
        this.taken = one.seq
        // Awaiting only what is a promise keeps a burst of plain listeners in one turn.
        const settled = this.offer(one, listeners)
        if (settled !== undefined) await settled
        this.done(one)
      }
    } catch (cause) {
      this.options.troubled(logFailed(cause))
    } finally {
      this.isRunning = false
    }
  }

  private take(): Kept | undefined {
    const one = this.kept[this.next]
    if (one?.seq !== this.taken + 1) return undefined
    this.kept[this.next] = EMPTY
    this.next += 1
    this.keptCharacters -= one.characters
    if (this.next === this.kept.length) {
      this.kept = []
      this.next = 0
    }
    return one
  }

  /** Reads the next from the log, and some more with it. */
  private async fetch(): Promise<Kept | undefined> {
    const stored = this.options.stored()
    const entries = await this.options.ledger.readUp(this.processed + 1, READ)
    // The session may have been lost while we read: nothing of it will ever be done.
    if (this.isStopped) return undefined
    const [first, ...rest] = entries.map(({ seq, text }): Kept => ({
      seq,
      data: JSON.parse(text),
      characters: text.length,
    }))
    if (first === undefined) {
      // Nothing but numbers that were given up.
      this.taken = stored
      this.done({ seq: stored, data: undefined, characters: 0 })
      return this.processed < this.options.stored() ? this.fetch() : undefined
    }
    this.kept = []
    this.next = 0
    this.keptCharacters = 0
    for (const [index, one] of rest.entries()) {
      if (one.seq !== first.seq + index + 1) break
      this.kept.push(one)
      this.keptCharacters += one.characters
    }
    return first
  }

  /** @returns a promise if a listener gave one; it never rejects. */
  private offer(one: Kept, listeners: readonly Listener[]): Promise<unknown> | undefined {
    const message: Offer = { seq: one.seq, data: one.data, redelivered: one.seq <= this.offeredBefore }
    let promises: PromiseLike<unknown>[] | undefined
    for (const listener of listeners) {
      try {
        const result = listener(message)
        if (isThenable(result))
          (promises ??= []).push(result.then(undefined, (cause: unknown) => this.options.failed(cause)))
      } catch (cause) {
        this.options.failed(cause)
      }
    }
    return promises === undefined ? undefined : Promise.all(promises)
  }

  private done(one: Kept): void {
    if (this.isStopped) return
    this.processed = one.seq
    if (one.seq > this.offeredBefore) this.backlog -= one.characters
    this.marks.raise(one.seq)
    this.options.progressed()
  }
}

const EMPTY: Kept = { seq: 0, data: undefined, characters: 0 }
