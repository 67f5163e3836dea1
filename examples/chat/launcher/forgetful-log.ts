/**
 * A session log in this process's memory that can forget everything at once.
 *
 * It lives in the launcher so that the servers can die without it; production would have a Redis here.
 */
import { memoryLog } from 'holdfast/server'
import type { SessionLog } from 'holdfast/server'

export interface ForgetfulLog extends SessionLog {
  /** What a Redis without persistence does when it restarts. */
  forget(): void
}

export function createForgetfulLog(): ForgetfulLog {
  let log = memoryLog()
  return {
    durability: 'process',
    shared: true,
    greet: (hello) => log.greet(hello),
    appendUp: (...request) => log.appendUp(...request),
    appendDown: (...request) => log.appendDown(...request),
    acknowledge: (...request) => log.acknowledge(...request),
    markProcessed: (...request) => log.markProcessed(...request),
    readDown: (...request) => log.readDown(...request),
    readUp: (...request) => log.readUp(...request),
    readState: (session) => log.readState(session),
    saveState: (...request) => log.saveState(...request),
    end: (...request) => log.end(...request),
    close: () => log.close(),
    forget: () => {
      log = memoryLog()
    },
  }
}
