/**
 * The successor of a line that is about to end: dialed and greeted while the old line lives, and welcomed into
 * its place; or given up, and tried again.
 */
import { after, type Instant } from '../base/time.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import type { ServerFrame } from '../protocol/frames.ts'
import { dial, greet } from './approach.ts'
import type { Config } from './config.ts'
import { afterRefusal } from './depart.ts'
import { type Effect, first, hangUp, type Step, step } from './effect.ts'
import { enterFailed, enterOnline, enterTurnedAway } from './enter.ts'
import { go, hangUpBoth, lostNews } from './leaving.ts'
import { flush } from './line.ts'
import { drawWait } from './parts/backoff.ts'
import type { Approach, Draining, State } from './state.ts'
import { afterFault, faultIn } from './welcome.ts'

export function startSuccessor(state: State, phase: Draining, config: Config, now: Instant): Step {
  const dialed = dial(state, config, now)
  return step({ ...dialed.state, phase: { ...phase, successor: dialed.approach } }, ...dialed.effects)
}

/** [DR-4] From the hello on, new messages wait for the new line, so that no number goes out on both. */
export function greetSuccessor(state: State, phase: Draining, config: Config, now: Instant): Step {
  if (phase.successor === undefined) return step({ ...state, phase })
  const greeted = greet(state, phase.successor, config, now)
  const hasGreeted = greeted.approach.greeted !== undefined
  const line = phase.line !== undefined && hasGreeted ? { ...phase.line, quiet: true } : phase.line
  return step(
    { ...greeted.state, phase: { ...phase, line, successor: greeted.approach } },
    ...greeted.effects,
  )
}

export function hearSuccessor(
  state: State,
  phase: Draining,
  successor: Approach,
  frame: ServerFrame,
  config: Config,
  now: Instant,
): Step {
  if (frame.type === 'welcome') {
    const fault = faultIn(state, successor, frame)
    if (fault === undefined) {
      const old: Effect[] = phase.line === undefined ? [] : [hangUp(phase.line, CLOSE.normal, 'handed off')]
      return first(old, enterOnline(state, successor, frame, config, now, { from: phase.line }))
    }
    const after = afterFault(state, fault)
    const why = 'not welcomed'
    return first(after.effects, dismiss(after.state, { phase, successor, why }, config, now))
  }
  const isFinal =
    frame.type === 'error' &&
    (frame.code === 'ended' || frame.code === 'forbidden' || frame.code === 'forked')
  if (isFinal) return first(hangUpBoth(phase, 'refused'), afterRefusal(state, phase.line, frame, config, now))
  // [CL-4] The next hand-off asks for a fresh token, as the next dial would.
  const refused = state.refused || (frame.type === 'error' && frame.code === 'unauthorized')
  // [NT-3] Without the old line it is an attempt like any other.
  if (phase.line === undefined && frame.type === 'shutdown')
    return first(
      [hangUp(successor, CLOSE.normal, 'shutting down'), ...lostNews(state)],
      enterTurnedAway(state, config, now, frame),
    )
  const retryAfterMs = frame.type === 'error' ? frame.retryAfterMs : undefined
  return dismiss({ ...state, refused }, { phase, successor, why: 'not welcomed', retryAfterMs }, config, now)
}

/** The successor that is let go of, and why. */
interface Dismissal {
  readonly phase: Draining
  readonly successor: Approach
  readonly why: string
  /** What the server asked for. */
  readonly retryAfterMs?: number | undefined
}

export function dismiss(
  state: State,
  { phase, successor, why, retryAfterMs }: Dismissal,
  config: Config,
  now: Instant,
): Step {
  return first(
    [hangUp(successor, CLOSE.normal, why)],
    successorFailed(state, phase, config, now, retryAfterMs),
  )
}

/**
 * [DR-5] The hand-off failed: stay on the old line while it lasts, and try again by the backoff.
 *
 * @param retryAfterMs - what the server asked for: [BO-6] it counts where nothing is left to stay on
 */
export function successorFailed(
  state: State,
  phase: Draining,
  config: Config,
  now: Instant,
  retryAfterMs?: number,
): Step {
  if (phase.line === undefined) {
    const cause = retryAfterMs === undefined ? 'shutdown' : 'overloaded'
    return first(lostNews(state), enterFailed(state, config, now, { cause, retryAfterMs }))
  }
  const failed = { ...state, failures: state.failures + 1, redirect: undefined }
  const drawn = drawWait(state.rng, config.backoff, failed.failures, state.reconnectWithin)
  const leaveAt = after(now, drawn.length)
  const back = flush({ ...failed, rng: drawn.rng }, { ...phase.line, quiet: false }, now)
  return go({ ...phase, successor: undefined, leaveAt }, back)
}
