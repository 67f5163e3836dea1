/**
 * One chat server process. It keeps nothing of its own: kill it whenever you like.
 *
 * The launcher starts it, tells it where the log is, and ends it. In production that log would be a Redis,
 * and the launcher whatever starts your containers; the rest would look just like this.
 */
import { agentState } from 'holdfast/agent'
import type { AgentDown, AgentState, AgentUp } from 'holdfast/agent'
import { createServer, remoteLog } from 'holdfast/server'
import { createWorker } from './agent/answer.ts'
import type { ChatSession } from './agent/answer.ts'
import { modelOf } from './agent/model.ts'
import { isRetirement } from './protocol.ts'
import type { Listening, Retirement } from './protocol.ts'

const [logPort = '', name = 'chat', origin = ''] = process.argv.slice(2)

const model = modelOf(process.env)
const log = remoteLog({ port: Number(logPort) })
const server = createServer<AgentUp, AgentDown, AgentState>({
  port: 0,
  name,
  log,
  path: '/session',
  state: agentState(),
  // A demo is watched by people: a hang should show within seconds.
  heartbeat: { intervalMs: 3_000, timeoutMs: 2_000 },
  ...(origin === '' ? {} : { origins: [origin] }),
})

server.on('session', (session) => {
  const work = createWorker(session, model)
  const look = (): void => {
    // The session has moved or ended: whoever has it now finds in its state where we were.
    work().catch((error: unknown) => {
      if (!session.signal.aborted) console.error(`${name}: ${session.id.slice(0, 8)}:`, error)
    })
  }
  session.on('message', look)
  introduce(session).then(look, look)
})

server.on('error', (error) => console.error(`${name}:`, error.message))

async function introduce(session: ChatSession): Promise<void> {
  await session.send({
    type: 'metadata-set',
    title: 'Harbour desk',
    user: session.subject,
    tenant: 'North Cove Marine',
    region: 'eu-west',
    roles: ['analyst', 'diver'],
    server: name,
    more: { plan: 'enterprise', model: model?.name ?? 'scripted' },
  })
}

let retirement: Retirement = { type: 'retire', handoff: false, backInMs: 2_000 }
process.on('message', (message) => {
  if (isRetirement(message)) retirement = message
})
process.once('disconnect', () => process.exit(0))
process.once('SIGTERM', () => {
  const { handoff, backInMs } = retirement
  const reconnect = handoff ? { afterMs: 0, withinMs: 500 } : { afterMs: backInMs, withinMs: 500 }
  void server
    .drain({ handoff, reason: handoff ? 'a new version' : 'a restart', closesInMs: 1_500, reconnect })
    .then(() => log.close())
    .catch((error: unknown) => console.error(`${name}:`, error))
    .then(() => process.exit(0))
})
// Ctrl-C reaches the whole group; the launcher ends us in order.
process.on('SIGINT', () => undefined)

const { port } = await server.listening
process.send?.({ type: 'listening', port } satisfies Listening)
