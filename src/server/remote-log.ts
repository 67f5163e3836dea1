/**
 * A log that another process keeps, on this machine, by `serveLog`: what is in it survives this process.
 */
import type { Durability } from '../protocol/frames.ts'
import { LogLine } from './log-line.ts'
import type { Place } from './log-place.ts'
import type { Method } from './log-wire.ts'
import type { SessionLog } from './session-log.ts'

export type RemoteLogOptions = Place & {
  /** How long an answer may take, at most an hour. @defaultValue 5 000 ms */
  readonly timeoutMs?: number
}

/**
 * Uses the log that another process of this machine lends by `serveLog`.
 *
 * It connects when it is first asked something, and again whenever the other process comes back. Close it when
 * its server is closed.
 *
 * @throws {@link HoldfastError} `invalid-option`
 */
export function remoteLog(options: RemoteLogOptions): SessionLog {
  const line = new LogLine(options)
  const ask =
    <Name extends Method>(method: Name) =>
    (...args: Parameters<SessionLog[Name]>): ReturnType<SessionLog[Name]> =>
      // The answer has been checked to be one of this method's.
      line.ask(method, args) as ReturnType<SessionLog[Name]>
  return {
    durability: 'process' satisfies Durability,
    shared: true,
    greet: ask('greet'),
    appendUp: ask('appendUp'),
    appendDown: ask('appendDown'),
    acknowledge: ask('acknowledge'),
    markProcessed: ask('markProcessed'),
    touch: ask('touch'),
    readDown: ask('readDown'),
    readUp: ask('readUp'),
    readState: ask('readState'),
    saveState: ask('saveState'),
    end: ask('end'),
    close: () => line.close(),
  }
}
