/** How a tool call goes from requested to its end. */
import { append, findLast, itemsOf } from './paged.ts'
import type { AgentLimits } from './limits.ts'
import type { AgentState, ToolCall, Tools } from './model.ts'

/** All calls, finished ones first, oldest first. */
export function* toolCallsOf(state: AgentState): Generator<ToolCall, void, undefined> {
  yield* itemsOf(state.tools.finished)
  yield* state.tools.active
}

export function findToolCall(state: AgentState, id: string): ToolCall | undefined {
  const wanted = (call: ToolCall): boolean => call.id === id
  return state.tools.active.find(wanted) ?? findLast(state.tools.finished, wanted)
}

export function addToolCall(tools: Tools, call: ToolCall, limits: AgentLimits): Tools {
  const [oldest, ...others] = tools.active
  if (oldest === undefined || tools.active.length < limits.activeTools) {
    return { ...tools, active: [...tools.active, call] }
  }
  const failed: ToolCall = { ...oldest, phase: 'failed', error: 'overtaken by later calls' }
  return { active: [...others, call], finished: append(tools.finished, failed, limits.finishedTools) }
}

/** Changes a call that is not finished; once it is, it moves to the finished ones. */
export function changeToolCall(
  tools: Tools,
  id: string,
  change: (call: ToolCall) => ToolCall,
  limits: AgentLimits,
): Tools {
  const place = tools.active.findIndex((call) => call.id === id)
  const call = tools.active[place]
  if (call === undefined) return tools
  const changed = change(call)
  if (changed.phase !== 'done' && changed.phase !== 'failed') {
    return { ...tools, active: tools.active.with(place, changed) }
  }
  return {
    active: tools.active.toSpliced(place, 1),
    finished: append(tools.finished, changed, limits.finishedTools),
  }
}
