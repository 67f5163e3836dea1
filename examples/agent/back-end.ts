/** The agent's back end: hands out squares to compute, and keeps a ledger of what comes back. */
import type { AgentDown, AgentUp } from 'holdfast/agent'
import { createServer } from 'holdfast/server'
import type { HoldfastServer, SessionLog } from 'holdfast/server'

export interface Ledger {
  /** The sessions that have been here. */
  readonly sessions: Set<string>
  /** Every result, in the order in which it came. */
  readonly results: { readonly call: string; readonly result: unknown }[]
}

export interface BackEndOptions {
  readonly log: SessionLog
  readonly ledger: Ledger
  readonly port: number
  readonly tasks: number
  readonly counted: (results: number) => void
}

export function createBackEnd({
  log,
  ledger,
  port,
  tasks,
  counted,
}: BackEndOptions): HoldfastServer<AgentUp, AgentDown> {
  const server = createServer<AgentUp, AgentDown>({ port, log })
  server.on('session', (session) => {
    const isNew = !ledger.sessions.has(session.id)
    ledger.sessions.add(session.id)
    session.on('message', async ({ data }) => {
      if (data.type !== 'tool-result' || !('result' in data)) return
      ledger.results.push({ call: data.call, result: data.result })
      counted(ledger.results.length)
      if (ledger.results.length === tasks) await session.end()
    })
    if (isNew) void handOut(session, tasks)
  })
  return server
}

async function handOut(session: { send(message: AgentDown): Promise<number> }, tasks: number): Promise<void> {
  for (let number = 1; number <= tasks; number += 1) {
    await session.send({ type: 'tool-call', call: `square-${number}`, name: 'square', input: number })
  }
}
