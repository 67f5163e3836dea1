/** The simulated wire does nothing that no real line can do. */
import { expect, test } from 'vitest'
import { Host } from '../../src/testing/virtual/host.ts'
import { Network } from '../../src/testing/virtual/network.ts'
import { Timeline } from '../../src/testing/virtual/timeline.ts'
import type { Wire } from '../../src/testing/virtual/wire.ts'
import { at } from '../../src/base/time.ts'

const LOSSES: readonly (readonly [string, (wire: Wire) => void])[] = [
  ['a reset of which nobody hears', (wire) => wire.reset()],
  ['the loss of what was on its way', (wire) => wire.down.lose()],
]

test.each(LOSSES)(
  'after %s a line carries nothing that anybody says, nor that is forged',
  async (_, lose) => {
    const timeline = new Timeline()
    const began = timeline.now
    const heard: unknown[] = []
    const wires: Wire[] = []
    const lane = { latency: () => 10 }
    const server = new Host(timeline)
    const network = new Network({
      timeline,
      rules: () => ({ up: lane, down: lane }),
      switchboard: {
        connect(wire) {
          wires.push(wire)
          wire.accept(server, () => ({ received: () => undefined, dropped: () => undefined }))
        },
      },
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
    await timeline.advance(at(began + 15))
    const [wire] = wires
    if (wire === undefined) throw new Error('nobody was dialed')
    // The news of the end is swallowed on its way.
    wire.down.middlebox = (item, pass) => (item.kind === 'end' ? undefined : pass(item))
    lose(wire)
    wire.sayDown('said')
    wire.forge('down', 'forged')
    await timeline.advance(at(began + 1000))
    expect(heard).toEqual([])
  },
)
