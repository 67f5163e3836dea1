/** The simulated wire does nothing that no real line can do. */
import { expect, test } from 'vitest'
import { Host } from '../../src/testing/virtual/host.ts'
import { Network } from '../../src/testing/virtual/network.ts'
import { Timeline } from '../../src/testing/virtual/timeline.ts'
import type { Wire } from '../../src/testing/virtual/wire.ts'
import { at } from '../../src/base/time.ts'

const ENDS = { received: () => undefined, dropped: () => undefined }

/** A line that was just dialed, and what its client hears. */
function dial(connect: (wire: Wire, server: Host) => void) {
  const timeline = new Timeline()
  const heard: unknown[] = []
  const lane = { latency: () => 10 }
  const server = new Host(timeline)
  const network = new Network({
    timeline,
    rules: () => ({ up: lane, down: lane }),
    switchboard: { connect: (wire) => connect(wire, server) },
  })
  network.dial(
    new Host(timeline),
    { url: 'ws://stage.test/', subprotocol: '' },
    {
      opened: () => heard.push('opened'),
      received: (text) => heard.push(text),
      dropped: () => heard.push('dropped'),
    },
  )
  const began = timeline.now
  return { heard, pass: (ms: number) => timeline.advance(at(began + ms)) }
}

const LOSSES: readonly (readonly [string, (wire: Wire) => void])[] = [
  ['a reset of which nobody hears', (wire) => wire.reset()],
  ['the loss of what was on its way', (wire) => wire.down.lose()],
]

test.each(LOSSES)(
  'after %s a line carries nothing that anybody says, nor that is forged',
  async (_, lose) => {
    const wires: Wire[] = []
    const { heard, pass } = dial((wire, server) => {
      wires.push(wire)
      wire.accept(server, () => ENDS)
    })
    await pass(15)
    const [wire] = wires
    if (wire === undefined) throw new Error('nobody was dialed')
    // The news of the end is swallowed on its way.
    wire.down.middlebox = (item, pass) => (item.kind === 'end' ? undefined : pass(item))
    lose(wire)
    wire.sayDown('said')
    wire.forge('down', 'forged')
    await pass(1000)
    expect(heard).toEqual([])
  },
)

test('a line that has lost something before the call is taken does not open, and carries nothing', async () => {
  const { heard, pass } = dial((wire, server) => {
    wire.down.hasLost = true
    wire.accept(server, () => ENDS)
    wire.forge('down', 'forged')
  })
  await pass(1000)
  expect(heard).toEqual([])
})
