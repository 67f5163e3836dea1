/** A server that says one word to whoever comes: `port`. */
import { createServer, memoryLog } from 'holdfast/server'

const server = createServer({ port: Number(process.argv[2]), log: memoryLog() })
server.on('session', (session) => {
  void session.send('hello').catch(() => undefined)
})
const { port } = await server.listening
process.send?.({ port })
process.on(
  'SIGTERM',
  () =>
    void server
      .drain({ closesInMs: 500, reconnect: { afterMs: 2000, withinMs: 200 } })
      .then(() => process.exit(0)),
)
process.on('disconnect', () => process.exit(0))
