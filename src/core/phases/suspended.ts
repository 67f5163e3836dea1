/** Suspended: nobody dials, for a reason that passes. */
import { assertNever } from '../../base/invariant.ts'
import { stay, type Step } from '../effect.ts'
import type { Config } from '../config.ts'
import { enterClosed, enterConnecting } from '../enter.ts'
import type { Input } from '../input.ts'
import type { State, Suspended } from '../state.ts'

export function suspended(state: State, phase: Suspended, input: Input, config: Config): Step {
  switch (input.type) {
    case 'reconnect':
      return enterConnecting(state, config, input.now)
    case 'hint': {
      const isThawed = input.hint === 'resumed' || input.hint === 'visible' || input.hint === 'online'
      return phase.reason === 'frozen' && isThawed ? enterConnecting(state, config, input.now) : stay(state)
    }
    case 'tick':
      return phase.resumeAt !== undefined && input.now >= phase.resumeAt
        ? enterConnecting(state, config, input.now)
        : stay(state)
    case 'close':
      return enterClosed(state, input.now, undefined, input.forGood)
    case 'barred':
      return enterClosed(state, input.now, { code: input.code, message: input.message })
    case 'restored':
    case 'blocked':
    case 'submit':
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
