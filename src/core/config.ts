/**
 * What the core is told once: every length and bound it decides by.
 */
import type { Duration } from '../base/time.ts'
import type { Backoff } from './parts/backoff.ts'

export interface Config {
  /** Names this process or tab in the hello, for diagnosis. */
  readonly client: string
  readonly connectTimeout: Duration
  readonly heartbeat: { readonly every: Duration; readonly within: Duration; readonly hiddenWithin: Duration }
  readonly backoff: Backoff
  /** How long a connection must have lasted before the failures before it are forgotten. */
  readonly stableAfter: Duration
  /** An ack may wait for more to acknowledge: so long, … */
  readonly ackWithin: Duration
  /** … and for at most so many messages. */
  readonly ackEvery: number
  /** Whether a state is folded, and can be given back to a server that forgot it. */
  readonly keepsState: boolean
  /** What to do with a message of unknown fate. */
  readonly resends: (seq: number, text: string) => boolean
  /** Whether a notice may send us to this URL. */
  readonly allows: (url: string) => boolean
}
