/** Restoring: the store is being read; nothing is dialed before we know who we are. */
import { assertNever } from '../../base/invariant.ts'
import type { Config } from '../config.ts'
import { first, stay, step, type Step } from '../effect.ts'
import { enterClosed, enterConnecting, enterWaiting } from '../enter.ts'
import type { Input } from '../input.ts'
import { createInbox } from '../parts/inbox.ts'
import { createOutbox } from '../parts/outbox.ts'
import { persist } from '../persist.ts'
import type { Restoring, State } from '../state.ts'

export function restoring(state: State, phase: Restoring, input: Input, config: Config): Step {
  switch (input.type) {
    case 'restored':
      return restore(state, input, config)
    case 'blocked':
      return step({ ...state, phase: { ...phase, blocked: true } })
    case 'close':
      return enterClosed(state, input.now, undefined, input.forGood)
    case 'barred':
      return enterClosed(state, input.now, { code: input.code, message: input.message })
    case 'hint':
    case 'tick':
    case 'reconnect':
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

function restore(state: State, input: Extract<Input, { type: 'restored' }>, config: Config): Step {
  const { kept, now } = input
  const known: State = {
    ...state,
    identity: kept.identity,
    generation: kept.generation,
    welcomed: kept.welcomed ?? 0,
    epoch: kept.epoch,
    distrusted: kept.distrusted ?? false,
    outbox: createOutbox(kept.outbox),
    inbox: createInbox(kept.cursor, kept.stands),
    failures: kept.failures,
    offeredBefore: kept.isNew ? 'none' : 'until-welcome',
  }
  if (kept.isNew) {
    const stored = persist(known, { identity: kept.identity })
    return first([stored.effect], enterConnecting(stored.state, config, now))
  }
  // [BO-5] A crash loop must not start from zero each time: what failed before still counts.
  return kept.failures > 0
    ? enterWaiting(known, config, now, { cause: 'local' })
    : enterConnecting(known, config, now)
}
