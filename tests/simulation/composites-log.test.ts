/**
 * Stories of logs that lose their newest entries, and say late what they have taken: what the guarantees allow then, and no more.
 *
 * Each was a false alarm of the oracle, or a fault, before it was told here.
 */
import { expect, test } from 'vitest'
import type { Wire } from '../../src/testing/virtual/wire.ts'
import { type Options, PLAIN } from './options.ts'
import { rest } from './run.ts'
import { World } from './world.ts'
import type { Client } from './client.ts'

interface Told {
  readonly world: World
  readonly client: Client
  /** The session that it began with. */
  readonly id: string
}

/** Plays a story, then everything must come in order and leave nothing behind. */
async function tell(options: Partial<Options>, story: (told: Told) => Promise<void>): Promise<void> {
  const world = new World({ ...PLAIN, ...options })
  world.startServer()
  const client = world.addClient('c1')
  client.start()
  await world.run(1000)
  await story({ world, client, id: client.ledger.session ?? '' })
  if (world.failure === undefined) await rest(world)
  expect(world.failure).toBeUndefined()
}

const say = (world: World, count: number): void => {
  for (const { session, instance } of world.backend.sessions.values())
    for (let left = count; left > 0; left -= 1) world.backend.speak(session, instance)
}

type Trouble = Parameters<World['fleet']['troubles']['add']>[0]

/** The next call of this kind to the log ends so. */
function once(world: World, type: string, how: Trouble): void {
  let isDone = false
  world.fleet.troubles.add((call, ...rest) => {
    if (isDone || call.type !== type) return undefined
    isDone = true
    return how(call, ...rest)
  })
}

/** The next dial is met so. */
const meet = (world: World, how: (wire: Wire) => void): void =>
  void world.gate.add({
    left: 1,
    isFor: () => true,
    play: (wire, onward) => {
      how(wire)
      onward()
    },
  })

const whenSaid = (wire: Wire, way: 'up' | 'down', type: string, then: () => void): void => {
  wire[way].middlebox = (item, pass) => {
    if (item.kind === 'text' && String(item.text).startsWith(`{"type":"${type}"`)) then()
    pass(item)
  }
}

/** The welcome is lost, and the line with it. */
const loseWelcome = (wire: Wire): void =>
  whenSaid(wire, 'down', 'welcome', () => {
    for (const lane of [wire.up, wire.down]) lane.stall(Infinity)
  })

test('[SV-52] an append lands unheard while the client is asked for its state: it is in both states', async () => {
  await tell({ folds: true, serverFolds: true }, async ({ world, id }) => {
    say(world, 2)
    await world.run(500)
    world.crashServers('reset')
    world.past.loseAll()
    world.revive()
    meet(world, (wire) => whenSaid(wire, 'down', 'welcome', () => wire.up.stall(1500)))
    const [instance] = world.fleet.alive
    await world.runUntil(() => instance?.core.sessions.get(id)?.connected === true, 5000)
    const session = instance?.core.sessions.get(id)
    if (session === undefined || instance === undefined) throw new Error('nobody was let in')
    once(world, 'appendDown', () => ({ kind: 'answer-lost' }))
    world.backend.speak(session, instance)
    await world.run(50)
    world.backend.speak(session, instance)
    await world.run(5000)
  })
})

test.each([false, true])(
  'a log has lost messages, and another time a mark: nobody goes through those (%s)',
  async (hasLost) => {
    await tell({ serverSlowness: 0 }, async ({ world, client }) => {
      if (hasLost) {
        // The server dies when it has stored the message and before it offers it, and the log is lost.
        const [instance] = world.fleet.alive
        once(world, 'appendUp', () => ({ kind: 'followed', by: () => instance?.crash('reset') }))
        client.process?.send()
        await world.run(200)
        world.past.loseAll()
        world.revive()
        await world.run(5000)
      }
      // The log steps back to before a mark, and to nothing else.
      let restore: (() => void) | undefined
      world.fleet.troubles.add(({ type }) => {
        if (type === 'markProcessed') restore ??= world.past.keep()
        return undefined
      })
      client.process?.send()
      await world.run(1000)
      restore?.()
      await world.run(1000)
      world.fleet.troubles.clear()
    })
  },
)

test.each([
  ['before the hello is let in', false],
  ['after the hello was let in', false],
  ['before the hello is let in', true],
  ['after the hello was let in', true],
])(
  'an old line delivers what the log has lost %s, and the welcome is lost (both fold: %s)',
  async (when, folds) => {
    await tell({ folds, serverFolds: folds }, async ({ world, client, id }) => {
      say(world, 5)
      await world.run(500)
      const [old] = client.process?.wires() ?? []
      const next = world.startServer()
      const restore = world.past.keep()
      old?.down.stall(Infinity)
      say(world, 5)
      await world.run(50)
      restore()
      const before = world.mirror.generationOf(id)
      meet(world, (wire) => {
        loseWelcome(wire)
        if (when.startsWith('after')) return
        wire.up.delay(100)
        whenSaid(wire, 'up', 'hello', () => {
          old?.down.release()
          wire.up.delay(200)
        })
      })
      client.process?.session.reconnect()
      await world.runUntil(() => world.mirror.generationOf(id) > before, 5000)
      old?.down.release()
      await world.run(60)
      const session = next.core.sessions.get(id)
      if (session !== undefined) for (let left = 5; left > 0; left -= 1) world.backend.speak(session, next)
      await world.run(200)
      for (const wire of world.network.wires) wire.reset()
      await world.run(3000)
    })
  },
)

test.each([true, false])(
  'a late append lands under a number that the log has lost (met by the client: %s)',
  async (isMet) => {
    await tell({ folds: true, serverFolds: true }, async ({ world }) => {
      say(world, 1)
      await world.run(500)
      once(world, 'appendDown', () => ({ kind: 'late', until: world.timeline.pause(500) }))
      say(world, 1)
      await world.run(100)
      const restore = world.past.keep()
      if (!isMet)
        for (const { down } of world.network.wires) {
          down.lose()
          down.stall(Infinity)
        }
      say(world, 1)
      await world.run(200)
      restore()
      await world.run(1000)
      if (isMet) {
        say(world, 1)
        await world.run(500)
        world.crashServers('reset')
        world.revive()
      } else for (const wire of world.network.wires) wire.reset()
      await world.run(3000)
    })
  },
)

test('a gap is on its way over the old line when a log that has stepped back begins another epoch', async () => {
  await tell({ window: 4 }, async ({ world, client, id }) => {
    say(world, 4)
    client.process?.app.holdUp(60_000)
    await world.run(10)
    say(world, 4)
    await world.run(500)
    const restore = world.past.keep()
    say(world, 4)
    client.process?.send()
    await world.run(100)
    restore()
    world.startServer()
    const before = world.mirror.epochOf(id)
    for (const old of client.process?.wires() ?? [])
      whenSaid(old, 'down', 'gap', () => void old.down.delay(600))
    meet(world, (wire) =>
      whenSaid(wire, 'up', 'hello', () => {
        wire.up.delay(400)
        client.process?.app.calm()
      }),
    )
    client.process?.session.reconnect()
    await world.runUntil(() => world.mirror.epochOf(id) !== before, 5000)
    await world.run(3000)
  })
})
