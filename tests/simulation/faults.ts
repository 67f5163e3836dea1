/**
 * The menu of faults. Each seed enables some of them; a fault that is over by itself says when.
 */
import type { Chance } from '../../src/testing/virtual/chance.ts'
import type { Instance } from '../../src/testing/virtual/instance.ts'
import type { Wire } from '../../src/testing/virtual/wire.ts'
import type { Client } from './client.ts'
import type { World } from './world.ts'

type Inject = (world: World, luck: Chance) => void

/** Codes that middleboxes and servers close with, and that must never end a session. */
const CODES = [
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 1014, 1015, 3000, 4000, 4999,
]
const NONSENSE = [
  '',
  '{',
  '[]',
  'null',
  '"x"',
  '{"type":"no"}',
  '{"type":"ack"}',
  '<html>',
  '{"type":"live","seq":-1}',
]
const WAYS = ['up', 'down', 'both'] as const
const SIGNS = ['fin', 'reset', 'silence'] as const

/** How often each may be drawn, relative to the others. */
export const FAULTS: Readonly<Record<string, Inject>> = {
  'F5 reset': onWire((wire) => wire.reset()),
  'F6 end without close frame': onWire((wire) => wire.close(1006, '')),
  'F12 suffix lost before a cut': onWire((wire, luck) => {
    wire.up.lose(luck.whole(0, 8))
    wire.down.lose(luck.whole(0, 8))
    wire.close(1006, '')
  }),
  'F3 black hole one way': onWire((wire, luck) => stall(wire, luck.pick(['up', 'down']), forLong(luck))),
  'F4 black hole both ways': onWire((wire, luck) => stall(wire, 'both', forLong(luck))),
  'F8 stall then burst': onWire((wire, luck) => stall(wire, luck.pick(WAYS), luck.between(50, 9000))),
  'F23 line forgotten by the network': onWire((wire) => stall(wire, 'both', Number.POSITIVE_INFINITY)),
  'F28 close code': onWire((wire, luck) => wire.close(luck.pick(CODES), 'by the network')),
  'F30 half reset': onWire((wire, luck) => wire.reset(luck.pick(['client', 'server'] as const))),
  'F24 garbled frame': onWire((wire, luck) => wire.sayDown(luck.pick(NONSENSE))),
  'F1 slow network': (world, luck) => {
    world.latency.most = luck.pick([100, 1000, 4000])
    lasts(world, luck.between(1000, 30_000), () => (world.latency.most = 30))
  },
  'F9 narrow network': (world, luck) => {
    world.latency.rate = luck.between(1000, 64_000)
    lasts(world, luck.between(1000, 30_000), () => (world.latency.rate = undefined))
  },
  'F26 refused dials': (world, luck) => {
    const wait = luck.pick([undefined, undefined, 200, 5000])
    void world.door.refuse(luck.whole(1, 4), wait)
  },
  'F34 late welcome': (world, luck) => void world.door.delay(luck.between(1000, 12_000)),
  'F36 server dies, log kept': (world, luck) => crash(world, luck, false),
  'F45 server dies, log lost': (world, luck) => crash(world, luck, true),
  'F43 server stands still': (world, luck) => {
    for (const instance of world.door.instances) instance.host.freeze(luck.between(100, 30_000))
  },
  'F37 drain': (world, luck) => {
    const { open } = world.door
    if (open !== undefined) drain(world, open, luck, false)
  },
  'F40 deployment with a hand-off': (world, luck) => {
    const old = world.door.open
    if (old === undefined) return
    world.startServer()
    old.isListening = false
    drain(world, old, luck, true)
  },
  'F41 successor dies': (world, luck) => {
    if (world.door.instances.length < 2) return
    world.door.open?.crash(luck.pick(SIGNS))
    lasts(world, luck.between(0, 3000), () => revive(world))
  },
  'F47 session forgotten': (world, luck) => {
    const { ledger } = luck.pick(world.clients)
    if (ledger.session === undefined) return
    world.log.forget(ledger.session)
    ledger.forget()
  },
  'F53 log answers lost': logFault({ kind: 'answer-lost' }),
  'F54 log refuses': logFault({ kind: 'refused' }),
  'F60 slow log': (world, luck) => {
    world.logFault = () => ({ kind: 'slow', until: world.timeline.pause(luck.between(1, 2000)) })
    lasts(world, luck.between(500, 10_000), () => (world.logFault = undefined))
  },
  'F61 store refuses': storeFault({ kind: 'refused' }),
  'F62 store answers lost': storeFault({ kind: 'answer-lost' }),
  'F73 slow store': onClient((client, luck, world) => {
    client.storeFault = () => ({ kind: 'slow', until: world.timeline.pause(luck.between(1, 3000)) })
    lasts(world, luck.between(500, 20_000), () => (client.storeFault = undefined))
  }),
  'F75 client dies': onClient((client, luck, world) => {
    client.kill(luck.pick(SIGNS))
    lasts(world, luck.between(0, luck.pick([10, 20_000])), () => client.start())
  }),
  'F76 client closes and comes again': onClient((client, luck, world) => {
    void client.close().then(() => lasts(world, luck.between(0, 5000), () => client.start()))
  }),
  'F78 client stands still': onClient((client, luck) =>
    client.process?.machine.freeze(luck.between(100, luck.pick([3000, 40_000]))),
  ),
  'F82 hints': onClient((client, luck) => {
    for (let count = luck.whole(1, 6); count > 0; count -= 1)
      client.process?.machine.hint(
        luck.pick(['online', 'offline', 'visible', 'hidden', 'frozen', 'resumed'] as const),
      )
  }),
  'F83 application asks for a new connection': onClient((client) => client.process?.session.reconnect()),
}

function onWire(inject: (wire: Wire, luck: Chance) => void): Inject {
  return (world, luck) => {
    const wires = [...world.network.wires].filter((wire) => wire.isOpen)
    if (wires.length === 0) return
    world.isForging = true
    inject(luck.pick(wires), luck)
    world.isForging = false
  }
}

function onClient(inject: (client: Client, luck: Chance, world: World) => void): Inject {
  return (world, luck) => inject(luck.pick(world.clients), luck, world)
}

function logFault(fault: { readonly kind: 'answer-lost' | 'refused' }): Inject {
  return (world, luck) => {
    const often = luck.pick([0.1, 0.5, 1])
    world.logFault = () => (luck.happens(often) ? fault : undefined)
    lasts(world, luck.between(100, 5000), () => (world.logFault = undefined))
  }
}

/** Shorter than what the client takes to heal: a store that fails for good is another story. */
function storeFault(fault: { readonly kind: 'answer-lost' | 'refused' }): Inject {
  return onClient((client, luck, world) => {
    const often = luck.pick([0.3, 1])
    client.storeFault = () => (luck.happens(often) ? fault : undefined)
    lasts(world, luck.between(5, 1100), () => (client.storeFault = undefined))
  })
}

function stall(wire: Wire, way: (typeof WAYS)[number], ms: number): void {
  if (way !== 'down') wire.up.stall(ms)
  if (way !== 'up') wire.down.stall(ms)
}

const forLong = (luck: Chance): number => luck.pick([5000, 20_000, 90_000, Number.POSITIVE_INFINITY])

function lasts(world: World, ms: number, end: () => void): void {
  void world.timeline.pause(ms).then(end)
}

function crash(world: World, luck: Chance, loses: boolean): void {
  world.crashServers(luck.pick(SIGNS))
  if (loses) world.forgetAll()
  lasts(world, luck.between(0, luck.pick([500, 5000, 60_000])), () => revive(world))
}

function drain(world: World, instance: Instance, luck: Chance, handoff: boolean): void {
  const closesInMs = luck.pick([100, 3000, 15_000])
  const withinMs = luck.between(0, closesInMs)
  const reconnect = { afterMs: luck.pick([0, 0, 2000]), withinMs }
  const gone = luck.between(0, luck.pick([100, 5000]))
  void instance.drain({ closesInMs, reconnect, handoff }).then(() => lasts(world, gone, () => revive(world)))
}

/** Somebody starts the server again if nobody else has. */
export function revive(world: World): void {
  if (world.door.open === undefined) world.startServer()
}
