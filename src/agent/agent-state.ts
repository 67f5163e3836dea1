/**
 * The ready state of an agent's session, for the option `state` of the client and of the server alike.
 *
 * Both ends fold the same messages, so both know the conversation; and when one of them has lost it, the
 * other one gives it back.
 */
import type { StateOptions } from '../client/options.ts'
import { AGENT_LIMITS } from './limits.ts'
import type { AgentLimits } from './limits.ts'
import type { AgentDown, AgentUp } from './messages.ts'
import type { AgentState } from './model.ts'
import { emptyPaged } from './paged.ts'
import { reduceAgent } from './reduce.ts'

/**
 * @param limits - how much the state may hold; both ends must be given the same.
 * @throws RangeError if a limit is not a whole number above 0.
 * @example
 * ```ts
 * const session = connect<AgentUp, AgentDown, AgentState>(url, { state: agentState() })
 * session.send({ type: 'say', text: 'Hello' })
 * ```
 */
export function agentState(limits: Partial<AgentLimits> = {}): StateOptions<AgentState, AgentUp, AgentDown> {
  for (const [name, limit] of Object.entries(limits)) {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new RangeError(`agentState: ${name} must be a whole number above 0, not ${limit}`)
    }
  }
  const all: AgentLimits = { ...AGENT_LIMITS, ...limits }
  return { initial: INITIAL, reduce: (state, entry) => reduceAgent(state, entry, all) }
}

const INITIAL: AgentState = {
  version: 1,
  folded: { up: 0, down: 0 },
  conversation: { settled: emptyPaged(), live: [] },
  asks: [],
  tools: { active: [], finished: emptyPaged() },
  context: {},
  memory: {},
  operations: [],
  cache: { results: [], size: 0 },
  preferences: {},
  metadata: { more: {} },
}
