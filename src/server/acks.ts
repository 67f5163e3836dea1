/**
 * Tells the client how far its messages are stored: soon, but not for each one.
 *
 * The first ack goes out at once, so that a client which waits for it is not held up; what follows closely is
 * told together.
 */
import { after, type Duration, type Instant, milliseconds } from '../base/time.ts'
import type { Clock } from '../ports/clock.ts'
import { BATCH } from '../protocol/limits.ts'

/** The least time between two acks, unless much has gathered. */
const SPACING: Duration = milliseconds(5)

export class Acks {
  /** The highest number that the client was told. */
  told: number
  private stored: number
  private readonly clock: Clock
  private readonly tell: (received: number) => void
  private toldAt: Instant | undefined
  private cancel: (() => void) | undefined

  constructor(clock: Clock, told: number, tell: (received: number) => void) {
    this.clock = clock
    this.told = told
    this.stored = told
    this.tell = tell
  }

  /** Everything to here is stored. */
  reached(stored: number): void {
    this.stored = stored
    if (stored - this.told >= BATCH) this.flush()
    else this.soon()
  }

  /** The client repeated itself: perhaps it missed an ack. */
  again(): void {
    this.told = Math.min(this.told, this.stored - 1)
    this.soon()
  }

  /** Another frame carries the number: nothing is left to tell. */
  carried(): number {
    this.told = this.stored
    this.toldAt = this.clock.now()
    this.stop()
    return this.stored
  }

  stop(): void {
    this.cancel?.()
    this.cancel = undefined
  }

  private soon(): void {
    if (this.cancel !== undefined || this.told >= this.stored) return
    const due = this.toldAt === undefined ? undefined : after(this.toldAt, SPACING)
    if (due === undefined || due <= this.clock.now()) this.flush()
    else this.cancel = this.clock.alarm(due, () => this.flush())
  }

  private flush(): void {
    const { told } = this
    if (this.stored > told) this.tell(this.carried())
  }
}
