/**
 * What becomes of messages of unknown fate, as the application wants it.
 *
 * It is asked before the core looks at a reset: what it calls meanwhile, a `send()` or a `close()`, has its turn
 * first, where in the middle of a step of the core it would be overwritten.
 */
import { HoldfastError } from '../base/errors.ts'
import type { Config } from '../core/config.ts'
import { type Outbox, textsBetween } from '../core/parts/outbox.ts'

export class Fates {
  private readonly asks: Config['resends']
  private readonly failed: (error: HoldfastError) => void
  /** What shall not be sent again. */
  private readonly failing = new Set<number>()

  constructor(asks: Config['resends'], failed: (error: HoldfastError) => void) {
    this.asks = asks
    this.failed = failed
  }

  /** What the core asks instead. */
  readonly resends = (seq: number): boolean => !this.failing.has(seq)

  /** [RS-3] A server that forgot the session has our messages to this number, and may have had the others. */
  decide(outbox: Outbox, received: number): void {
    this.failing.clear()
    for (const { seq, text } of textsBetween(outbox, Math.max(outbox.acked, received) + 1, outbox.wired)) {
      try {
        if (!this.asks(seq, text)) this.failing.add(seq)
      } catch (cause) {
        const message = '`unknownFate` failed; the message is sent again.'
        this.failed(new HoldfastError('listener-failed', message, { cause }))
      }
    }
  }
}
