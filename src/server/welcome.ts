/**
 * The answer to a hello.
 */
import type { Welcome } from '../protocol/frames.ts'
import type { Granted } from './admission.ts'
import type { DeliveryStart } from './delivery.ts'
import type { Instance } from './instance.ts'
import type { LiveSession } from './live-session.ts'

/** A lone client is back in a fifth of a second; a fleet comes back no faster than it can be let in. */
const LEAST_SPREAD_MS = 200
const MOST_SPREAD_MS = 60_000

export function welcomeFrame(
  instance: Instance,
  session: LiveSession,
  answer: Granted,
  start: DeliveryStart,
): Welcome {
  const { settings, connections, log } = instance
  const { messageBytes, window, admissionsPerSecond } = settings.limits
  const spreadMs = (connections.size / admissionsPerSecond) * 1000
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
    reconnectWithinMs: Math.round(Math.min(MOST_SPREAD_MS, Math.max(LEAST_SPREAD_MS, spreadMs))),
    limits: { messageBytes, window, retainMs: session.retainMs },
    durability: log.durability,
    server: settings.name,
  }
}
