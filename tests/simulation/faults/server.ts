/** F36 to F52: what servers do, and what is done to them. */
import type { LogFault, LogOperation } from '../../../src/testing/faulty-log.ts'
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { Instance } from '../../../src/testing/virtual/instance.ts'
import { FORGED } from '../strangers.ts'
import type { World } from '../world.ts'
import { claim } from './claim.ts'
import { DEPLOY_FAULTS } from './deploys.ts'
import { type Family, lasts, later, onClient, SIGNS } from './fault.ts'

const HOUR = 3_600_000

export const SERVER_FAULTS: Family = {
  ...DEPLOY_FAULTS,
  'F36 server dies, log kept': (world, luck) => {
    const [one] = aliveOf(world, luck)
    if (one === undefined) return
    if (luck.happens(0.5)) one.crash(luck.pick(SIGNS))
    else crashAtCall(world, luck, one)
    comesBack(world, luck)
  },
  'F42 old server goes on behind its fence': (world, luck) => {
    const [one] = aliveOf(world, luck)
    if (one === undefined) return
    // Its health checks fail, so the balancer knows, and the clients find out by the silence.
    one.isListening = false
    world.revive()
    const ms = luck.between(5000, 40_000)
    one.host.freeze(ms)
    lasts(world, ms, () => {
      if (!world.fleet.draining.has(one)) one.isListening = true
    })
  },
  'F43 servers stand still': (world, luck) => {
    for (const one of world.fleet.alive) if (luck.happens(0.7)) one.host.freeze(luck.between(100, 30_000))
  },
  'F44 too few servers for all': (world, luck) => {
    const { fleet } = world
    for (const old of fleet.listening) old.crash(luck.pick(SIGNS))
    const small = fleet.start({ connections: 1, admissionsPerSecond: 1 })
    const ms = luck.between(2000, 20_000)
    const strangers = luck.whole(1, 4)
    for (let count = 0; count < strangers; count += 1) world.strangers.visit({ texts: [], ms })
    lasts(world, ms, () => {
      small.isListening = false
      small.crash('fin')
      world.revive()
    })
  },
  'F45 server dies, log lost': (world, luck) => {
    world.crashServers(luck.pick(SIGNS))
    world.past.loseAll()
    comesBack(world, luck)
  },
  'F46 server dies, log restored from before': (world, luck) => {
    const restore = world.past.keep()
    later(world, luck.between(10, luck.pick([500, 10_000])), () => {
      world.crashServers(luck.pick(SIGNS))
      restore()
      comesBack(world, luck)
    })
  },
  'F47 session over before its client comes back': onClient((client, luck, world) => {
    const { retention } = world.options
    client.kill(luck.pick(SIGNS))
    if (retention > HOUR) world.past.lose(client.ledger)
    client.comeBackIn(luck.between(0, 2 * Math.min(retention, HOUR)))
  }),
  'F48 balancer is behind the times': (world, luck) => {
    const end = claim(world.fleet.balancer, 'isBehind', true)
    lasts(world, luck.between(100, 10_000), end)
  },
  'F50 wall clock of a server jumps': (world, luck) => {
    for (const one of world.fleet.alive) one.skewMs = luck.between(-HOUR, HOUR)
  },
  'F51 credentials in trouble': (world, luck) => {
    const { auth } = world
    const what = luck.pick(['down', 'slow', 'revoked', 'intruder'] as const)
    const ends: (() => void)[] = []
    if (what === 'down') ends.push(claim(auth, 'isDown', true))
    if (what === 'slow') ends.push(claim(auth, 'slowMs', luck.between(100, 9000)))
    if (what === 'down' || what === 'slow')
      for (const wire of world.network.wires) if (luck.happens(0.5)) wire.reset()
    if (what === 'revoked') auth.revoke(luck.pick(world.clients).name)
    if (what === 'intruder') intrude(world, luck)
    lasts(world, luck.between(100, 8000), () => ends.forEach((end) => end()))
  },
  'F52 server dies before it acknowledges': (world, luck) => {
    const [one] = aliveOf(world, luck)
    if (one !== undefined) crashAfter(world, luck, one, luck.pick(['appendUp', 'markProcessed']))
    comesBack(world, luck)
  },
}

function aliveOf(world: World, luck: Chance): readonly Instance[] {
  const { alive } = world.fleet
  return alive.length === 0 ? [] : [luck.pick(alive)]
}

function comesBack(world: World, luck: Chance): void {
  lasts(world, luck.between(0, luck.pick([500, 5000, 60_000])), () => world.revive())
}

/** Dies at one of its next calls to the log, of whatever kind: before the effect or after it. */
function crashAtCall(world: World, luck: Chance, target: Instance): void {
  let left = luck.whole(0, 6)
  const isBefore = luck.happens(0.5)
  once(world, (operation, instance) => {
    if (instance !== target || (left -= 1) >= 0) return undefined
    return isBefore ? dieBefore(target, luck) : dieAfter(world, operation, target, luck)
  })
}

/** Dies when a call of this kind has had its effect, and before anybody is told of it. */
function crashAfter(world: World, luck: Chance, target: Instance, type: LogOperation['type']): void {
  once(world, (operation, instance) =>
    instance === target && operation.type === type ? dieAfter(world, operation, target, luck) : undefined,
  )
}

function dieBefore(target: Instance, luck: Chance): LogFault {
  target.crash(luck.pick(SIGNS))
  return { kind: 'refused' }
}

function dieAfter(world: World, { type }: LogOperation, target: Instance, luck: Chance): LogFault {
  if (type === 'appendUp') world.coverage.sometimes('a server died after an append and before its ack')
  if (type === 'appendDown') world.coverage.sometimes('a server died after an append and before sending it')
  return { kind: 'followed', by: () => target.crash(luck.pick(SIGNS)) }
}

/** Until it has found its call, or for half a minute. */
function once(
  world: World,
  trouble: (operation: LogOperation, instance: Instance) => LogFault | undefined,
): void {
  const { troubles } = world.fleet
  const one: typeof trouble = (operation, instance) => {
    const found = trouble(operation, instance)
    if (found !== undefined) troubles.delete(one)
    return found
  }
  troubles.add(one)
  lasts(world, 30_000, () => troubles.delete(one))
}

/** Says a hello again that it has overheard: as it was, or with another secret and a generation far above. */
function intrude(world: World, luck: Chance): void {
  const id = luck.pick(world.clients).ledger.session ?? ''
  const heard = world.observer.helloOf(id)
  // Who comes first owns a session that nobody knows.
  if (heard === undefined || !world.mirror.isKept(id)) return
  const forged = heard
    .replace(/"secret":"(.)/, (_all, digit) => `"secret":"${digit === '0' ? '1' : '0'}`)
    .replace(/"generation":\d+/, `"generation":${FORGED}`)
  world.strangers.visit({ texts: [luck.pick([heard, forged])], ms: 2000, session: id })
}
