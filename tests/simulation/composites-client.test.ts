/**
 * Stories of several faults at once, at the client's side: what wears real applications down.
 *
 * Each is played over the same world as the seeds, with all of its laws, and then comes to rest as they do.
 */
import { expect, test } from 'vitest'
import { chance } from '../../src/testing/virtual/chance.ts'
import { type Options, PLAIN } from './options.ts'
import { rest } from './run.ts'
import { World } from './world.ts'
import type { Client } from './client.ts'

const HOUR = 3_600_000
/** Of each session the log keeps so many messages. */
const KEPT = 12

interface Told {
  readonly world: World
  readonly client: Client
}

/** Plays a story, then everything must come in order and leave nothing behind. */
async function tell(options: Partial<Options>, story: (told: Told) => Promise<void>): Promise<World> {
  const world = new World({ ...PLAIN, ...options })
  world.startServer()
  const client = world.addClient('c1')
  client.start()
  await world.run(1000)
  await story({ world, client })
  if (world.failure === undefined) await rest(world)
  expect(world.failure).toBeUndefined()
  return world
}

/** Another server takes the place of the one that there is, which goes in order. */
async function replace(world: World): Promise<void> {
  const [old] = world.fleet.listening
  world.startServer()
  if (old === undefined) throw new Error('there is nobody to replace')
  old.isListening = false
  void old.drain({ closesInMs: 15_000, reconnect: { afterMs: 0, withinMs: 5000 }, handoff: true })
  await world.run(20_000)
  expect(old.isDead).toBe(true)
}

const met = (world: World, situation: Parameters<World['coverage']['sometimes']>[0]): number =>
  world.coverage.situations.get(situation) ?? 0

test('S2 a client dies after its listener was done and before the cursor was stored', async () => {
  // In memory nothing lies between the two.
  for (const storage of ['journal', 'indexeddb'] as const) {
    const world = await tell({ storage, folds: true }, async ({ world, client }) => {
      for (let round = 0; round < 5; round += 1) {
        world.backend.speakUp(chance(round))
        // Until the listener is done: from there the commit is on its way.
        const isDone = (): boolean => {
          const { life } = client.process ?? {}
          return life !== undefined && life.handled > life.committed
        }
        await world.runUntil(isDone, 5000)
        client.kill('fin')
        await world.run(500)
        client.start()
        await world.run(2000)
      }
    })
    expect(met(world, 'crash between processing and commit'), storage).toBeGreaterThan(0)
  }
})

test('S5 three tabs wake after eight hours of sleep: the token is stale, the server was deployed twice, the log trimmed', async () => {
  const world = await tell(
    { tabs: 3, auth: true, folds: true, serverFolds: true, retains: KEPT },
    async ({ world, client }) => {
      const luck = chance(5)
      for (let count = 0; count < 10; count += 1) {
        client.talk(luck)
        world.backend.speakUp(luck)
        await world.run(200)
      }
      expect(met(world, 'waited for a tab')).toBeGreaterThanOrEqual(2)
      const before = client.process?.life?.last ?? 0
      // Its lid closes: nothing reaches the machine any more.
      for (const tab of client.tabs) tab.sleep(8 * HOUR)
      for (const wire of world.network.wires) for (const lane of [wire.up, wire.down]) lane.stall(Infinity)
      for (const { session, instance } of world.backend.sessions.values())
        for (let count = 0; count < 3 * KEPT; count += 1) world.backend.speak(session, instance)
      for (let deployment = 0; deployment < 2; deployment += 1) {
        await world.run(2 * HOUR)
        await replace(world)
      }
      client.wallet.trouble = 'expired'
      await world.run(4 * HOUR)
      for (const tab of client.tabs) tab.hint('resumed')
      await world.run(10_000)
      expect(client.process?.session.status.kind).not.toBe('online')
      client.wallet.trouble = undefined
      await world.run(60_000)
      // What the log had let go of is told as a gap, and what it had kept is delivered.
      expect(client.ledger.gaps).toBe(1)
      expect(client.process?.life?.last).toBe(before + 3 * KEPT)
      for (let count = 0; count < 5; count += 1) {
        client.talk(luck)
        world.backend.speakUp(luck)
        await world.run(200)
      }
    },
  )
  expect(met(world, 'a refused token was replaced')).toBe(1)
  expect(met(world, 'a client moved to another server')).toBe(1)
})

test('S7 a cloned profile runs twice: one copy goes on, the other is told, and no number has two messages', async () => {
  let toldOf = 0
  for (const storage of ['memory', 'journal', 'indexeddb'] as const)
    for (let seed = 1; seed <= 5; seed += 1) {
      const world = await tell({ storage, seed, folds: true }, async ({ world, client }) => {
        const luck = chance(seed)
        client.talk(luck)
        await world.run(500)
        client.cloneDevice(luck)
        for (let count = 0; count < 40; count += 1) {
          for (const tab of [...client.tabs]) tab.send()
          if (count % 10 === 9) for (const wire of world.network.wires) wire.reset()
          await world.run(500)
        }
      })
      toldOf += met(world, 'one of two copies goes on')
    }
  expect(toldOf).toBeGreaterThan(5)
})

test('a process that dies while its listener is at a message hears nothing more when the listener would be done', async () => {
  const heard: number[] = []
  await tell({}, async ({ world, client }) => {
    client.process?.app.holdUp(5000)
    client.process?.session.on('message', ({ seq }) => void heard.push(seq))
    for (const round of [1, 2]) world.backend.speakUp(chance(round))
    await world.run(1000)
    expect(heard).toEqual([1])
    client.kill('fin')
    await world.run(10_000)
    expect(heard).toEqual([1])
    client.start()
  })
})
