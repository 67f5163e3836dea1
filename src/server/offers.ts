/**
 * Offers the stored up messages to the application: one at a time, in order, each until it settles.
 *
 * What just came is offered from memory; what is older, or too much, is read from the log when its turn comes.
 */
import type { HoldfastError } from '../base/errors.ts'
import { isThenable } from './emitter.ts'
import { type Kept, KeptRun } from './kept.ts'
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
  /** Listeners have begun with a message, and this resolves when they are done with it. */
  readonly began: (settling: Promise<unknown>) => void
  /** Some were processed. */
  readonly progressed: () => void
  readonly processed: number
}

const READ = 64

export class Offers {
  /** The application is done with everything to here. */
  processed: number
  /** Characters that this instance stored and that are not processed yet. */
  backlog = 0
  private readonly options: OffersOptions
  /** Up to here the messages were stored before the session came here, and may have been offered elsewhere. */
  private readonly offeredBefore: number
  private readonly kept = new KeptRun()
  /** The number that was taken last, offered or being offered. */
  private taken: number
  private isRunning = false
  private isStopped = false
  private isResting = false
  /** What the listeners are at. */
  private settling: Promise<unknown> | undefined
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
      this.kept.push({ seq: batch.from + i, data: batch.values[i], characters }, this.taken)
    }
    this.kick()
  }

  kick(): void {
    this.marks.retry()
    if (!this.isRunning && !this.isStopped && !this.isResting) this.run()
  }

  /** Offers nothing more for now. @returns when the listeners are done; `undefined` if they are. */
  rest(): Promise<unknown> | undefined {
    this.isResting = true
    return this.settling
  }

  /** Somebody is here again. */
  wake(): void {
    this.isResting = false
  }

  stop(): void {
    this.isStopped = true
    this.marks.stop()
    this.kept.clear()
  }

  /** Offers what is here in one go, and waits only where there is something to wait for. */
  private run(): void {
    this.isRunning = true
    while (!this.isStopped && !this.isResting && this.processed < this.options.stored()) {
      const listeners = this.options.listeners()
      if (listeners.length === 0) break
      const one = this.kept.take(this.taken + 1)
      if (one === undefined) return void this.fetch().then(this.goOn, this.giveUp)
      this.taken = one.seq
      const settled = this.offer(one, listeners)
      if (settled !== undefined) {
        this.settling = settled
        this.options.began(settled)
        return void settled.then(() => this.goOn(one))
      }
      this.done(one)
    }
    this.isRunning = false
  }

  /** @param done - what was settled meanwhile */
  private readonly goOn = (done?: Kept): void => {
    this.settling = undefined
    if (done !== undefined) this.done(done)
    this.run()
  }

  private readonly giveUp = (cause: unknown): void => {
    this.isRunning = false
    this.options.troubled(logFailed(cause))
  }

  /** Reads the next from the log, and some more with it. */
  private async fetch(): Promise<undefined> {
    const stored = this.options.stored()
    const entries = await this.options.ledger.readUp(this.taken + 1, READ)
    if (entries === undefined) return
    const [first] = entries
    if (first !== undefined && first.seq <= this.taken)
      throw new Error('the log answered with what was not asked for')
    this.kept.clear()
    // What is missing was given up: nobody has anything to do with it.
    this.taken = first === undefined ? stored : first.seq - 1
    if (this.taken > this.processed) this.done({ seq: this.taken, data: undefined, characters: 0 })
    for (const { seq, text } of entries) {
      this.kept.push({ seq, data: JSON.parse(text), characters: text.length }, this.taken)
    }
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
