/**
 * Draining: the line's end has been announced. Until the drawn moment it is used like any other; then we leave
 * it, over a second connection that is made before the first is broken (hand-off), or by hanging up.
 */
import { assertNever, invariant } from '../../base/invariant.ts'
import { earliest, type Instant } from '../../base/time.ts'
import { CLOSE } from '../../protocol/close-codes.ts'
import type { Config } from '../config.ts'
import { type Effect, first, hangUp, stay, type Step } from '../effect.ts'
import { enterClosed, enterConnecting, enterSuspended } from '../enter.ts'
import type { Input } from '../input.ts'
import { connectingOn, go, hangUpBoth, lostNews } from '../leaving.ts'
import { acknowledge, flush, probeNow, watch, withEffects } from '../line.ts'
import { garbledByOld, hearOld, leaveOld, oldDropped } from '../old-line.ts'
import type { Draining, State } from '../state.ts'
import { dismiss, greetSuccessor, hearSuccessor, startSuccessor, successorFailed } from '../successor.ts'

export function draining(state: State, phase: Draining, input: Input, config: Config): Step {
  switch (input.type) {
    case 'received':
      return input.connection === phase.successor?.connection
        ? hearSuccessor(state, phase, phase.successor, input.frame, config, input.now)
        : hearOld(state, phase, input.frame, config, input.now)
    case 'garbled':
      return garbled(state, phase, input, config)
    case 'dropped':
      if (input.connection === phase.successor?.connection)
        return successorFailed(state, phase, config, input.now, input.retryAfterMs)
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
      return persisted(state, phase, config, input.now)
    case 'tick':
      return tick(state, phase, config, input.now)
    case 'hint':
      return hinted(state, phase, input.hint, input.now)
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

function garbled(
  state: State,
  phase: Draining,
  { connection, fault, now }: Extract<Input, { type: 'garbled' }>,
  config: Config,
): Step {
  const { successor } = phase
  return connection === successor?.connection
    ? dismiss(state, { phase, successor, why: 'not the protocol' }, config, now)
    : garbledByOld(state, phase, fault, config, now)
}

function tick(state: State, phase: Draining, config: Config, now: Instant): Step {
  const { line, successor } = phase
  if (successor !== undefined && now >= successor.giveUpAt) {
    const failed = first(
      [hangUp(successor, CLOSE.slowHandshake, 'no welcome in time')],
      successorFailed(state, phase, config, now),
    )
    // [CL-12] The old line may be due at the same moment.
    return failed.state.phase.kind === 'draining'
      ? first(failed.effects, tick(failed.state, failed.state.phase, config, now))
      : failed
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

function persisted(state: State, phase: Draining, config: Config, now: Instant): Step {
  const greeted = greetSuccessor(state, phase, config, now)
  const next = greeted.state.phase as Draining
  if (next.line === undefined) return greeted
  const acked = acknowledge(greeted.state, next.line, config, now)
  return first(greeted.effects, go(next, withEffects(acked.effects, flush(acked.state, acked.line, now))))
}

function hinted(
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

/** The old line's deadlines and the successor's, and our own appointment. */
export const drainingWakesAt = (phase: Draining, lineAt: Instant | undefined): Instant =>
  earliest(
    lineAt,
    phase.successor?.giveUpAt,
    phase.graceEndsAt,
    phase.successor === undefined ? phase.leaveAt : undefined,
  )
