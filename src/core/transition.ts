/**
 * The switchboard: state and input in, state and effects out.
 *
 * What an input means everywhere (a message accepted, a change stored, a page hidden) is taken in first; then
 * the phase says what follows. News of a connection that is not ours any more stops here, in one line.
 */
import type { Config } from './config.ts'
import { type Effect, first, stay, type Step } from './effect.ts'
import type { Input } from './input.ts'
import { proveByLife } from './line.ts'
import { append, markStored } from './parts/outbox.ts'
import { persist } from './persist.ts'
import { connecting } from './phases/connecting.ts'
import { draining } from './phases/draining.ts'
import { online } from './phases/online.ts'
import { restoring } from './phases/restoring.ts'
import { suspended } from './phases/suspended.ts'
import { waiting } from './phases/waiting.ts'
import { copyState, isUnproven, type State, withInbox, withOutbox } from './state.ts'

export function transition(state: State, input: Input, config: Config): Step {
  const isClosed = state.phase.kind === 'closed'
  // [CL-1] Closed is closed; only what the application was done with is stored yet [SU-10].
  if (isClosed ? input.type !== 'handled' : isStale(state, input)) return stay(state)
  const taken = takeIn(state, input)
  const then = dispatch(taken.state, input, config)
  return taken.effects.length === 0 ? then : first(taken.effects, then)
}

function dispatch(state: State, input: Input, config: Config): Step {
  const { phase } = state
  switch (phase.kind) {
    case 'restoring':
      return restoring(state, phase, input, config)
    case 'waiting':
      return waiting(state, phase, input, config)
    case 'connecting':
      return connecting(state, phase, input, config)
    case 'online':
      return online(state, phase, input, config)
    case 'draining':
      return draining(state, phase, input, config)
    case 'suspended':
      return suspended(state, phase, input, config)
    case 'closed':
      return stay(state)
  }
}

/** [CL-2] Every answer carries its connection's number; one of a connection given up is old news. */
function isStale({ phase }: State, input: Input): boolean {
  switch (input.type) {
    case 'opened':
    case 'received':
    case 'garbled':
    case 'dropped':
      switch (phase.kind) {
        case 'connecting':
          return input.connection !== phase.approach.connection
        case 'online':
          return input.connection !== phase.line.connection
        case 'draining':
          return (
            input.connection !== phase.line?.connection && input.connection !== phase.successor?.connection
          )
        case 'restoring':
        case 'waiting':
        case 'suspended':
        case 'closed':
          return true
      }
    case 'tick':
    case 'restored':
    case 'blocked':
    case 'persisted':
    case 'submit':
    case 'handled':
    case 'hint':
    case 'reconnect':
    case 'close':
    case 'barred':
      return false
  }
}

function takeIn(state: State, input: Input): { readonly state: State; readonly effects: readonly Effect[] } {
  switch (input.type) {
    case 'received':
    case 'garbled':
      return proveByLife(state, input.now)
    case 'submit': {
      if (state.phase.kind === 'restoring') return stay(state)
      const outbox = append(state.outbox, input.text)
      // [UP-4] While a connection may carry it, the message is stored as one that may have been on a wire.
      const { kind } = state.phase
      const mayTravel = kind !== 'waiting' && kind !== 'suspended' && !isUnproven(state)
      const up = { from: outbox.last, text: input.text }
      const stored = persist(withOutbox(state, outbox), mayTravel ? { up, wired: outbox.last } : { up })
      return { state: stored.state, effects: [stored.effect] }
    }
    case 'handled': {
      if (input.upTo <= state.inbox.handled) return stay(state)
      const { received, committed, stands } = state.inbox
      const stored = persist(withInbox(state, { received, handled: input.upTo, committed, stands }), {
        cursor: input.upTo,
      })
      return { state: stored.state, effects: [stored.effect] }
    }
    case 'persisted': {
      const { received, handled, committed, stands } = state.inbox
      const next = copyState(state)
      if (input.cursor > committed) next.inbox = { received, handled, committed: input.cursor, stands }
      next.storedRevision = Math.max(state.storedRevision, input.revision)
      // What waits for a certain change is not let go by a commit that was on its way before it.
      if (input.revision >= state.heldRevision) next.outbox = markStored(state.outbox, input.last)
      return { state: next, effects: [] }
    }
    case 'hint': {
      const hidden = input.hint === 'hidden' || (state.hidden && input.hint !== 'visible')
      return hidden === state.hidden ? stay(state) : { state: { ...state, hidden }, effects: [] }
    }
    case 'tick':
    case 'restored':
    case 'blocked':
    case 'opened':
    case 'dropped':
    case 'reconnect':
    case 'close':
    case 'barred':
      return stay(state)
  }
}
