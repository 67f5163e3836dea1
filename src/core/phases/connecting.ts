/** Connecting: one attempt, under one deadline that covers provider, socket and welcome. */
import { assertNever } from '../../base/invariant.ts'
import type { Instant } from '../../base/time.ts'
import { CLOSE } from '../../protocol/close-codes.ts'
import type { ServerFrame } from '../../protocol/frames.ts'
import { greet } from '../approach.ts'
import type { Config } from '../config.ts'
import { afterDrop, afterRefusal } from '../depart.ts'
import { first, hangUp, stay, type Step, step } from '../effect.ts'
import {
  enterClosed,
  enterConnecting,
  enterFailed,
  enterOnline,
  enterSuspended,
  enterTurnedAway,
} from '../enter.ts'
import type { Input } from '../input.ts'
import type { Approach, Connecting, State } from '../state.ts'
import { afterFault, faultIn } from '../welcome.ts'

export function connecting(state: State, phase: Connecting, input: Input, config: Config): Step {
  const { approach } = phase
  switch (input.type) {
    case 'opened':
      return advance(state, phase, { ...approach, opened: true }, config, input.now)
    case 'persisted':
      return advance(state, phase, approach, config, input.now)
    case 'received':
      return hear(state, approach, input.frame, config, input.now)
    case 'garbled':
      return nonsense(state, approach, input.fault, config, input.now)
    case 'dropped':
      return afterDrop(state, undefined, input, config, input.now)
    case 'tick':
      if (input.now < approach.giveUpAt) return stay(state)
      return first(
        [hangUp(approach, CLOSE.slowHandshake, 'no welcome in time')],
        enterFailed(state, config, input.now, { cause: 'connect-timeout' }),
      )
    case 'hint':
      if (input.hint !== 'frozen') return stay(state)
      return first([hangUp(approach, CLOSE.normal, 'frozen')], enterSuspended(state, input.now, 'frozen'))
    case 'reconnect':
      return first(
        [hangUp(approach, CLOSE.normal, 'dialing anew')],
        enterConnecting(state, config, input.now),
      )
    case 'close':
      return first(
        [hangUp(approach, CLOSE.normal, 'closed')],
        enterClosed(state, input.now, undefined, input.forGood),
      )
    case 'barred':
      return first(
        [hangUp(approach, CLOSE.normal, input.code)],
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

function advance(state: State, phase: Connecting, approach: Approach, config: Config, now: Instant): Step {
  const greeted = greet(state, approach, config, now)
  if (greeted.approach === phase.approach) return stay(state)
  return step({ ...greeted.state, phase: { ...phase, approach: greeted.approach } }, ...greeted.effects)
}

function hear(state: State, approach: Approach, frame: ServerFrame, config: Config, now: Instant): Step {
  switch (frame.type) {
    case 'welcome': {
      const fault = faultIn(state, approach, frame)
      if (fault === undefined) return enterOnline(state, approach, frame, config, now)
      const after = afterFault(state, fault)
      return first(after.effects, nonsense(after.state, approach, fault.text, config, now))
    }
    case 'error':
      return first(
        [hangUp(approach, CLOSE.normal, 'refused')],
        afterRefusal(state, undefined, frame, config, now),
      )
    case 'shutdown':
      return first(
        [hangUp(approach, CLOSE.normal, 'shutting down')],
        enterTurnedAway(state, config, now, frame),
      )
    case 'messages':
    case 'ack':
    case 'gap':
    case 'live':
    case 'snapshot':
    case 'ping':
    case 'pong':
      return nonsense(state, approach, `\`${frame.type}\` before the welcome`, config, now)
  }
}

function nonsense(state: State, approach: Approach, fault: string, config: Config, now: Instant): Step {
  return first(
    [{ type: 'announce', news: { type: 'garbled', fault } }, hangUp(approach, CLOSE.protocol, fault)],
    enterFailed(state, config, now, { cause: 'protocol' }),
  )
}
