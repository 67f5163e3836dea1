/** A restart that users do not notice: the new server first, then the old one says goodbye. */
import { connect } from 'holdfast'
import { createServer, memoryLog } from 'holdfast/server'

// In one process two servers can share a memory; between processes it is a Redis, or serveLog.
const log = memoryLog()
const old = createServer({ port: 0, log, name: 'old' })
const { port } = await old.listening
const next = createServer({ port: 0, log, name: 'new' })
const { port: nextPort } = await next.listening

let current = port
const session = connect(() => `ws://127.0.0.1:${current}`)
session.on('lost', () => console.log('never printed'))
session.once('online', () => {
  current = nextPort
  void old.drain({ handoff: true, reconnect: { afterMs: 0, withinMs: 100 } })
})
const { server } = await new Promise<{ server: string }>((resolve) => session.once('handoff', resolve))
console.log(`moved to the ${server} server, and nothing was lost`)
await session.end()
await next.close()
