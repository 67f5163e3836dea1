/** Waiting: no socket, one deadline. Left when the wait is over, or sooner if there is a reason to hope. */
import { assertNever } from '../../base/invariant.ts'
import { after, earliest, type Duration, type Instant } from '../../base/time.ts'
import type { Config } from '../config.ts'
import { stay, step, type Step } from '../effect.ts'
import { enterClosed, enterConnecting, enterSuspended } from '../enter.ts'
import type { Input } from '../input.ts'
import { take } from '../parts/allowance.ts'
import { drawBetween } from '../parts/rng.ts'
import type { State, Waiting } from '../state.ts'

export function waiting(state: State, phase: Waiting, input: Input, config: Config): Step {
  switch (input.type) {
    case 'tick':
      return input.now < phase.dialAt ? stay(state) : enterConnecting(state, config, input.now)
    case 'reconnect':
      return enterConnecting(state, config, input.now)
    case 'submit':
      return dialSooner(state, phase, input.now)
    case 'hint':
      return hinted(state, phase, input.hint, input.now)
    case 'close':
      return enterClosed(state, input.now, undefined, input.forGood)
    case 'barred':
      return enterClosed(state, input.now, { code: input.code, message: input.message })
    case 'restored':
    case 'blocked':
    case 'handled':
    case 'persisted':
    case 'opened':
    case 'received':
    case 'garbled':
    case 'dropped':
      return stay(state)
    default:
      return assertNever(input)
  }
}

function hinted(
  state: State,
  phase: Waiting,
  hint: Extract<Input, { type: 'hint' }>['hint'],
  now: Instant,
): Step {
  switch (hint) {
    case 'online':
    case 'visible':
    case 'resumed':
      return dialSooner(state, phase, now)
    case 'frozen':
      return enterSuspended(state, now, 'frozen')
    case 'offline':
    case 'hidden':
      return stay(state)
  }
}

const SOON = 300 as Duration

/** [BO-7] A hint cuts the wait short, with a jitter and an allowance of its own; an appointment it leaves alone. */
function dialSooner(state: State, phase: Waiting, now: Instant): Step {
  if (phase.appointed || phase.dialAt <= after(now, SOON)) return stay(state)
  const allowance = take(state.allowance, now)
  if (allowance === undefined) return stay(state)
  const drawn = drawBetween(state.rng, 0, SOON)
  const dialAt = earliest(phase.dialAt, after(now, drawn.value as Duration))
  const news = {
    type: 'attempt',
    number: state.failures + 1,
    wait: drawn.value as Duration,
    cause: phase.cause,
    at: dialAt,
  } as const
  return step(
    { ...state, allowance, rng: drawn.rng, phase: { ...phase, dialAt } },
    { type: 'announce', news },
  )
}
