/** Stories in which several things go wrong at the servers in a row, told in order and not left to chance. */
import { expect, test } from 'vitest'
import { type Options, PLAIN } from './options.ts'
import { rest } from './run.ts'
import type { Situation } from './situations.ts'
import { World } from './world.ts'

const SEEDS = [1, 2, 3, 4, 5]

/** A world with its clients online, in which nothing is wrong yet. */
async function worldOf(seed: number, options: Partial<Options>): Promise<World> {
  const world = new World({ ...PLAIN, seed, ...options })
  world.revive()
  for (let count = 1; count <= world.options.clients; count += 1) world.addClient(`c${count}`).start()
  await until(world, () => world.clients.every(isOnline))
  return world
}

const isOnline = ({ process }: World['clients'][number]): boolean => process?.session.status.kind === 'online'

async function until(world: World, holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds() && world.failure === undefined && waited < 120_000; waited += 1)
    await world.run(1)
  if (world.failure !== undefined) throw world.failure
  expect(holds()).toBe(true)
}

function say(world: World, count: number): void {
  for (const { session, instance } of world.backend.sessions.values())
    for (let left = count; left > 0; left -= 1) world.backend.speak(session, instance)
}

const seen = (world: World, situation: Situation): number => world.coverage.situations.get(situation) ?? 0

/** How many messages have come to the applications. */
const delivered = (world: World): number =>
  world.clients.reduce((sum, { process }) => sum + (process?.life?.last ?? 0), 0)

function resetAll(world: World): void {
  world.observer.handoffs.disturbed()
  for (const wire of world.network.wires) wire.reset()
}

async function atRest(world: World): Promise<void> {
  await rest(world)
  if (world.failure !== undefined) throw world.failure
}

test('S1 a replay that is cut, and cut again, is taken up where it was cut', async () => {
  for (const seed of SEEDS) {
    const world = await worldOf(seed, {
      servers: 2,
      balance: 'random',
      window: 64,
      folds: true,
      serverFolds: true,
    })
    resetAll(world)
    say(world, 400)
    for (const cut of [1, 2]) {
      const before = delivered(world)
      await until(world, () => delivered(world) > before)
      expect(delivered(world)).toBeLessThan(400)
      if (cut === 2) expect(seen(world, 'a replay that was cut was taken up again')).toBe(1)
      resetAll(world)
    }
    await until(world, () => delivered(world) === 400)
    expect(seen(world, 'a replay was cut twice and taken up again')).toBe(1)
    expect(seen(world, 'a gap was told')).toBe(0)
    await atRest(world)
  }
})

test('S3 a welcome that was lost, with its process, changes nothing for the next one', async () => {
  for (const seed of SEEDS) {
    const world = await worldOf(seed, { servers: 3, balance: 'round-robin', folds: true })
    const [client] = world.clients
    say(world, 5)
    await until(world, () => delivered(world) === 5)
    resetAll(world)
    say(world, 20)
    const hellos = (): number => world.mirror.generationOf(client?.ledger.session ?? '')
    const before = hellos()
    // The log has let the new generation in; nothing that follows from it comes through any more.
    await until(world, () => hellos() > before)
    for (const wire of world.network.wires) wire.down.lose()
    client?.killAll('silence')
    client?.start()
    await until(world, () => delivered(world) === 25)
    expect(hellos()).toBeGreaterThan(before + 1)
    await atRest(world)
  }
})

test('S4 a drain, and in its hand-off both sockets are reset', async () => {
  for (const seed of SEEDS) {
    const world = await worldOf(seed, { clients: 2, folds: true, serverFolds: true })
    const [old] = world.fleet.alive
    const outcomes = world.clients.map(({ process }) => {
      const told: string[] = []
      process?.session.on('online', ({ outcome }) => void told.push(outcome))
      return told
    })
    world.startServer()
    if (old !== undefined) old.isListening = false
    say(world, 50)
    void old?.drain({ closesInMs: 15_000, reconnect: { afterMs: 0, withinMs: 1000 }, handoff: true })
    const isTwice = (): boolean =>
      world.clients.some(({ tabs }) => (tabs[0]?.wires().filter(({ isOpen }) => isOpen).length ?? 0) > 1)
    await until(world, isTwice)
    resetAll(world)
    say(world, 50)
    await until(world, () => world.clients.every(isOnline) && delivered(world) === 200)
    expect(outcomes).toEqual([['resumed'], ['resumed']])
    expect(seen(world, 'a gap was told')).toBe(0)
    await atRest(world)
  }
})

test('S8 ten servers are replaced half a minute apart by another version: nothing is lost, and nobody sees a disconnect', async () => {
  for (const seed of SEEDS.slice(0, 3)) {
    const world = await worldOf(seed, {
      clients: 3,
      servers: 10,
      balance: 'random',
      folds: true,
      serverFolds: true,
    })
    const unseen: string[] = []
    for (const { process } of world.clients)
      process?.session.on('status', ({ kind }) => {
        if (kind !== 'online' && kind !== 'draining') unseen.push(kind)
      })
    world.fleet.isLater = true
    for (const old of [...world.fleet.alive]) {
      world.startServer()
      old.isListening = false
      void old.drain({ closesInMs: 15_000, reconnect: { afterMs: 0, withinMs: 5000 }, handoff: true })
      for (let second = 0; second < 30; second += 1) {
        for (const client of world.clients) client.talk(world.chance)
        say(world, 1)
        await world.run(1000)
      }
    }
    expect(world.failure).toBeUndefined()
    expect(world.fleet.alive).toHaveLength(10)
    expect(unseen).toEqual([])
    expect(seen(world, 'a hand-off was completed')).toBe(
      seen(world, 'a hand-off was completed while nothing else was wrong'),
    )
    expect(seen(world, 'a hand-off was completed')).toBeGreaterThanOrEqual(3)
    for (const { ledger } of world.clients) expect([ledger.resets, ledger.gaps]).toEqual([0, 0])
    await atRest(world)
  }
})
