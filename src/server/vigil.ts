/**
 * Looks now and then whether a session is still ours, so that an idle one that was lost is let go of.
 *
 * While somebody is connected it also keeps the session from expiring.
 */
import { after, milliseconds } from '../base/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ledger } from './ledger.ts'

export interface VigilOptions {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly retainMs: number
  /** What the client has acknowledged: written again, it changes nothing and asks everything. */
  readonly acked: () => number
  /** Called at every look: what could not be told the log is told again. */
  readonly tick: () => void
  readonly failed: (cause: unknown) => void
}

const SECOND = 1000
const MINUTE = 60_000

export class Vigil {
  private readonly options: VigilOptions
  private isAttended = false
  private waitMs = SECOND
  private isStopped = false
  private cancel: () => void = () => {}

  constructor(options: VigilOptions) {
    this.options = options
  }

  /** Somebody is connected. */
  attend(): void {
    this.isAttended = true
    const most = this.options.ledger.isShared ? 10 * SECOND : MINUTE
    this.waitMs = Math.min(most, this.options.retainMs / 3)
    this.arm()
  }

  /** Nobody is connected any more, as of now. */
  leave(): void {
    this.isAttended = false
    this.waitMs = this.options.ledger.isShared ? SECOND : MINUTE
    void this.look(true)
    this.arm()
  }

  /** Others may take the session any moment now: looks this often, if somebody is connected. */
  hurry(everyMs: number): void {
    if (!this.isAttended) return
    this.waitMs = Math.min(this.waitMs, everyMs)
    this.arm()
  }

  stop(): void {
    this.isStopped = true
    this.cancel()
  }

  private arm(): void {
    this.cancel()
    if (this.isStopped) return
    const { clock, retainMs } = this.options
    // Soon after it has expired, at the latest, there is something to find.
    const waitMs = Math.min(this.waitMs, retainMs + SECOND)
    this.cancel = clock.alarm(after(clock.now(), milliseconds(waitMs)), () => {
      this.options.tick()
      void this.look(this.isAttended)
      if (!this.isAttended)
        this.waitMs = Math.min(this.waitMs * 2, this.options.ledger.isShared ? MINUTE : Infinity)
      this.arm()
    })
  }

  private async look(touching: boolean): Promise<void> {
    const { ledger, acked, failed } = this.options
    try {
      await (touching ? ledger.touch() : ledger.acknowledge(acked()))
    } catch (cause) {
      failed(cause)
    }
  }
}
