/**
 * The answer to a hello.
 */
import type { Welcome } from '../protocol/frames.ts'
import type { Granted } from './admission.ts'
import { spreadMs } from './admissions.ts'
import type { DeliveryStart } from './delivery.ts'
import type { Instance } from './instance.ts'
import type { LiveSession } from './live-session.ts'

export function welcomeFrame(
  instance: Instance,
  session: LiveSession,
  answer: Granted,
  start: DeliveryStart,
): Welcome {
  const { settings, connections, log } = instance
  const { messageBytes, window, admissionsPerSecond } = settings.limits
  return {
    type: 'welcome',
    epoch: session.epoch,
    outcome: answer.outcome,
    ...(answer.reason !== undefined && { reason: answer.reason }),
    received: session.writer.up,
    from: Math.max(start.seen + 1, start.oldest),
    to: start.to,
    pending: session.writer.up - session.offers.processed,
    restore: session.mirror?.isWanted === true,
    heartbeat: settings.heartbeat,
    reconnectWithinMs: spreadMs(connections.size, admissionsPerSecond),
    limits: { messageBytes, window, retainMs: session.retainMs },
    durability: log.durability,
    server: settings.name,
  }
}
