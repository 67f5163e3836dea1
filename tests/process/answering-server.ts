/**
 * A server process that may be killed at any moment: `port log-port name`.
 *
 * Its sessions live in a log that another process keeps. It answers whatever the state says is unanswered, so
 * it needs to remember nothing itself.
 */
import { isHoldfastError } from 'holdfast'
import { createServer, remoteLog, type ServerSession } from 'holdfast/server'
import { type Answer, type Count, type Tally, tally } from './tally.ts'

const [port = '0', logPort = '0', name = 'server'] = process.argv.slice(2)

const server = createServer<Count, Answer, Tally>({
  port: Number(port),
  log: remoteLog({ port: Number(logPort) }),
  state: tally,
  name,
  heartbeat: { intervalMs: 1000, timeoutMs: 500 },
})
server.on('error', (error) => process.send?.({ error: `${error.code}: ${error.message}` }))
server.on('session', (session) => {
  let isAnswering = false
  const answer = async () => {
    if (isAnswering) return
    isAnswering = true
    await answerAll(session)
    isAnswering = false
  }
  session.on('message', () => void answer())
  void answer()
})

async function answerAll(session: ServerSession<Count, Answer, Tally>): Promise<void> {
  try {
    while (session.state.answered < session.state.counted) {
      await session.send({ answer: session.state.answered + 1, by: name })
    }
  } catch (error) {
    // Another instance has the session, or the log is away for a moment: whoever comes next carries on.
    if (!isHoldfastError(error)) throw error
  }
}

await server.listening
process.send?.({ listening: true })
process.on('SIGTERM', () => {
  void server
    .drain({ closesInMs: 2000, reconnect: { afterMs: 100, withinMs: 200 } })
    .then(() => process.exit(0))
})
process.on('disconnect', () => process.exit(1))
