/**
 * One script, from the first dial to the last line hung up: a phase of disturbance in which the laws must hold,
 * and a quiet one in which everything must come to rest.
 */
import type { Client } from './client.ts'
import { deploy } from './faults/deploys.ts'
import { SETTLED_AFTER } from './handoffs.ts'
import { compareStates } from './states.ts'
import { expand, type Script } from './script.ts'
import type { Tab } from './tab.ts'
import { turn } from '../../src/testing/virtual/timeline.ts'
import { owedBy, timeFor, whatIsLeft } from './remainder.ts'
import { World } from './world.ts'

export interface Outcome {
  readonly hash: string
  readonly failure: Error | undefined
  readonly clientHours: number
  readonly messages: number
  readonly world: World
}

const HOUR = 3_600_000
/** From the moment at which everything is well, everything must be in order within: a minute's wait, a handshake, a replay. */
const CONVERGES_WITHIN = 150_000

export const runSeed = (seed: number, trace?: (line: string) => void): Promise<Outcome> =>
  runScript(expand(seed), trace)

/** @param wallShift - how far the wall clocks are off from the start: no matter how far, it is the same run */
export async function runScript(
  script: Script,
  trace?: (line: string) => void,
  wallShift = 0,
): Promise<Outcome> {
  const world = new World(script.options, trace, wallShift)
  let strays = 0
  const stray = (error: unknown): void => {
    strays += 1
    world.fail(error)
  }
  const events = ['unhandledRejection', 'uncaughtException'] as const
  for (const event of events) process.on(event, stray)
  try {
    await play(world, script)
  } catch (error) {
    world.fail(error)
  }
  // Node tells of a rejection that nobody caught when it turns.
  await turn()
  for (const event of events) process.off(event, stray)
  world.guard(() => world.laws.must('I23', strays === 0, () => `${strays} errors that nobody caught`))
  return {
    hash: world.recording.hash,
    failure: world.failure,
    clientHours: (world.clients.length * world.now) / HOUR,
    messages: messagesOf(world),
    world,
  }
}

async function play(world: World, { options, acts }: Script): Promise<void> {
  world.revive()
  for (let count = 1; count <= options.clients; count += 1) world.addClient(`c${count}`).start()
  const began = world.now
  for (const act of acts) {
    await world.run(began + act.at - world.now)
    if (world.failure !== undefined) return
    world.perform(act)
  }
  await world.run(began + options.span - world.now)
  await rest(world)
}

/** All is well from now on: everything comes to rest, and goes. */
export async function rest(world: World): Promise<void> {
  for (const part of [calmDown, deployAll, idle, leave]) if (world.failure === undefined) await part(world)
}

/** Everything is well from now on: then everything must come in order. */
async function calmDown(world: World): Promise<void> {
  world.calm()
  // Not every platform tells that all is well.
  const luck = world.chance.stream('quiet')
  const tells = luck.happens(0.5)
  await comeToRest(world, (client) => {
    if (tells)
      for (const hint of ['resumed', 'visible', 'online'] as const)
        for (const tab of client.tabs) tab.hint(hint)
    // And some page is told that it freezes, and never that it does not: it lets go of its line, whatever goes on.
    if (!tells && luck.happens(0.3)) {
      world.observer.handoffs.disturbed()
      client.process?.hint('frozen')
    }
  })
}

/** @param atFirst - what comes when a second has passed */
async function comeToRest(world: World, atFirst?: (client: Client) => void): Promise<void> {
  // Until everybody is connected nobody knows how much has piled up.
  let owed = 0
  let left: string | undefined
  for (let waited = 0; waited < CONVERGES_WITHIN + timeFor(owed, world); waited += 1000) {
    await world.run(1000)
    if (world.failure !== undefined) return
    world.revive()
    for (const client of world.clients) {
      client.start()
      if (waited === 0) atFirst?.(client)
    }
    left = whatIsLeft(world)
    if (left === undefined) break
    if (waited < CONVERGES_WITHIN) owed = Math.max(owed, owedBy(world))
  }
  world.laws.must('I22', left === undefined, () => `it does not come to rest: ${left ?? ''}`)
}

/** In some worlds all servers are replaced, one after the other, while people talk and nothing else is wrong. */
async function deployAll(world: World): Promise<void> {
  const luck = world.chance.stream('deploy')
  if (!luck.happens(0.15)) return
  await world.run(SETTLED_AFTER)
  for (let old = world.options.servers; old > 0 && world.failure === undefined; old -= 1) {
    deploy(world, luck, { closesInMs: 15_000 })
    for (let second = 0; second < 20; second += 1) {
      luck.pick(world.clients).talk(luck)
      world.backend.speakUp(luck)
      await world.run(1000)
    }
    world.revive()
  }
  await comeToRest(world)
}

function messagesOf({ clients }: World): number {
  let count = 0
  for (const { ledgers } of clients) for (const { ups, downs } of ledgers) count += ups.size + downs.size
  return count
}

/** How often a minute may turn out not to be silent. */
const NOISY_MINUTES = 3

/**
 * Nothing is left to do: a minute in which only hearts beat.
 *
 * A server whose appends failed may find out late that they have landed, and then has more to say: that minute was none.
 */
async function idle(world: World): Promise<void> {
  const { laws, clients, network } = world
  let before = 0
  let handled = -1
  for (let noisy = 0; noisy <= NOISY_MINUTES && handledBy(world) > handled; noisy += 1) {
    before = world.frames
    handled = handledBy(world)
    await world.run(60_000)
  }
  const total = clients.reduce((sum, { tabs }) => sum + Math.max(1, sessionsOf(tabs)), 0)
  const perSession = (world.frames - before) / total
  laws.must('I22', perSession < 60, () => `${perSession} frames a session in a minute of silence`)
  network.sweep()
  for (const { name, tabs } of clients) {
    const wires = tabs.flatMap((tab) => tab.wires()).filter((one) => one.reachesClient)
    const sessions = sessionsOf(tabs)
    const isOneEach = wires.length === Math.max(1, sessions)
    laws.must('I15', isOneEach, () => `${name} holds ${wires.length} connections for ${sessions} sessions`)
    const idle = tabs.filter((tab) => !tab.isLeading && !tab.isWaiting).length
    laws.must('I16', idle === 0, () => `${idle} tabs of ${name} neither hold the session nor wait for it`)
  }
  for (const client of clients) compareStates(client)
  const held = heldBy(world)
  const due = clients.reduce((sum, { tabs }) => sum + sessionsOf(tabs), 0)
  laws.must('I15', held === due, () => `the server holds ${held} connections for ${due} sessions`)
}

const handledBy = ({ clients }: World): number =>
  clients.reduce((sum, { tabs }) => tabs.reduce((all, { life }) => all + (life?.handled ?? 0), sum), 0)

/** Where the store cannot be used for good, each tab has a session of its own, in memory. */
const sessionsOf = (tabs: readonly Tab[]): number =>
  new Set(tabs.filter(({ isLeading }) => isLeading).map(({ session }) => session.id)).size

const heldBy = ({ fleet }: World): number => fleet.alive.reduce((sum, { core }) => sum + core.connections, 0)

/** Everybody leaves, in one of the three ways, and leaves nothing behind. */
async function leave(world: World): Promise<void> {
  const { laws, clients, fleet } = world
  for (const client of clients) client.isAway = true
  const tabs = clients.flatMap((client) => client.tabs)
  const machines = tabs.map(({ machine }) => machine)
  // Those who wait first: the session passes to nobody any more.
  for (const tab of tabs.filter(({ isLeading }) => !isLeading)) void tab.close()
  const luck = world.chance.stream('leave')
  for (const tab of tabs.filter(({ isLeading }) => isLeading))
    leaveBy(luck.pick(['close', 'close', 'bye', 'end']), tab, world)
  await world.run(2000)
  const open = clients.flatMap((client) => client.tabs).length
  laws.must('I12', open === 0, () => `close() does not come to an end in ${open} tabs`)
  for (const { host } of machines)
    laws.must('I24', host.alarms === 0, () => `a closed client leaves ${host.alarms} alarms`)
  laws.must('I24', heldBy(world) === 0, () => `the servers keep ${heldBy(world)} connections of nobody`)
  for (const { core } of fleet.alive) await core.close()
  await world.run(2000)
  for (const { core, host } of fleet.alive)
    laws.must('I24', host.alarms === 0, () => `a closed ${core.name} leaves ${host.alarms} alarms`)
}

/** The application closes it, or ends it for good, or the server's application does. */
function leaveBy(way: 'close' | 'bye' | 'end', tab: Tab, { backend, mirror }: World): void {
  if (way !== 'end') return void tab.close(way === 'bye')
  const id = tab.session.id ?? ''
  mirror.mayEnd.add(id)
  tab.client.mayClose('ended')
  void backend.sessions.get(id)?.session.end()
}
