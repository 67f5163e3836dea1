/** F15 to F25: what happens to the way between a client and its server, over more than one line. */
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { Way, Wire } from '../../../src/testing/virtual/wire.ts'
import type { Client } from '../client.ts'
import type { World } from '../world.ts'
import { claim } from './claim.ts'
import { type Family, lasts, later, onClient, onWire, SIGNS } from './fault.ts'
import { stall } from './network.ts'

export const ROUTE_FAULTS: Family = {
  'F15 swizzle-clog': (world, luck) => {
    const wires = [...world.network.wires].filter((wire) => wire.isOpen && luck.happens(0.6))
    // One after another they stop, and in another order they go on.
    for (const wire of wires) {
      later(world, luck.between(0, 3000), () => stall(wire, ['up', 'down'], Infinity))
      lasts(world, luck.between(3000, luck.pick([5000, 12_000, 40_000])), () => release(wire))
    }
  },
  'F16 flapping link': onClient((client, luck, world) => void flap(world, client, luck)),
  'F17 no name, for a while': away((luck, wire, world) =>
    lasts(world, luck.pick([5, 500, 5000]), () => wire.refuse()),
  ),
  'F18 dials unanswered': away(() => undefined),
  'F19 no TLS': away((luck, wire, world) => lasts(world, luck.between(10, 400), () => wire.refuse())),
  'F20 captive portal': away((luck, wire) => {
    const how = luck.pick(['page', 'redirect', 'upgrade'] as const)
    if (how !== 'upgrade') return wire.refuse(undefined, how === 'page' ? 200 : 302)
    // A proxy that takes the upgrade, and then shows its page.
    wire.pretend()
    wire.forge('down', '<!doctype html><title>Log in to the network</title>')
  }),
  'F21 proxy that cuts what is idle': (world, luck) => {
    const ms = luck.pick([30_000, 60_000, 350_000])
    const end = claim(world.lines, 'idleCut', { ms, how: luck.pick(SIGNS) })
    lasts(world, luck.between(30_000, 600_000), end)
  },
  'F22 proxy that gathers small frames': onWire((wire, luck, world) => {
    const lane = wire[luck.pick<Way>(['up', 'down'])]
    const end = claim(lane, 'holdMs', luck.pick([1000, 5000]))
    lasts(world, luck.between(5000, 30_000), end)
  }),
  'F23 another network': onClient((client, luck, world) => {
    const { process } = client
    if (process === undefined) return
    for (const wire of world.network.of(process.machine.host)) stall(wire, ['up', 'down'], Infinity)
    if (luck.happens(0.3)) process.machine.hint('online')
  }),
  'F25 hand-over out of step': onClient((client, luck, world) => {
    const { process } = client
    if (process === undefined) return
    const { host } = process.machine
    const old = world.network.of(host)
    world.gate.add({
      left: 1,
      isFor: (wire) => world.network.ownerOf(wire) === host,
      play: (wire, onward) => {
        for (const one of [...old, wire])
          for (const way of ['up', 'down'] as const)
            if (luck.happens(0.5)) one[way].stall(luck.between(0, 2500))
        onward()
      },
    })
    process.session.reconnect()
  }),
}

/** Dials of one client, or of all, do not get through, for a while. */
function away(instead: (luck: Chance, wire: Wire, world: World) => void) {
  return (world: World, luck: Chance): void => {
    const only = luck.happens(0.5) ? luck.pick(world.clients).process?.machine.host : undefined
    const isFor = (wire: Wire): boolean => only === undefined || world.network.ownerOf(wire) === only
    const remove = world.gate.add({ left: Infinity, isFor, play: (wire) => instead(luck, wire, world) })
    lasts(world, luck.pick([3000, 20_000, 90_000, 900_000]), remove)
    // Most who meet it come from another network.
    if (luck.happens(0.7))
      for (const wire of world.network.wires)
        if (isFor(wire) && wire.isOpen) wire.reset(luck.pick([undefined, 'server']))
  }
}

/** Up for a second, down for a second; and the page may say so each time. */
async function flap(world: World, client: Client, luck: Chance): Promise<void> {
  const host = client.process?.machine.host
  const pace = luck.pick([1000, 1000, 200])
  const isTold = luck.happens(0.6)
  for (let times = luck.whole(2, 15); times > 0 && !world.isQuiet && host?.isDead === false; times -= 1) {
    const remove = world.gate.add({
      left: Infinity,
      isFor: (wire) => world.network.ownerOf(wire) === host,
      play: (wire) => wire.refuse(),
    })
    const wires = world.network.of(host)
    for (const wire of wires) {
      if (luck.happens(0.3)) wire.reset('server')
      else stall(wire, ['up', 'down'], Infinity)
    }
    if (isTold) client.process?.machine.hint('offline')
    await world.timeline.pause(pace)
    remove()
    wires.forEach(release)
    if (isTold) hintThatMayBeThrottled(world, client)
    await world.timeline.pause(pace)
  }
}

/** A hint that comes too often moves no dial. */
function hintThatMayBeThrottled(world: World, { process }: Client): void {
  if (process === undefined) return
  const before = process.session.status
  process.machine.hint('online')
  const { status } = process.session
  if (before.kind !== 'waiting' || status.kind !== 'waiting' || process.machine.host.isFrozen) return
  const isAppointed = before.cause === 'overloaded' || before.cause === 'shutdown'
  const left = before.dialsAt.getTime() - process.machine.host.clock.wallTime()
  if (!isAppointed && left > 500 && status.dialsAt.getTime() === before.dialsAt.getTime())
    world.coverage.sometimes('flapping throttled by the allowance')
}

function release(wire: Wire): void {
  wire.up.release()
  wire.down.release()
}
