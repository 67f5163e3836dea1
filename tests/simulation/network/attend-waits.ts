/** What a client tells its application of when it will dial, against what it was told itself. */
import type { Session } from 'holdfast'
import { Failures } from './failures.ts'
import type { Lines } from './lines.ts'
import type { Party } from './party.ts'
import { EPSILON_MS } from './silence.ts'
import { isAtCap } from './waits.ts'

/** Less than this no server can mean. */
const SHORTEST_HINT_MS = 100
/** And with a tenth more than this nobody waits longer than a minute. */
const MOST_MS = 60_000 / 1.1

export function attendWaits<State>(
  session: Session<unknown, unknown, State>,
  party: Party,
  { world, waits, tracks }: Lines,
): void {
  const { laws, coverage } = world
  const failures = new Failures()
  session.on('attempt', (attempt) => {
    world.guard(() => waits.take(attempt, laws))
    const last = party.lastWire && tracks.get(party.lastWire)
    world.guard(() => failures.announced(attempt.number, last, world.now, laws))
    if (isAtCap(attempt)) coverage.sometimes('backoff reached its cap')
    const { cause, waitMs } = attempt
    // Whoever is told when to come back is asked to dial.
    if (cause === 'overloaded' || cause === 'shutdown') party.asked = 1
    const { hintMs = 0 } = party
    if (cause !== 'overloaded' || hintMs < SHORTEST_HINT_MS || party.dueAt !== undefined) return
    const least = Math.min(hintMs, MOST_MS) * 0.9
    const isKept = waitMs >= least - EPSILON_MS
    world.guard(() => laws.must('I18', isKept, () => `${waitMs} ms, and the server had said ${hintMs}`))
    if (party.isHintMoot) return
    party.dueAt = world.now + waitMs
    if (waitMs <= hintMs * 1.1 + EPSILON_MS) coverage.sometimes('refused, and the hint for when was honoured')
  })
  session.on('notice', ({ leavesAt }) => {
    const { notice, host } = party
    if (notice?.at !== world.now) return
    const early = notice.afterMs - (leavesAt.getTime() - host.clock.wallTime())
    const isInTime = early <= EPSILON_MS
    world.guard(() => laws.must('I18', isInTime, () => `${party.name} leaves ${early} ms before the window`))
  })
}
