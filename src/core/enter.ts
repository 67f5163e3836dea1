/**
 * The doors between phases: one function for each phase that can be entered.
 *
 * Phases never import each other; they leave through here. What every entrance has in common, such as drawing
 * a wait or announcing it, therefore stands in one place.
 */
import type { ErrorCode } from '../base/errors.ts'
import {
  after,
  between,
  type Duration,
  type Instant,
  later,
  longest,
  milliseconds,
  seconds,
} from '../base/time.ts'
import type { Shutdown, Welcome } from '../protocol/frames.ts'
import { dial } from './approach.ts'
import type { Config } from './config.ts'
import { type Effect, first, type News, type Step, step } from './effect.ts'
import { flush } from './line.ts'
import { begin, type LivenessRule, sample, UNMEASURED } from './parts/liveness.ts'
import { drawAround, drawWait, leastAfter, remembered, type Wait } from './parts/backoff.ts'
import { drawBetween } from './parts/rng.ts'
import type { Approach, Line, LossCause, State } from './state.ts'
import { reconcile } from './welcome.ts'

/** Why a wait begins. */
export interface WaitReason {
  readonly cause: LossCause
  readonly code?: number | undefined
  /** What the server asked for, in milliseconds. */
  readonly retryAfterMs?: number | undefined
  /** The moment that the server's notice gave us. */
  readonly appointedAt?: Instant
}

/** Draws the wait, and says when it ends. `state.failures` has been counted already. */
export function enterWaiting(state: State, config: Config, now: Instant, reason: WaitReason): Step {
  const { cause, code } = reason
  const loss = state.loss ?? { cause, code, at: now }
  const { drawn, appointed } = drawFor(state, config, now, reason)
  const dialAt = after(now, drawn.length)
  const news: News = { type: 'attempt', number: state.failures + 1, wait: drawn.length, cause, at: dialAt }
  return step(
    {
      ...state,
      loss,
      rng: drawn.rng,
      phase: { kind: 'waiting', since: now, dialAt, cause, code, appointed },
    },
    { type: 'announce', news },
  )
}

/** Less than this is no time that a server can mean: a wait of 0 ms would be a way around the backoff. */
const SHORTEST_HINT = 100

function drawFor(
  state: State,
  config: Config,
  now: Instant,
  { appointedAt, retryAfterMs }: WaitReason,
): { readonly drawn: Wait; readonly appointed: boolean } {
  if (appointedAt !== undefined) {
    const length = longest(between(now, appointedAt), milliseconds(0))
    return { drawn: { length, rng: state.rng }, appointed: true }
  }
  // [BO-6] A server that is busy names its time.
  if (retryAfterMs !== undefined && retryAfterMs >= SHORTEST_HINT) {
    const asked = longest(milliseconds(retryAfterMs), leastAfter(config.backoff, state.failures))
    return { drawn: drawAround(state.rng, asked), appointed: true }
  }
  const drawn = drawWait(state.rng, config.backoff, state.failures, state.reconnectWithin)
  return { drawn, appointed: false }
}

export function enterConnecting(state: State, config: Config, now: Instant): Step {
  const { state: dialed, approach, effects } = dial(state, config, now)
  return step({ ...dialed, phase: { kind: 'connecting', since: now, approach } }, ...effects)
}

/** An attempt failed: one more failure, and a wait. [NT-2] Where a notice sent us was no good: back to our own URL. */
export function enterFailed(state: State, config: Config, now: Instant, reason: WaitReason): Step {
  return enterWaiting({ ...state, failures: state.failures + 1, redirect: undefined }, config, now, reason)
}

/** [NT-3] No welcome but a notice: come back inside its window, and never sooner than after any other failure. */
export function enterTurnedAway(state: State, config: Config, now: Instant, notice: Shutdown): Step {
  const { afterMs, withinMs } = notice.reconnect
  const window = drawBetween(state.rng, afterMs, afterMs + withinMs)
  const wait = drawWait(window.rng, config.backoff, state.failures + 1, state.reconnectWithin)
  const length = longest(milliseconds(window.value), wait.length)
  const appointedAt = after(now, length)
  return enterFailed({ ...state, rng: wait.rng }, config, now, { cause: 'shutdown', appointedAt })
}

/** A welcomed line was lost: tell, and come back by the rule for its cause. */
export function enterLost(
  state: State,
  line: Line,
  config: Config,
  now: Instant,
  reason: WaitReason & { readonly why: string },
): Step {
  const { cause, code } = reason
  const lost = {
    ...state,
    // [BO-4] A line that was lost before it proved stable counts as a failed attempt, announced or not.
    failures:
      line.stableAt === undefined
        ? state.failures
        : remembered(state.failures, between(line.welcomedAt, now), config.stableAfter) + 1,
    loss: { cause, code, at: now },
  }
  return first(
    [{ type: 'announce', news: { type: 'lost', cause, code, reason: reason.why } }],
    enterWaiting(lost, config, now, reason),
  )
}

/** The welcome came: our numbers and the server's are brought in line, and what it has not got goes out. */
export function enterOnline(
  state: State,
  approach: Approach,
  welcome: Welcome,
  config: Config,
  now: Instant,
  handoff?: { readonly from: Line | undefined },
): Step {
  const { state: agreed, effects, unknown } = reconcile(state, welcome, config)
  const rule = ruleFrom(welcome, config)
  const greetedAt = approach.greeted?.at ?? now
  const trip = sample(handoff?.from?.liveness.trip ?? UNMEASURED, between(greetedAt, now))
  const { from, to } = welcome
  const line: Line = {
    connection: approach.connection,
    generation: state.generation,
    server: welcome.server,
    welcomedAt: now,
    liveness: begin(rule, trip, now),
    rule,
    asked: undefined,
    window: welcome.limits.window,
    ackedTo: state.inbox.committed,
    ackAt: undefined,
    stableAt: after(now, config.stableAfter),
    replay: to >= from ? { from, to } : undefined,
    quiet: false,
  }
  const online: State = {
    ...agreed,
    limits: welcome.limits,
    reconnectWithin:
      welcome.reconnectWithinMs === undefined ? undefined : milliseconds(welcome.reconnectWithinMs),
    redirect: undefined,
    refused: false,
    loss: undefined,
    offeredBefore: offeredBefore(state.offeredBefore, welcome),
  }
  const flushed = flush(online, line, now)
  return {
    state: { ...flushed.state, phase: { kind: 'online', since: now, line: flushed.line } },
    effects: [
      ...effects,
      ...welcomeNews(state, welcome, config, now, unknown, handoff !== undefined),
      ...(welcome.restore ? [{ type: 'transmit-state', connection: line.connection } as const] : []),
      ...flushed.effects,
    ],
  }
}

/** [DN-7] A log that was put back may come to have again, by another reset, what it did not have at our first welcome. */
function offeredBefore(known: State['offeredBefore'], { outcome, to }: Welcome): State['offeredBefore'] {
  if (known === 'none') return known
  if (known === 'until-welcome') return to
  return outcome === 'reset' ? Math.max(known, to) : known
}

function welcomeNews(
  state: State,
  welcome: Welcome,
  config: Config,
  now: Instant,
  unknown: readonly number[],
  handedOff: boolean,
): Effect[] {
  const { server, outcome, from, to } = welcome
  // [DR-10] A round trip between two lines is no time down.
  const down = state.loss === undefined || handedOff ? milliseconds(0) : between(state.loss.at, now)
  const news: News[] = []
  if (outcome === 'reset') {
    const restored = welcome.restore && config.keepsState
    const { epoch, reason = 'unknown' } = welcome
    news.push({
      type: 'reset',
      reason,
      before: state.epoch,
      epoch,
      lastSeq: state.inbox.received,
      restored,
      unknown,
    })
  }
  if (handedOff) news.push({ type: 'handoff', server })
  news.push({ type: 'online', outcome, replayed: Math.max(0, to - from + 1), down, server })
  return news.map((one) => ({ type: 'announce', news: one }))
}

function ruleFrom(welcome: Welcome, config: Config): LivenessRule {
  const { every, within, hiddenWithin } = config.heartbeat
  return {
    interval: longest(every, milliseconds(welcome.heartbeat.intervalMs)),
    patience: within,
    hiddenPatience: longest(within, hiddenWithin),
  }
}

/** A notice, from the server or from the caller who wants a new connection. */
export interface Departure {
  readonly reason: string
  readonly closesIn: Duration
  readonly after: Duration
  readonly within: Duration
  readonly handoff: boolean
}

export function departureFrom(notice: Shutdown): Departure {
  return {
    reason: notice.reason,
    closesIn: milliseconds(notice.closesInMs),
    after: milliseconds(notice.reconnect.afterMs),
    within: milliseconds(notice.reconnect.withinMs),
    handoff: notice.handoff,
  }
}

/** [DR-1] Picks a moment in the window that the notice gives, and stays on the line until then. */
export function enterDraining(state: State, line: Line, now: Instant, departure: Departure): Step {
  const drawn = drawBetween(state.rng, departure.after, departure.after + departure.within)
  // [DR-6] A server that welcomes only to send away again must not drive us round in circles.
  const earliestLeave = line.stableAt === undefined ? now : after(line.welcomedAt, seconds(1))
  const leaveAt = later(after(now, drawn.value as Duration), earliestLeave)
  const { reason, handoff, closesIn } = departure
  return step(
    {
      ...state,
      rng: drawn.rng,
      phase: {
        kind: 'draining',
        since: now,
        line,
        reason,
        handoff,
        leaveAt,
        graceEndsAt: undefined,
        successor: undefined,
      },
    },
    { type: 'announce', news: { type: 'notice', reason, closesIn, leaveAt, handoff } },
  )
}

const PRESUMED_THAWED = seconds(5)

export function enterSuspended(state: State, now: Instant, reason: 'frozen' | 'needs-auth'): Step {
  const resumeAt = reason === 'frozen' ? after(now, PRESUMED_THAWED) : undefined
  return step({ ...state, phase: { kind: 'suspended', since: now, reason, resumeAt } })
}

export function enterClosed(
  state: State,
  now: Instant,
  error?: { readonly code: ErrorCode; readonly message: string },
  erase = false,
): Step {
  return step(
    { ...state, phase: { kind: 'closed', since: now, error } },
    {
      type: 'announce',
      news: { type: 'closed', code: error?.code, message: error?.message ?? 'closed by the application' },
    },
    { type: 'finish', erase },
  )
}
