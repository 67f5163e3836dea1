/** Connects and receives. Whatever becomes of the connection, each message arrives once, in order. */
import { connect } from 'holdfast'
import { createServer } from 'holdfast/server'

const server = createServer<string, string>({ port: 0 })
server.on('session', (session) => {
  session.on('message', ({ data }) => session.send(`You said ${data}.`))
})
const { port } = await server.listening

const session = connect<string, string>(`ws://127.0.0.1:${port}`)
session.send('hello')
await new Promise<void>((resolve) => {
  session.on('message', ({ seq, data }) => {
    console.log(`${seq}: ${data}`)
    resolve()
  })
})

await session.end()
await server.close()
