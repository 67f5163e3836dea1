/** A restart that users do not notice: the new server first, then the old one says goodbye. */
import { connect } from 'holdfast'
import { createServer, memoryLog } from 'holdfast/server'

// In one process two servers can share a memory; between processes it is a Redis, or serveLog.
const log = memoryLog({ shared: true })
const old = createServer({ port: 0, log, name: 'old' })
const next = createServer({ port: 0, log, name: 'new' })
let { port } = await old.listening

const session = connect(() => `ws://127.0.0.1:${port}`)
session.on('lost', () => console.log('never printed'))
session.on('handoff', ({ server }) => console.log(`moved to the ${server} server, not a moment offline`))
await new Promise((resolve) => session.once('online', resolve))

port = (await next.listening).port
await old.drain({ handoff: true, reconnect: { afterMs: 0, withinMs: 100 } })
await old.close()

await session.end()
await next.close()
