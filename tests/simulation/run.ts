/**
 * One seed, from the first dial to the last line hung up.
 */
import type { Chance } from '../../src/testing/virtual/chance.ts'
import { FAULTS, revive } from './faults.ts'
import { check } from './entries.ts'
import { compareStates } from './states.ts'
import { World } from './world.ts'

export interface Outcome {
  readonly seed: number
  readonly hash: string
  readonly failure: Error | undefined
  readonly clientHours: number
  readonly faults: ReadonlyMap<string, number>
  readonly messages: number
}

const HOUR = 3_600_000
/** From the moment at which everything is well, everything must be in order within: a minute's wait, a handshake, a replay. */
const CONVERGES_WITHIN = 150_000

export async function runSeed(seed: number, trace?: (line: string) => void): Promise<Outcome> {
  const world = new World({ seed, trace })
  const stray = (error: unknown): void => world.fail(error)
  process.on('unhandledRejection', stray)
  try {
    await play(world)
  } catch (error) {
    world.fail(error)
  } finally {
    process.off('unhandledRejection', stray)
  }
  return {
    seed,
    hash: world.recording.hash,
    failure: world.failure,
    clientHours: (world.clients.length * world.now) / HOUR,
    faults: world.faults,
    messages: world.clients.reduce((sum, { ledger }) => sum + ledger.ups.size + ledger.downs.size, 0),
  }
}

async function play(world: World): Promise<void> {
  const plan = world.chance.stream('plan')
  world.startServer()
  for (let count = plan.pick([1, 1, 2, 3]); count > 0; count -= 1) world.addClient(`c${count}`).start()
  talk(world, plan)
  disturb(world, plan)
  await world.run(plan.pick([20_000, 60_000, 180_000]))
  if (world.failure === undefined) await calmDown(world)
  if (world.failure === undefined) await leave(world)
}

/** Both sides speak, each in its own rhythm, until it is quiet. */
function talk(world: World, plan: Chance): void {
  const rhythm = (name: string, speak: () => void): void => {
    const luck = world.chance.stream(name)
    const pace = plan.pick([200, 1000, 5000])
    const next = (): void => {
      if (world.isQuiet) return
      speak()
      void world.timeline.pause(luck.between(0, 2 * pace)).then(next)
    }
    next()
  }
  for (const client of world.clients)
    rhythm(`talk ${client.name}`, () => {
      for (let count = plan.pick([1, 1, 1, 2, 10]); count > 0; count -= 1) client.send()
    })
  rhythm('talk server', () => world.backend.speakUp())
}

function disturb(world: World, plan: Chance): void {
  const luck = world.chance.stream('faults')
  const density = plan.pick([0.15, 0.4, 1])
  const menu = Object.entries(FAULTS).filter(() => plan.happens(density))
  const pace = plan.pick([500, 3000, 10_000])
  const next = (): void => {
    if (world.isQuiet || menu.length === 0) return
    const [name, inject] = luck.pick(menu)
    world.count(name)
    inject(world, luck)
    void world.timeline.pause(luck.between(0, 2 * pace)).then(next)
  }
  void world.timeline.pause(luck.between(0, pace)).then(next)
}

/** [I22] Everything is well from now on: then everything must come in order. */
async function calmDown(world: World): Promise<void> {
  world.isQuiet = true
  world.note('QUIET')
  world.latency.most = 30
  world.latency.rate = undefined
  world.logFault = undefined
  world.door.forgive()
  revive(world)
  for (const client of world.clients) {
    client.storeFault = undefined
    client.start()
  }
  for (let waited = 0; waited < CONVERGES_WITHIN && world.failure === undefined; waited += 1000) {
    await world.run(1000)
    revive(world)
    for (const client of world.clients) {
      client.start()
      if (waited === 0)
        for (const hint of ['resumed', 'visible', 'online'] as const) client.process?.machine.hint(hint)
    }
    if (whatIsLeft(world) === undefined) break
  }
  if (world.failure !== undefined) return
  const left = whatIsLeft(world)
  check(left === undefined, `it does not come to rest: ${left ?? ''} [I22]`)
  await idle(world)
}

function whatIsLeft(world: World): string | undefined {
  for (const { name, process, ledger } of world.clients) {
    if (process === undefined) return `${name} is not running`
    const { session, life } = process
    if (session.status.kind !== 'online') return `${name} is ${session.status.kind}`
    if (session.pending > 0) return `${name} has ${session.pending} pending`
    if (life.handled < life.last) return `${name} has handled ${life.handled} of ${life.last}`
    if (ledger.hasStore && ledger.cursor < life.handled)
      return `${name} has stored ${ledger.cursor} of ${life.handled}`
    try {
      ledger.settle()
    } catch (error) {
      return String(error)
    }
  }
  return undefined
}

/** Nothing is left to do: a minute in which only hearts beat. */
async function idle(world: World): Promise<void> {
  const before = world.frames
  await world.run(60_000)
  const perClient = (world.frames - before) / world.clients.length
  check(perClient < 60, `${perClient} frames a client in a minute of silence`)
  world.network.sweep()
  for (const { name, process } of world.clients) {
    const wires =
      process === undefined ? [] : world.network.of(process.machine.host).filter((wire) => wire.reachesClient)
    check(wires.length === 1, `${name} holds ${wires.length} connections`)
  }
  for (const client of world.clients) compareStates(client, world.backend.folds)
  const { open } = world.door
  check(
    open?.core.connections === world.clients.length,
    `the server holds ${open?.core.connections ?? 0} connections`,
  )
}

/** Everybody leaves, and leaves nothing behind. */
async function leave(world: World): Promise<void> {
  const machines = world.clients.flatMap(({ process }) => (process === undefined ? [] : [process.machine]))
  let closed = 0
  for (const { process } of world.clients) void process?.session.close().then(() => (closed += 1))
  await world.run(2000)
  check(closed === world.clients.length, 'close() does not come to an end [I12]')
  for (const { host } of machines) check(host.alarms === 0, `a closed client leaves ${host.alarms} alarms`)
  const { open } = world.door
  check(open?.core.connections === 0, `the server keeps ${open?.core.connections ?? 0} connections of nobody`)
  await open?.core.close()
  await world.run(2000)
  check(open?.host.alarms === 0, `a closed server leaves ${open?.host.alarms ?? 0} alarms`)
}
