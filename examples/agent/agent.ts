/**
 * A Node agent that may be killed at any moment: `agent.ts url name folder`.
 *
 * Work comes as tool calls, results go back. What is still to do is no variable of this process: it is what
 * the session's state says, and a result leaves that list in the same write that stores it for sending.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from 'holdfast'
import { agentState, toolCallsOf } from 'holdfast/agent'
import type { AgentDown, AgentState, AgentUp } from 'holdfast/agent'
import { journalStore } from 'holdfast/node'

const [url = '', name = 'agent', folder = '.'] = process.argv.slice(2)

const session = connect<AgentUp, AgentDown, AgentState>(url, {
  name,
  store: journalStore(folder),
  state: agentState(),
})
await session.restored

const known = [...toolCallsOf(session.state)].length
const open = session.state.tools.active.length
console.log(
  known === 0
    ? `${name} ${process.pid}: nothing on disk, a new session`
    : `${name} ${process.pid}: back with ${known} calls on disk, ${open} of them not done, ${session.pending} results not yet confirmed`,
)

let working = false
async function work(): Promise<void> {
  if (working) return
  working = true
  for (let call = session.state.tools.active[0]; call !== undefined; call = session.state.tools.active[0]) {
    const result = await square(Number(call.input))
    await session.send({ type: 'tool-result', call: call.id, result }).stored
  }
  working = false
}

/** Stands for work that takes its time. */
async function square(number: number): Promise<number> {
  await pause(20)
  return number * number
}

const look = (): void => void work().catch((error: unknown) => console.error(`${name}:`, error))
session.on('state', look)
look()

await session.closed
console.log(`${name} ${process.pid}: the server says that we are done`)
