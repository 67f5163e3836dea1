/**
 * Stories of stores and of the tabs that share them: two that hold one session, and one that is closed while its store is slow.
 *
 * Each was a false alarm of the oracle, or a fault, before it was told here.
 */
import { expect, test } from 'vitest'
import { chance, type Chance } from '../../src/testing/virtual/chance.ts'
import { type Options, PLAIN } from './options.ts'
import { rest } from './run.ts'
import { World } from './world.ts'
import type { Client } from './client.ts'

async function begin(options: Partial<Options>): Promise<{ readonly world: World; readonly client: Client }> {
  const world = new World({ ...PLAIN, ...options })
  world.startServer()
  const client = world.addClient('c1')
  client.start()
  await world.run(1000)
  return { world, client }
}

/** Chance that always happens, and picks the last. */
const lucky = (more: object): Chance =>
  ({ ...chance(1), pick: (list: readonly unknown[]) => list.at(-1), happens: () => true, ...more }) as never

/** One of the faults of its storage. @returns ends it */
function suffer({ device }: Client, name: string, luck: Chance): () => void {
  let end = (): void => undefined
  device.damage(() => device.storage.faults[name]?.(luck, (_ms, over) => (end = over)), false)
  return () => end()
}

/** Web Locks are denied to it for a while. @returns ends it */
const deny = (client: Client): (() => void) => {
  client.mayClose('superseded', 'forked')
  client.device.wasRobbed = true
  return suffer(client, 'F81 locks denied', chance(1))
}

test('a closed process whose store is slow, and whose listener is done more than 5 s later', async () => {
  const { world, client } = await begin({ storage: 'indexeddb' })
  const { process } = client
  process?.app.holdUp(5600)
  world.backend.speakUp(chance(1))
  await world.run(500)
  suffer(client, 'F73 slow database', lucky({ between: (_low: number, high: number) => high * 0.99 }))
  client.talk(chance(4))
  await world.run(1)
  if (process !== undefined) client.closeAndComeBack(process, 20_000)
  await world.run(60_000)
  expect(world.failure).toBeUndefined()
})

test('a session that began while locks were denied is superseded by the next tab', async () => {
  const { world, client } = await begin({ storage: 'indexeddb' })
  client.killAll('fin')
  client.device.wipe()
  await world.run(100)
  const allow = deny(client)
  client.start()
  await world.run(900)
  allow()
  await world.run(5000)
  client.open(client.device)
  await world.run(5000)
  if (world.failure === undefined) await rest(world)
  expect(world.failure).toBeUndefined()
})

test('a tab that works in memory is robbed, and ends after the robber has stored more', async () => {
  for (const seed of [1, 2, 3, 4]) {
    const { world, client } = await begin({ storage: 'indexeddb', folds: true, seed })
    client.process?.send()
    await world.run(1000)
    const allow = deny(client)
    client.kill('fin')
    await world.run(100)
    client.start()
    await world.run(800)
    allow()
    await world.run(5000)
    const first = client.process
    const heal = suffer(client, 'F61 put refused', lucky({}))
    first?.send()
    await world.run(3000)
    heal()
    first?.send()
    await world.run(2000)
    expect(first?.isInMemory).toBe(true)
    client.open(client.device)
    await world.run(5000)
    if (world.failure === undefined) await rest(world)
    expect(world.failure).toBeUndefined()
  }
})

/** Of the steps of the database from here on, the one of this number takes three seconds. */
async function stolenWhileOpening(which: number, isServed: boolean) {
  const told = await begin({ storage: 'indexeddb' })
  const { world, client } = told
  const { device } = client
  client.process?.send()
  await world.run(1000)
  client.kill('fin')
  if (!isServed) world.crashServers('fin')
  await world.run(100)
  let calls = 0
  const between = (_low: number, high: number): number =>
    high !== 3000 ? high : (calls += 1) === which ? 3000 : 0
  suffer(client, 'F73 slow database', lucky({ between }))
  client.start()
  await world.run(50)
  client.mayClose('superseded', 'forked')
  device.rob(() => device.storage.faults['F81 locks stolen']?.(chance(1), () => undefined))
  const other = client.open(device)
  other.send()
  await world.run(5000)
  return { ...told, other }
}

test('a tab that reads what is old knows less than another has stored since', async () => {
  const { world } = await stolenWhileOpening(11, false)
  expect(world.failure).toBeUndefined()
})

test('[ST-7] a tab that lost its lock while it opened the database leaves the session to the tab that has it', async () => {
  const { world, client, other } = await stolenWhileOpening(1, true)
  other.send()
  await world.run(3000)
  const there = client.tabs.map(({ name, session }) => `${name} ${session.status.kind} ${session.durability}`)
  expect(there).toEqual(['c1-3 online process'])
})
