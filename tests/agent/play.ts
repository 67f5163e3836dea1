/** Plays messages on an agent's state, as a session would: each with the next number of its direction. */
import { agentState } from 'holdfast/agent'
import type { AgentDown, AgentLimits, AgentState, AgentUp } from 'holdfast/agent'

export type Line = { readonly up: AgentUp } | { readonly down: AgentDown }

export const up = (message: AgentUp): Line => ({ up: message })
export const down = (message: AgentDown): Line => ({ down: message })

export interface Play {
  readonly state: AgentState
  /** Every state on the way, the initial one first. */
  readonly states: readonly AgentState[]
}

export function play(lines: Iterable<Line>, limits: Partial<AgentLimits> = {}): Play {
  const { initial, reduce } = agentState(limits)
  const states = [initial]
  let state = initial
  const seq = { up: 0, down: 0 }
  for (const line of lines) {
    state =
      'up' in line
        ? reduce(state, { direction: 'up', seq: (seq.up += 1), data: line.up })
        : reduce(state, { direction: 'down', seq: (seq.down += 1), data: line.down })
    states.push(state)
  }
  return { state, states }
}

/** The lines of one answered question. */
export function exchange(number: number, words: readonly string[]): readonly Line[] {
  const entry = `answer-${number}`
  return [
    up({ type: 'say', text: `question ${number}` }),
    down({ type: 'entry-open', entry, answers: number }),
    ...words.map((text, index) => down({ type: 'tokens', entry, text, index })),
    down({ type: 'entry-done', entry }),
  ]
}

/**
 * For each step, how many slots of arrays and objects were written to get there: an array or object that
 * stood in an earlier state was not copied, wherever it stands now.
 */
export function slotsWritten(states: readonly unknown[]): readonly number[] {
  const seen = new WeakSet<object>()
  const count = (value: unknown): number => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return 0
    seen.add(value)
    return Object.values(value).reduce<number>((sum, part) => sum + 1 + count(part), 0)
  }
  return states.map(count).slice(1)
}
