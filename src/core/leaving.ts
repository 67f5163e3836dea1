/**
 * What the two lines of a departure share: putting the phase together again, hanging up both, and telling of a loss.
 */
import type { Instant } from '../base/time.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import { type Effect, hangUp, type Step, step } from './effect.ts'
import type { Progress } from './line.ts'
import type { Approach, Draining, State } from './state.ts'

/** The loss that `state` remembers, said aloud. */
export function lostNews({ loss }: State, why = 'the hand-off failed'): Effect[] {
  if (loss === undefined) return []
  return [{ type: 'announce', news: { type: 'lost', cause: loss.cause, code: loss.code, reason: why } }]
}

export const connectingOn = (state: State, approach: Approach, now: Instant): Step =>
  step({ ...state, phase: { kind: 'connecting', since: now, approach } })

export const go = (phase: Draining, { state, line, effects }: Progress): Step => ({
  state: line === phase.line && state.phase === phase ? state : { ...state, phase: { ...phase, line } },
  effects,
})

export const hangUpSuccessor = (phase: Draining, reason: string): Effect[] =>
  phase.successor === undefined ? [] : [hangUp(phase.successor, CLOSE.normal, reason)]

export const hangUpBoth = (phase: Draining, reason: string): Effect[] => [
  ...(phase.line === undefined ? [] : [hangUp(phase.line, CLOSE.normal, reason)]),
  ...hangUpSuccessor(phase, reason),
]
