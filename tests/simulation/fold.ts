/** The state that both ends fold: which messages it stands for, in their order. */
export interface Folded {
  readonly up: readonly string[]
  readonly down: readonly string[]
}

export const START: Folded = { up: [], down: [] }

export function reduce(
  state: Folded,
  entry: { readonly direction: 'up' | 'down'; readonly data: unknown },
): Folded {
  const { t } = entry.data as { readonly t: string }
  return entry.direction === 'up'
    ? { ...state, up: [...state.up, t] }
    : { ...state, down: [...state.down, t] }
}
