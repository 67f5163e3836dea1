/** Your app against a server that is down for an hour, in your own test, in no time at all. */
import assert from 'node:assert/strict'
import { connect, memoryStore } from 'holdfast'
import { accept, comeBack, crash, downFor, script, virtualStage } from 'holdfast/testing'

const stage = virtualStage({ app: { message: (session, { data }) => session.send(data) } })
const session = connect(stage.url, { world: stage.world, store: memoryStore() })
const heard: unknown[] = []
session.on('message', ({ data }) => void heard.push(data))

session.send('before')
await stage.perform(script(accept(), crash()))
await stage.until('the app knows', () => session.status.kind !== 'online')
session.send('during')
await stage.perform(script(downFor(3_600_000), comeBack()), 4_000_000)
await stage.until('both are back', () => heard.length === 2, 120_000)

assert.deepEqual(heard, ['before', 'during'])
console.log('an hour of outage, passed')
await session.close()
await stage.close()
