/**
 * Draining: the line's end has been announced. Until the drawn moment it is used like any other; then we leave
 * it, over a second connection that is made before the first is broken (hand-off), or by hanging up.
 */
import { assertNever, invariant } from '../../base/invariant.ts'
import { after, earliest, type Instant, seconds } from '../../base/time.ts'
import { CLOSE } from '../../protocol/close-codes.ts'
import type { ServerFrame } from '../../protocol/frames.ts'
import { dial, greet } from '../approach.ts'
import type { Config } from '../config.ts'
import { afterDrop, afterEnding, afterRefusal, type Ending } from '../depart.ts'
import { type Effect, first, stay, type Step, step } from '../effect.ts'
import { enterClosed, enterConnecting, enterLost, enterOnline, enterSuspended } from '../enter.ts'
import type { Input } from '../input.ts'
import { acknowledge, flush, hear as hearLine, probeNow, type Progress, watch, withEffects } from '../line.ts'
import { drawWait } from '../parts/backoff.ts'
import type { Approach, Draining, Line, State } from '../state.ts'
import { faultIn } from '../welcome.ts'

export function draining(state: State, phase: Draining, input: Input, config: Config): Step {
  switch (input.type) {
    case 'received':
      return input.connection === phase.successor?.connection
        ? hearSuccessor(state, phase, phase.successor, input.frame, config, input.now)
        : hearOld(state, phase, input.frame, config, input.now)
    case 'garbled':
      return input.connection === phase.successor?.connection
        ? dismiss(state, phase, phase.successor, 'not the protocol', config, input.now)
        : garbledByOld(state, phase, input.fault, config, input.now)
    case 'dropped':
      if (input.connection === phase.successor?.connection)
        return successorFailed(state, phase, config, input.now)
      return oldDropped(state, phase, input, config)
    case 'opened':
      if (phase.successor === undefined) return stay(state)
      return greetSuccessor(
        state,
        { ...phase, successor: { ...phase.successor, opened: true } },
        config,
        input.now,
      )
    case 'persisted':
      return onPersisted(state, phase, config, input.now)
    case 'tick':
      return onTick(state, phase, config, input.now)
    case 'hint':
      return onHint(state, phase, input.hint, input.now)
    case 'reconnect':
      return phase.successor !== undefined ? stay(state) : startSuccessor(state, phase, config, input.now)
    case 'close': {
      const bye: Effect[] =
        input.forGood && phase.line
          ? [{ type: 'transmit', connection: phase.line.connection, frame: { type: 'bye' } }]
          : []
      return first(
        [...bye, ...hangUpBoth(phase, 'closed')],
        enterClosed(state, input.now, undefined, input.forGood),
      )
    }
    case 'barred':
      return first(
        hangUpBoth(phase, input.code),
        enterClosed(state, input.now, { code: input.code, message: input.message }),
      )
    case 'restored':
    case 'blocked':
    case 'submit':
    case 'handled':
      return stay(state)
    default:
      return assertNever(input)
  }
}

function onTick(state: State, phase: Draining, config: Config, now: Instant): Step {
  const { line, successor } = phase
  if (successor !== undefined && now >= successor.giveUpAt) {
    return first(
      [hangUp(successor, CLOSE.slowHandshake, 'no welcome in time')],
      successorFailed(state, phase, config, now),
    )
  }
  if (line === undefined) {
    invariant(successor !== undefined, 'who has left the old line is on the way to another')
    // The old line is gone and the new one still silent: by now that is a loss, and is called one.
    invariant(phase.graceEndsAt !== undefined, 'the grace begins when the old line ends')
    return now < phase.graceEndsAt ? stay(state) : first(lostNews(state), connectingOn(state, successor, now))
  }
  const watched = watch(state, line, now)
  if (watched.kind === 'dead') {
    return first(
      [hangUp(line, CLOSE.dead, 'no sign of life')],
      leaveOld(state, phase, { cause: 'silent', why: 'no sign of life' }, config, now),
    )
  }
  const seen = go(phase, watched)
  if (successor !== undefined || now < phase.leaveAt) return seen
  if (phase.handoff)
    return first(seen.effects, startSuccessor(seen.state, seen.state.phase as Draining, config, now))
  return first(
    [...seen.effects, hangUp(line, CLOSE.normal, 'leaving as announced')],
    hungUp(seen.state, config, now),
  )
}

/** [DR-3] No hand-off: hang up at the moment we drew, and dial. */
function hungUp(state: State, config: Config, now: Instant): Step {
  const loss = { cause: 'shutdown', code: undefined, at: now } as const
  const news: Effect = {
    type: 'announce',
    news: { type: 'lost', cause: 'shutdown', code: undefined, reason: 'leaving as announced' },
  }
  return first([news], enterConnecting({ ...state, loss }, config, now))
}

function startSuccessor(state: State, phase: Draining, config: Config, now: Instant): Step {
  const dialed = dial(state, config, now)
  return step({ ...dialed.state, phase: { ...phase, successor: dialed.approach } }, ...dialed.effects)
}

/** [DR-4] From the hello on, new messages wait for the new line, so that no number goes out on both. */
function greetSuccessor(state: State, phase: Draining, config: Config, now: Instant): Step {
  if (phase.successor === undefined) return step({ ...state, phase })
  const greeted = greet(state, phase.successor, config, now)
  const hasGreeted = greeted.approach.greeted !== undefined
  const line = phase.line !== undefined && hasGreeted ? { ...phase.line, quiet: true } : phase.line
  return step(
    { ...greeted.state, phase: { ...phase, line, successor: greeted.approach } },
    ...greeted.effects,
  )
}

function hearSuccessor(
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
  }
  const isFinal =
    frame.type === 'error' &&
    (frame.code === 'ended' || frame.code === 'forbidden' || frame.code === 'forked')
  if (isFinal) return first(hangUpBoth(phase, 'refused'), afterRefusal(state, phase.line, frame, config, now))
  // [CL-4] The next hand-off asks for a fresh token, as the next dial would.
  const refused = state.refused || (frame.type === 'error' && frame.code === 'unauthorized')
  return dismiss({ ...state, refused }, phase, successor, 'not welcomed', config, now)
}

function dismiss(
  state: State,
  phase: Draining,
  successor: Approach,
  why: string,
  config: Config,
  now: Instant,
): Step {
  return first([hangUp(successor, CLOSE.normal, why)], successorFailed(state, phase, config, now))
}

/** [DR-5] The hand-off failed: stay on the old line while it lasts, and try again by the backoff. */
function successorFailed(state: State, phase: Draining, config: Config, now: Instant): Step {
  if (phase.line === undefined) {
    return first(
      lostNews(state),
      afterEnding(state, undefined, { cause: 'shutdown', why: 'the hand-off failed' }, config, now),
    )
  }
  const failed = { ...state, failures: state.failures + 1, redirect: undefined }
  const drawn = drawWait(state.rng, config.backoff, failed.failures)
  const leaveAt = after(now, drawn.length)
  const back = flush({ ...failed, rng: drawn.rng }, { ...phase.line, quiet: false }, now)
  return go({ ...phase, successor: undefined, leaveAt }, back)
}

function hearOld(state: State, phase: Draining, frame: ServerFrame, config: Config, now: Instant): Step {
  if (phase.line === undefined) return stay(state)
  const heard = hearLine(state, phase.line, frame, now)
  switch (heard.kind) {
    case 'on':
      return go(phase, heard)
    case 'notice':
      // [DR-2] One appointment is enough: a server that repeats itself cannot put it off.
      return go(phase, { kind: 'on', state, line: heard.line, effects: [] })
    case 'refused':
      return refusedByOld(state, phase, phase.line, heard.refusal, config, now)
    case 'fault':
      return garbledByOld(state, phase, heard.fault, config, now)
  }
}

function garbledByOld(state: State, phase: Draining, fault: string, config: Config, now: Instant): Step {
  if (phase.line === undefined) return stay(state)
  return first(
    [{ type: 'announce', news: { type: 'garbled', fault } }, hangUp(phase.line, CLOSE.protocol, fault)],
    leaveOld(state, phase, { cause: 'protocol', why: fault }, config, now),
  )
}

function refusedByOld(
  state: State,
  phase: Draining,
  line: Line,
  refusal: Extract<ServerFrame, { type: 'error' }>,
  config: Config,
  now: Instant,
): Step {
  const said = [hangUp(line, CLOSE.normal, 'refused')]
  // [DR-7] Fenced by our own successor: exactly what a hand-off is.
  if (refusal.code === 'superseded' && isByUs(state, line)) {
    return first(
      said,
      leaveOld(state, phase, { cause: 'shutdown', why: 'superseded by our own new connection' }, config, now),
    )
  }
  return first(
    [...said, ...hangUpSuccessor(phase, 'refused')],
    afterRefusal(state, line, refusal, config, now),
  )
}

function oldDropped(
  state: State,
  phase: Draining,
  input: Extract<Input, { type: 'dropped' }>,
  config: Config,
): Step {
  const isAnnounced =
    input.code === CLOSE.superseded
      ? phase.line !== undefined && isByUs(state, phase.line)
      : input.code < 4000
  if (isAnnounced)
    return leaveOld(
      state,
      phase,
      { cause: 'shutdown', code: input.code, why: input.reason },
      config,
      input.now,
    )
  return first(hangUpSuccessor(phase, 'refused'), afterDrop(state, phase.line, input, config, input.now))
}

/** Whether we have greeted somebody since: the log may have heard it even if the successor failed afterwards. */
const isByUs = (state: State, line: Line): boolean => state.generation > line.generation

const ONE_ROUND_TRIP = seconds(1)

/** The old line is gone before we left it. */
function leaveOld(state: State, phase: Draining, ending: Ending, config: Config, now: Instant): Step {
  const { line, successor } = phase
  if (line === undefined) return stay(state)
  const lost: State = { ...state, loss: { cause: ending.cause, code: ending.code, at: now } }
  if (successor?.greeted !== undefined) {
    return step({ ...lost, phase: { ...phase, line: undefined, graceEndsAt: after(now, ONE_ROUND_TRIP) } })
  }
  if (successor !== undefined) return first(lostNews(lost, ending.why), connectingOn(lost, successor, now))
  // [DR-8] Whoever welcomes, announces and cuts, all in one breath, is not dialed again in the same breath.
  if (phase.handoff && line.stableAt === undefined)
    return first(lostNews(lost, ending.why), enterConnecting(lost, config, now))
  return enterLost(state, line, config, now, {
    cause: 'shutdown',
    code: ending.code,
    why: ending.why,
    ...(!phase.handoff && { appointedAt: phase.leaveAt }),
  })
}

/** The loss that `state` remembers, said aloud. */
function lostNews({ loss }: State, why = 'the hand-off failed'): Effect[] {
  if (loss === undefined) return []
  return [{ type: 'announce', news: { type: 'lost', cause: loss.cause, code: loss.code, reason: why } }]
}

const connectingOn = (state: State, approach: Approach, now: Instant): Step =>
  step({ ...state, phase: { kind: 'connecting', since: now, approach } })

function onPersisted(state: State, phase: Draining, config: Config, now: Instant): Step {
  const greeted = greetSuccessor(state, phase, config, now)
  const next = greeted.state.phase as Draining
  if (next.line === undefined) return greeted
  const acked = acknowledge(greeted.state, next.line, config, now)
  return first(greeted.effects, go(next, withEffects(acked.effects, flush(acked.state, acked.line, now))))
}

function onHint(
  state: State,
  phase: Draining,
  hint: Extract<Input, { type: 'hint' }>['hint'],
  now: Instant,
): Step {
  if (hint === 'frozen') {
    const loss = state.loss ?? { cause: 'local', code: undefined, at: now }
    return first(hangUpBoth(phase, 'frozen'), enterSuspended({ ...state, loss }, now, 'frozen'))
  }
  if (hint === 'hidden' || phase.line === undefined || phase.line.liveness.kind === 'probing')
    return stay(state)
  return go(phase, probeNow(state, phase.line, now))
}

const go = (phase: Draining, { state, line, effects }: Progress): Step =>
  line === phase.line && state.phase === phase
    ? { state, effects }
    : step({ ...state, phase: { ...phase, line } }, ...effects)

function hangUp({ connection }: { readonly connection: number }, code: number, reason: string): Effect {
  return { type: 'hang-up', connection, code, reason }
}

const hangUpSuccessor = (phase: Draining, reason: string): Effect[] =>
  phase.successor === undefined ? [] : [hangUp(phase.successor, CLOSE.normal, reason)]

const hangUpBoth = (phase: Draining, reason: string): Effect[] => [
  ...(phase.line === undefined ? [] : [hangUp(phase.line, CLOSE.normal, reason)]),
  ...hangUpSuccessor(phase, reason),
]

/** The old line's deadlines and the successor's, and our own appointment. */
export const drainingWakesAt = (phase: Draining, lineAt: Instant | undefined): Instant =>
  earliest(
    lineAt,
    phase.successor?.giveUpAt,
    phase.graceEndsAt,
    phase.successor === undefined ? phase.leaveAt : undefined,
  )
