/** Messages one by one: the next is asked for when this one is done, and an abort ends it all. */
import { connect } from 'holdfast'
import { createServer } from 'holdfast/server'

const server = createServer<string, number>({ port: 0 })
server.on('session', (session) => {
  for (let count = 1; count <= 100; count += 1) void session.send(count)
})
const { port } = await server.listening

const enough = new AbortController()
const session = connect<string, number>(`ws://127.0.0.1:${port}`, { signal: enough.signal })
let sum = 0
for await (const { data } of session.messages()) {
  sum += data
  if (data === 100) enough.abort()
}
console.log(`sum ${sum}`)
await session.closed
await server.close()
