/**
 * A client process that may be killed at any moment: `url directory`.
 *
 * It goes on counting from where its journal says it was, and tells its parent what it knows. "stop" lets it
 * finish what is pending and say how its state ends.
 */
import { connect } from 'holdfast'
import { journalStore } from 'holdfast/node'
import { type Answer, type Count, type Tally, tally } from './tally.ts'

const [url = '', directory = ''] = process.argv.slice(2)
const PAUSE = 4
const AHEAD = 40

const session = connect<Count, Answer, Tally>(url, {
  name: 'counting',
  store: journalStore(directory, { durability: 'process' }),
  state: tally,
  heartbeat: { every: 1000, within: 500 },
  // Deaths come several to the second here; with the usual waits nothing would be under way when they do.
  backoff: { base: 20, max: 100 },
})
session.on('error', (error) => process.send?.({ error: `${error.code}: ${error.message}` }))
session.on('gap', (gap) => process.send?.({ error: `a gap from ${gap.from} to ${gap.to}` }))
await session.restored
process.send?.({ restored: session.state.counted })

let isStopping = false
process.on('message', (message) => {
  if (message === 'stop') isStopping = true
})
process.on('disconnect', () => process.exit(1))

while (!isStopping) {
  // Never far ahead of the answers, so that both directions are busy whenever a kill comes.
  if (session.state.counted - session.state.answered < AHEAD) {
    const count = session.state.counted + 1
    const delivery = session.send({ count })
    void delivery.stored.then(() => process.send?.({ stored: count }))
    void delivery.acknowledged.then(
      () => process.send?.({ acknowledged: count }),
      () => undefined,
    )
  }
  await new Promise((resolve) => setTimeout(resolve, PAUSE))
}

while (session.pending > 0 || session.state.answered < session.state.counted) {
  await new Promise((resolve) => setTimeout(resolve, 20))
}
process.send?.({ final: session.state })
await session.close()
process.disconnect()
