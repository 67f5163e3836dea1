/** A state that tells what was folded into it. */
import type { StateRule } from '../../src/server/settings.ts'

export type Story = { readonly story: readonly string[] }

/** A state that remembers every entry, in order. */
export const story: StateRule = {
  initial: { story: [] },
  reduce: (state, { direction, seq, data }) => {
    if (data === 'poison') throw new Error('poisoned')
    return { story: [...(state as Story).story, `${direction}${seq}:${String(data)}`] }
  },
}
