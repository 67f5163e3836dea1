/** How far a message has got, honestly: stored here, on a wire, acknowledged there. */
import { connect } from 'holdfast'
import { createServer } from 'holdfast/server'

const server = createServer({ port: 0 })
const { port } = await server.listening
const session = connect<string>(`ws://127.0.0.1:${port}`)

const delivery = session.send('Is this on?')
console.log(delivery.state)
delivery.onChange((state) => console.log(state))
await delivery.acknowledged

await session.end()
await server.close()
