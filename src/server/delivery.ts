/**
 * Brings the log's down messages to one connection: first the replay, then what is appended, in order, each once.
 *
 * One cursor, `sent`, moves over the numbers, whoever moves it: what was just appended goes out from memory if
 * it is next, everything else is read from the log by a pump that stops at a full socket or a full window.
 */
import { after, type Duration, milliseconds } from '../base/time.ts'
import type { Clock } from '../ports/clock.ts'
import { encode, encodeMessages, fitting } from '../protocol/encode.ts'
import type { Gap, GapReason, Snapshot } from '../protocol/frames.ts'
import { BATCH } from '../protocol/limits.ts'
import type { ServerConnection } from './connection-port.ts'
import type { Numbered } from './session-log.ts'

export interface DeliveryOptions {
  readonly socket: ServerConnection
  readonly clock: Clock
  readonly window: number
  readonly bufferedBytes: number
  /** Highest down number in the log. */
  readonly head: () => number
  /** `undefined` if the session is not ours any more. */
  readonly read: (from: number, limit: number) => Promise<readonly Numbered[] | undefined>
  /** The server's copy of the state, in pieces, if there is one: sent before a gap, which tears the client's. */
  readonly snapshot: () => readonly Snapshot[]
  /** Resolves when that copy is here; `undefined` if it is, or if it is the client's to give. */
  readonly coming: () => Promise<void> | undefined
  /** Whether the log still says that the session is ours. */
  readonly isOurs: () => Promise<boolean>
  readonly failed: (cause: unknown) => void
}

export interface DeliveryStart {
  /** The client has everything to here. */
  readonly seen: number
  /** The replay ends here. */
  readonly to: number
  /** Lowest number that is kept. */
  readonly oldest: number
  readonly trimmedBy: Exclude<GapReason, 'cancelled'>
  /** Whether the client's state is to be replaced in any case. */
  readonly snapshot: boolean
}

/** How soon to look again whether a full socket has drained. */
const LOOK_AGAIN = milliseconds(10)
/** How soon to read again from a log that failed. */
const AFTER_FAILURE = milliseconds(1000)

export class Delivery {
  private readonly options: DeliveryOptions
  private sent: number
  private acked: number
  private readonly replayTo: number
  /** What must go out before the next message. */
  private readonly first: ('state' | Snapshot | Gap)[] = []
  private isLive = false
  private isPumping = false
  private isStopped = false
  private cancel: (() => void) | undefined

  constructor(options: DeliveryOptions, start: DeliveryStart) {
    this.options = options
    this.sent = start.seen
    this.acked = start.seen
    this.replayTo = start.to
    if (start.oldest > start.seen + 1) this.tear(start.oldest - 1, start.trimmedBy)
    else if (start.snapshot) this.first.push('state')
  }

  /** These were just appended. */
  appended(from: number, texts: readonly string[]): void {
    const isNext = this.isLive && !this.isPumping && this.sent === from - 1 && this.first.length === 0
    if (isNext && this.room() >= texts.length) this.transmit(from, texts)
    if (this.sent < this.options.head()) this.kick()
  }

  /** @returns false if the client acknowledges what there never was. */
  acknowledged(received: number): boolean {
    // What was read from the log may be more than its writer knows of: an append that was taken for failed has landed.
    if (received > Math.max(this.options.head(), this.sent)) return false
    if (received <= this.acked) return true
    const wasShut = this.room() <= 0
    this.acked = received
    // After a hand-off, the client may have it from the other side.
    if (received > this.sent) this.sent = received
    if (wasShut) this.kick()
    return true
  }

  kick(): void {
    if (!this.isPumping && !this.isStopped) void this.pump()
  }

  stop(): void {
    this.isStopped = true
    this.cancel?.()
  }

  private async pump(): Promise<void> {
    this.isPumping = true
    try {
      while (!this.isStopped) {
        if (this.isFull()) {
          this.lookAgain(LOOK_AGAIN)
          break
        }
        const [next] = this.first
        if (next === 'state') {
          await this.options.coming()
          this.first.splice(0, 1, ...this.options.snapshot())
          continue
        }
        if (next !== undefined) {
          this.first.shift()
          this.hasten(next)
          continue
        }
        if (!this.isLive && this.sent >= this.replayTo) this.goLive()
        const head = this.options.head()
        const room = this.room()
        if (this.sent >= head || room <= 0) break
        const from = this.sent + 1
        const entries = await this.options.read(from, Math.min(room, BATCH))
        if (entries === undefined) break
        if (entries.length > 0) this.deliver(from, entries)
        else if (await this.options.isOurs()) this.tear(head, 'trimmed')
        else break
      }
    } catch (cause) {
      this.options.failed(cause)
      this.lookAgain(AFTER_FAILURE)
    } finally {
      this.isPumping = false
    }
  }

  private goLive(): void {
    this.isLive = true
    this.options.socket.send(encode({ type: 'live', seq: this.sent }))
  }

  private hasten(frame: Snapshot | Gap): void {
    this.options.socket.send(encode(frame))
    if (frame.type !== 'gap') return
    this.sent = Math.max(this.sent, frame.to)
    this.acked = Math.max(this.acked, frame.to)
  }

  /** Announces that everything to here is gone; the state that stands for it goes first. */
  private tear(to: number, reason: GapReason): void {
    if (to <= this.sent) return
    this.first.push('state', { type: 'gap', from: this.sent + 1, to, reason })
  }

  private deliver(asked: number, entries: readonly Numbered[]): void {
    if (this.isStopped) return
    // An ack may have moved the cursor while we read.
    const fresh = entries.filter(({ seq }) => seq > this.sent)
    const next = this.sent + 1
    // What does not follow at once is read again when the pump has come to it.
    const run = fresh.filter(({ seq }, index) => seq === next + index)
    if (run.length > 0)
      this.transmit(
        next,
        run.map(({ text }) => text),
      )
    else if (fresh.length > 0) this.tear((fresh[0] as Numbered).seq - 1, 'trimmed')
    else if (next === asked) throw new Error('the log answered with what was not asked for')
  }

  /** Sends frames until all is said or the socket is full; what is left is read again. */
  private transmit(from: number, texts: readonly string[]): void {
    const { socket } = this.options
    for (let start = 0; start < texts.length && !this.isFull();) {
      const count = fitting(texts, start)
      const part = count === texts.length ? texts : texts.slice(start, start + count)
      socket.send(encodeMessages(from + start, part))
      start += count
      this.sent = from + start - 1
    }
  }

  private room(): number {
    return this.options.window - (this.sent - this.acked)
  }

  private isFull(): boolean {
    return this.options.socket.buffered() >= this.options.bufferedBytes
  }

  private lookAgain(wait: Duration): void {
    if (this.cancel !== undefined || this.isStopped) return
    const { clock } = this.options
    this.cancel = clock.alarm(after(clock.now(), wait), () => {
      this.cancel = undefined
      this.kick()
    })
  }
}
