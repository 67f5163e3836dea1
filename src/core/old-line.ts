/**
 * The old line of a departure: used like any other until it is left, and left as planned when it ends first.
 */
import { after, type Instant, seconds } from '../base/time.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import type { ServerFrame } from '../protocol/frames.ts'
import type { Config } from './config.ts'
import { afterDrop, afterRefusal, type Ending } from './depart.ts'
import { first, hangUp, stay, step, type Step } from './effect.ts'
import { enterConnecting, enterLost } from './enter.ts'
import type { Input } from './input.ts'
import { connectingOn, go, hangUpSuccessor, lostNews } from './leaving.ts'
import { hear } from './line.ts'
import type { Draining, Line, State } from './state.ts'

export function hearOld(
  state: State,
  phase: Draining,
  frame: ServerFrame,
  config: Config,
  now: Instant,
): Step {
  if (phase.line === undefined) return stay(state)
  const heard = hear(state, phase.line, frame, config, now)
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

export function garbledByOld(
  state: State,
  phase: Draining,
  fault: string,
  config: Config,
  now: Instant,
): Step {
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

export function oldDropped(
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
export function leaveOld(state: State, phase: Draining, ending: Ending, config: Config, now: Instant): Step {
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
