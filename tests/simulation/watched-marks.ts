/**
 * The log as one process of the server asks it: what it marks as processed, its own application is done with.
 *
 * After a log has stepped back, a process that was replaced may hold a session again, and its successor be in the
 * middle of what it has long done with: of each only its own application can tell.
 */
import type { Instance } from '../../src/testing/virtual/instance.ts'
import type { SessionLog } from '../../src/server/session-log.ts'
import { isSameGrant } from './log-mirror.ts'
import type { World } from './world.ts'

/** @param by - not yet made when the log is given to it */
export function watchedMarks(world: World, by: () => Instance | undefined): SessionLog {
  const { log, mirror, backend } = world
  const markProcessed: SessionLog['markProcessed'] = async (session, grant, upTo) => {
    const held = mirror.grantOf(session)
    const answer = await log.markProcessed(session, grant, upTo)
    const instance = by()
    if (answer.kind === 'written' && isSameGrant(grant, held) && instance !== undefined)
      world.guard(() => backend.processed(session, instance, upTo))
    return answer
  }
  return new Proxy(log, {
    get: (target, name) =>
      name === 'markProcessed' ? markProcessed : (Reflect.get(target, name) as unknown),
  })
}
