/**
 * Asking for a change to be stored, and knowing later that it was.
 */
import type { Change, Effect } from './effect.ts'
import { copyState, type State } from './state.ts'

/** The state that counts the change, and the effect that stores it. */
export function persist(state: State, change: Change): { readonly state: State; readonly effect: Effect } {
  const next = copyState(state)
  next.revision += 1
  return { state: next, effect: { type: 'persist', revision: next.revision, change } }
}
