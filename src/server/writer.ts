/**
 * Appends to a session's log, one call at a time.
 *
 * While a call is on its way, what comes meanwhile gathers and goes in the next one: a slow log costs latency
 * but not throughput, and the order of the entries in the log is the order in which they are told here.
 */
import { HoldfastError } from '../base/errors.ts'
import { type Ledger, logFailed } from './ledger.ts'
import { Promised, rejected } from './promised.ts'
import { atTurnsEnd } from './turn.ts'
import { MOST_CHARACTERS, MOST_MESSAGES, type UpBatch, UpQueue } from './up-batch.ts'

export interface WriterListener {
  /** How many of the application's messages may be appended now. */
  room(): number
  /**
   * The application's messages are in the log.
   *
   * @returns what to wait for before the application is told, if anything
   */
  storedDown(from: number, texts: readonly string[]): Promise<void> | undefined
  /** The client's messages are in the log; those to `before` had been there already. */
  storedUp(batch: UpBatch, before: number): void
  /** The client's messages could not be stored; nothing that followed them was. */
  failedUp(error: HoldfastError): void
  /** The application's messages could not be stored, or nobody knows whether they were. */
  failedDown(error: HoldfastError): void
  /** The log holds entries that were never told here: an append that was taken for failed has landed. */
  surprised(): void
  /** [SV-101] The log has lost entries that it had told us it had, and with them the numbers that were given out. */
  steppedBack(): void
  /** Whether the application is so far behind that no further up message is to be stored. */
  isChoked(): boolean
}

/** What waits to be appended, at most: beyond it, whoever sends has long stopped listening to the promises. */
const MOST_WAITING = 100_000
const MOST_WAITING_CHARACTERS = 64 * 1024 * 1024

export class Writer {
  /** Highest down number in the log. */
  head: number
  /** Highest up number in the log. */
  up: number
  private texts: string[] = []
  private characters = 0
  private waiting: Promised<number>[] = []
  private readonly ups = new UpQueue()
  private isRunning = false
  private isScheduled = false
  private stopped: HoldfastError | undefined
  /** The highest down number that a read has shown. */
  private readTo = 0
  private readonly ledger: Ledger
  private readonly listener: WriterListener

  constructor(ledger: Ledger, listener: WriterListener, at: { readonly up: number; readonly head: number }) {
    this.ledger = ledger
    this.listener = listener
    this.up = at.up
    this.head = at.head
  }

  /** Characters of up messages that wait to be stored. */
  get queued(): number {
    return this.ups.characters
  }

  /** Takes a message of the application's; what one turn of the event loop sends goes in one call. */
  send(text: string): Promise<number> {
    if (this.stopped !== undefined) return rejected(this.stopped)
    if (this.texts.length >= MOST_WAITING || this.characters > MOST_WAITING_CHARACTERS) return this.overflow()
    const promised = new Promised<number>()
    this.texts.push(text)
    this.characters += text.length
    this.waiting.push(promised)
    if (!this.isRunning && !this.isScheduled) {
      this.isScheduled = true
      atTurnsEnd(this.kick)
    }
    return promised.promise
  }

  /** Takes messages of the client's, contiguous with those taken before. */
  store(batch: UpBatch): void {
    this.ups.push(batch)
    this.kick()
  }

  /** Forgets what the client sent and is not stored: it will send it again over its new connection. */
  dropUps(): void {
    this.ups.clear()
  }

  /**
   * The log holds entries to here, as a read has shown. What lies beyond the head was appended by a call that failed, or
   * that is still under way: then its answer comes first.
   */
  wasRead(to: number): void {
    this.readTo = Math.max(this.readTo, to)
    if (!this.isRunning) this.catchUp()
  }

  /** Looks again whether there is something to do. */
  readonly kick = (): void => {
    this.isScheduled = false
    if (!this.isRunning && (this.texts.length > 0 || !this.ups.isEmpty)) void this.run()
  }

  stop(error: HoldfastError): void {
    this.stopped = error
    this.dropUps()
    const { waiting } = this
    this.texts = []
    this.characters = 0
    this.waiting = []
    for (const one of waiting) one.reject(error)
  }

  private overflow(): Promise<never> {
    const hint = 'Wait for the promises of earlier messages.'
    const error = new HoldfastError('outbox-full', 'Too many messages wait for the log or for the client.', {
      hint,
    })
    this.listener.failedDown(error)
    return rejected(error)
  }

  private async run(): Promise<void> {
    this.isRunning = true
    while (this.stopped === undefined) {
      const room = this.texts.length > 0 ? this.listener.room() : 0
      const canStore = !this.ups.isEmpty && !this.listener.isChoked()
      if (room <= 0 && !canStore) break
      if (room > 0) await this.writeDown(room)
      this.catchUp()
      if (canStore) await this.writeUp()
    }
    this.isRunning = false
    this.catchUp()
  }

  private catchUp(): void {
    if (this.stopped !== undefined || this.readTo <= this.head) return
    this.head = this.readTo
    this.listener.surprised()
  }

  private async writeDown(room: number): Promise<void> {
    const count = carried(this.texts, room)
    const isAll = count === this.texts.length
    const texts = isAll ? this.texts : this.texts.slice(0, count)
    const waiting = isAll ? this.waiting : this.waiting.slice(0, count)
    this.texts = isAll ? [] : this.texts.slice(count)
    this.waiting = isAll ? [] : this.waiting.slice(count)
    for (const text of texts) this.characters -= text.length
    try {
      let answer = await this.ledger.appendDown(this.head, texts)
      if (answer.kind === 'hole' && answer.last < this.head) this.listener.steppedBack()
      else if (answer.kind === 'hole') {
        this.head = answer.last
        this.listener.surprised()
        answer = await this.ledger.appendDown(this.head, texts)
      }
      if (answer.kind !== 'appended') throw new Error(`the log answered ${answer.kind}`)
      this.head = Math.max(this.head, answer.last)
      const from = answer.last - texts.length + 1
      // What is in the log is sent, by us or by whoever has the session now.
      const coming = this.stopped === undefined ? this.listener.storedDown(from, texts) : undefined
      if (coming !== undefined) await coming
      for (let index = 0; index < waiting.length; index += 1) waiting[index]?.resolve(from + index)
    } catch (cause) {
      const error = this.stopped ?? logFailed(cause)
      for (const one of waiting) one.reject(error)
      if (this.stopped === undefined) this.listener.failedDown(error)
    }
  }

  private async writeUp(): Promise<void> {
    const batch = this.ups.take()
    if (batch === undefined) return
    const { from, to, texts } = batch
    try {
      const answer = await this.ledger.appendUp(
        texts.length === 0 ? { from, givenUpTo: to } : { from, texts },
      )
      if (this.stopped !== undefined) return
      if (answer.kind !== 'appended') throw new Error(`the log answered ${answer.kind}`)
      const before = this.up
      this.up = Math.max(this.up, answer.last)
      this.listener.storedUp(batch, before)
    } catch (cause) {
      if (this.stopped !== undefined) return
      this.dropUps()
      this.listener.failedUp(logFailed(cause))
    }
  }
}

/** How many of the texts one call to the log carries: at least one, and no more than there is room for. */
function carried(texts: readonly string[], room: number): number {
  if (texts.length === 1) return 1
  let characters = 0
  const most = Math.min(texts.length, MOST_MESSAGES, room)
  for (let count = 0; count < most; count += 1) {
    characters += (texts[count] as string).length
    if (count > 0 && characters > MOST_CHARACTERS) return count
  }
  return most
}
