/**
 * A server process that may be killed at any moment: its only argument is a `Post`, as JSON.
 *
 * Its sessions live in a log that the test keeps, so it needs to remember nothing. Before a message counts as
 * processed the test has been told of it.
 */
import { createServer as createHttpServer } from 'node:http'
import { isHoldfastError, type StateOptions } from 'holdfast'
import { agentState, type AgentDown, type AgentState, type AgentUp, nextAsk } from 'holdfast/agent'
import { createServer, remoteLog, type ServerSession } from 'holdfast/server'
import { type Answer, type Count, tally, type Tally } from '../../process/tally.ts'
import type { Heard, Order, Post } from './servers.ts'

type Any = ServerSession<Count | AgentUp, Answer | AgentDown, Tally | AgentState>

const post = JSON.parse(process.argv[2] ?? '{}') as Post
const http = createHttpServer((_request, response) => response.end(post.name))
const server = createServer<Count | AgentUp, Answer | AgentDown, Tally | AgentState>({
  server: http,
  log: remoteLog({ port: post.logPort }),
  // Each session folds one of the two; which one is the same at both ends.
  state: (post.fold === 'agent' ? agentState() : tally) as StateOptions<
    Tally | AgentState,
    Count | AgentUp,
    Answer | AgentDown
  >,
  name: post.name,
  heartbeat: post.heartbeat ?? { intervalMs: 1000, timeoutMs: 500 },
})

/** What an agent is in the middle of when its server dies. */
const WORK_IN_PROGRESS: readonly AgentDown[] = [
  { type: 'metadata-set', title: 'What is worth keeping', tenant: 'acme', roles: ['analyst'] },
  { type: 'context-set', key: 'document', value: { id: 'd-7', page: 12 } },
  { type: 'memory-set', key: 'prefers', value: 'tables' },
  { type: 'preference-set', key: 'language', value: 'en' },
  { type: 'cache-put', key: 'query:revenue', value: [1, 2, 3] },
  { type: 'operation-added', operation: 'op-1', title: 'Export', details: { format: 'pdf' } },
  { type: 'tool-call', call: 't-1', name: 'search', input: { q: 'revenue' } },
  { type: 'tool-progress', call: 't-1', progress: 0.5 },
]

function report(heard: Heard): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) throw new Error('nobody listens')
    process.send(heard, () => resolve())
  })
}

/** Answers whatever the state says is unanswered, one call at a time. */
async function answerAll(session: Any): Promise<void> {
  try {
    while (await answerOne(session)) continue
  } catch (error) {
    // Another instance has the session, or the log is away for a moment: whoever comes next carries on.
    if (!isHoldfastError(error)) throw error
  }
}

async function answerOne(session: Any): Promise<boolean> {
  if ('counted' in session.state) {
    const { counted, answered } = session.state
    if (answered < counted) await session.send({ answer: answered + 1, by: `${post.name} for ${session.id}` })
    return session.state.answered < session.state.counted
  }
  const ask = nextAsk(session.state)
  if (ask === undefined) return false
  const entry = `answer-${ask.seq}`
  await Promise.all([
    ...(ask.seq === 1 ? WORK_IN_PROGRESS.map((word) => session.send(word)) : []),
    session.send({ type: 'entry-open', entry, answers: ask.seq }),
    session.send({ type: 'tokens', entry, index: 0, text: `You said “${ask.text}”.` }),
    session.send({ type: 'entry-done', entry }),
  ])
  return true
}

server.on('error', (error) => void report({ kind: 'error', message: `${error.code}: ${error.message}` }))
server.on('session', (session) => {
  let isAnswering = false
  const answer = async (): Promise<void> => {
    if (isAnswering) return
    isAnswering = true
    await answerAll(session)
    isAnswering = false
  }
  session.on('message', async ({ data, redelivered }) => {
    if ('count' in data) {
      await report({ kind: 'heard', session: session.id, count: data.count, redelivered, by: post.name })
    }
    void answer()
  })
  const { id, outcome } = session
  const state = JSON.stringify(session.state)
  void report({ kind: 'session', session: id, outcome, by: post.name, state })
  void answer()
})

process.on('message', (order: Order) => {
  void server.drain(order.drain).then(async () => {
    await report({ kind: 'drained' })
    process.exit(0)
  })
})
process.on('disconnect', () => process.exit(1))
http.listen(post.port, '127.0.0.1', () => void report({ kind: 'listening' }))
