/**
 * What a connection and a session need of the server that they belong to.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Shutdown } from '../protocol/frames.ts'
import type { Connection } from './connection.ts'
import type { LiveSession } from './live-session.ts'
import type { SessionLog } from './session-log.ts'
import type { Settings } from './settings.ts'

export interface Instance {
  readonly settings: Settings
  readonly log: SessionLog
  readonly clock: Clock
  /** From [0, 1). */
  readonly draw: () => number
  readonly sessions: Map<string, LiveSession>
  readonly connections: Set<Connection>
  /** What listeners of messages are at, in any session. */
  readonly handling: Set<Promise<unknown>>
  /** Whether it has stopped: nobody new is let in, and nothing is to be started. */
  readonly isClosed: boolean
  /** Whether it is closed, and tells nobody anything any more. */
  readonly isSilent: boolean
  /** A wait for a client that was sent away for no fault of its own: about a second, and not the same for all. */
  soon(): number
  /** What clients are to know if the server is about to stop. */
  notice(): Shutdown | undefined
  /** Why nobody is let in now, in milliseconds to wait; `undefined` if everybody is. */
  crowded(): number | undefined
  report(error: HoldfastError): void
  /** A session is ready for the application. */
  announce(session: LiveSession): void
  /** A connection has left. */
  left(): void
}
