/**
 * The small application that the kill test runs at both ends: the client counts upwards, the server answers
 * each number once. Its state tells what has been said and answered, so both know what is next after any death.
 */
import type { StateOptions } from 'holdfast'

/** "I count n." */
export type Count = { readonly count: number }
/** "I have heard n", by the server instance named. */
export type Answer = { readonly answer: number; readonly by: string }

export interface Tally {
  /** The last number the client said. */
  readonly counted: number
  /** The last number the server answered. */
  readonly answered: number
  /** Every number that came twice, or before its time, as a word: must stay empty. */
  readonly wrong: readonly string[]
}

export const tally: StateOptions<Tally, Count, Answer> = {
  initial: { counted: 0, answered: 0, wrong: [] },
  reduce: (state, entry) => {
    if (entry.direction === 'up') {
      const { count } = entry.data
      return count === state.counted + 1
        ? { ...state, counted: count }
        : complain(state, `counted ${count} after ${state.counted}`)
    }
    const { answer } = entry.data
    return answer === state.answered + 1
      ? { ...state, answered: answer }
      : complain(state, `answered ${answer} after ${state.answered}`)
  },
}

const complain = (state: Tally, word: string): Tally => ({
  ...state,
  wrong: [...state.wrong, word].slice(0, 20),
})
