/** Online: from a welcome to the loss of that connection. */
import { assertNever } from '../../base/invariant.ts'
import { milliseconds, seconds } from '../../base/time.ts'
import { CLOSE } from '../../protocol/close-codes.ts'
import type { Config } from '../config.ts'
import { afterDrop, afterEnding, afterRefusal } from '../depart.ts'
import { type Effect, first, hangUp, stay, type Step } from '../effect.ts'
import { departureFrom, enterClosed, enterDraining, enterSuspended } from '../enter.ts'
import type { Input } from '../input.ts'
import { acknowledge, flush, hear, type Heard, probeNow, type Progress, watch, withEffects } from '../line.ts'
import { copyState, type Online, type State } from '../state.ts'

export function online(state: State, phase: Online, input: Input, config: Config): Step {
  const { line } = phase
  switch (input.type) {
    case 'received':
      return after(state, phase, hear(state, line, input.frame, config, input.now), config, input.now)
    case 'persisted': {
      const acked = acknowledge(state, line, config, input.now)
      return go(phase, withEffects(acked.effects, flush(acked.state, acked.line, input.now)))
    }
    case 'tick': {
      const watched = watch(state, line, input.now)
      if (watched.kind === 'on') return go(phase, watched)
      const silent = { cause: 'silent', why: 'no sign of life' } as const
      return first(
        [hangUp(line, CLOSE.dead, 'no sign of life')],
        afterEnding(state, line, silent, config, input.now),
      )
    }
    case 'garbled':
      return after(state, phase, { kind: 'fault', fault: input.fault }, config, input.now)
    case 'dropped':
      return afterDrop(state, line, input, config, input.now)
    case 'hint':
      return hinted(state, phase, input)
    case 'reconnect':
      return enterDraining(state, line, input.now, {
        reason: 'a new connection was asked for',
        closesIn: seconds(10),
        after: milliseconds(0),
        within: milliseconds(0),
        handoff: true,
      })
    case 'close': {
      const bye: Effect[] = input.forGood
        ? [{ type: 'transmit', connection: line.connection, frame: { type: 'bye' } }]
        : []
      return first(
        [...bye, hangUp(line, CLOSE.normal, 'closed')],
        enterClosed(state, input.now, undefined, input.forGood),
      )
    }
    case 'barred':
      return first(
        [hangUp(line, CLOSE.normal, input.code)],
        enterClosed(state, input.now, { code: input.code, message: input.message }),
      )
    case 'restored':
    case 'blocked':
    case 'submit':
    case 'handled':
    case 'opened':
      return stay(state)
    default:
      return assertNever(input)
  }
}

/** [HB-6] Hints are no facts: each is a reason to ask the line itself, and none to drop it. */
function hinted(state: State, phase: Online, input: Extract<Input, { type: 'hint' }>): Step {
  switch (input.hint) {
    case 'online':
    case 'offline':
    case 'visible':
    case 'resumed':
      return phase.line.liveness.kind === 'probing'
        ? stay(state)
        : go(phase, probeNow(state, phase.line, input.now))
    case 'frozen': {
      const loss = { cause: 'local', code: undefined, at: input.now } as const
      return first(
        [hangUp(phase.line, CLOSE.normal, 'frozen')],
        enterSuspended({ ...state, loss }, input.now, 'frozen'),
      )
    }
    case 'hidden':
      return stay(state)
  }
}

function after(
  state: State,
  phase: Online,
  heard: Heard,
  config: Config,
  now: Step['state']['phase']['since'],
): Step {
  switch (heard.kind) {
    case 'on':
      return go(phase, heard)
    case 'notice': {
      const { notice } = heard
      const redirect = notice.url !== undefined && config.allows(notice.url) ? notice.url : undefined
      return enterDraining({ ...state, redirect }, heard.line, now, departureFrom(notice))
    }
    case 'refused':
      return first(
        [hangUp(phase.line, CLOSE.normal, 'refused')],
        afterRefusal(state, phase.line, heard.refusal, config, now),
      )
    case 'fault': {
      const said: Effect[] = [
        { type: 'announce', news: { type: 'garbled', fault: heard.fault } },
        hangUp(phase.line, CLOSE.protocol, heard.fault),
      ]
      return first(said, afterEnding(state, phase.line, { cause: 'protocol', why: heard.fault }, config, now))
    }
  }
}

const go = (phase: Online, progress: Progress): Step => {
  const { state, line } = progress
  if (line === phase.line) return { state, effects: progress.effects }
  const next = copyState(state)
  next.phase = { kind: 'online', since: phase.since, line }
  return { state: next, effects: progress.effects }
}
