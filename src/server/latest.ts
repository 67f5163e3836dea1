/**
 * Tells somebody the latest of a rising number: one call at a time, each for all that came meanwhile.
 */
import { atTurnsEnd } from './turn.ts'

export class Latest {
  /** The highest that was raised. */
  wanted: number
  private told: number
  private isTelling = false
  private isStopped = false
  private readonly tell: (value: number) => Promise<unknown>
  private readonly failed: (cause: unknown) => void

  constructor(start: number, tell: (value: number) => Promise<unknown>, failed: (cause: unknown) => void) {
    this.wanted = start
    this.told = start
    this.tell = tell
    this.failed = failed
  }

  raise(value: number): void {
    if (value > this.wanted) this.wanted = value
    this.retry()
  }

  /** Tells again what could not be told. */
  retry(): void {
    if (this.isTelling || this.isStopped || this.told >= this.wanted) return
    this.isTelling = true
    // At the end of the turn, so that a burst is one call.
    atTurnsEnd(this.run)
  }

  stop(): void {
    this.isStopped = true
  }

  private readonly run = (): void => {
    if (this.isStopped || this.told >= this.wanted) {
      this.isTelling = false
      return
    }
    const { wanted } = this
    this.tell(wanted).then(
      () => {
        this.told = wanted
        this.run()
      },
      (cause: unknown) => {
        this.isTelling = false
        this.failed(cause)
      },
    )
  }
}
