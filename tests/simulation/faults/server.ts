/** F36 to F52: what servers do, and what is done to them. */
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { Instance } from '../../../src/testing/virtual/instance.ts'
import type { World } from '../world.ts'
import { type Family, lasts, SIGNS } from './fault.ts'

export const SERVER_FAULTS: Family = {
  'F36 server dies, log kept': (world, luck) => crash(world, luck, false),
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
    lasts(world, luck.between(0, 3000), () => world.revive())
  },
  'F43 server stands still': (world, luck) => {
    for (const instance of world.door.instances) instance.host.freeze(luck.between(100, 30_000))
  },
  'F45 server dies, log lost': (world, luck) => crash(world, luck, true),
  'F47 session forgotten': (world, luck) => {
    const { ledger } = luck.pick(world.clients)
    if (ledger.session === undefined) return
    world.log.forget(ledger.session)
    ledger.forget()
  },
}

function crash(world: World, luck: Chance, loses: boolean): void {
  world.crashServers(luck.pick(SIGNS))
  if (loses) world.forgetAll()
  lasts(world, luck.between(0, luck.pick([500, 5000, 60_000])), () => world.revive())
}

function drain(world: World, instance: Instance, luck: Chance, handoff: boolean): void {
  const closesInMs = luck.pick([100, 3000, 15_000])
  const withinMs = luck.between(0, closesInMs)
  const reconnect = { afterMs: luck.pick([0, 0, 2000]), withinMs }
  const gone = luck.between(0, luck.pick([100, 5000]))
  void instance.drain({ closesInMs, reconnect, handoff }).then(() => lasts(world, gone, () => world.revive()))
}
