/** F26 to F28, F31, F34 and F35: what happens on the way to a welcome, and at a close. */
import type { Wire } from '../../../src/testing/virtual/wire.ts'
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { World } from '../world.ts'
import { claim } from './claim.ts'
import { type Family, lasts, onWire } from './fault.ts'
import { stall } from './network.ts'

/** Codes that middleboxes and servers close with, and that must never end a session. */
const CODES = [
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015, 3000, 3999, 4000,
  4001, 4404, 4408, 4429, 4499, 4999,
]
/** Most of what is seen in the wild, among it what proxies say to clients that are to stay away for good. */
const COMMON = [1000, 1001, 1006, 1008, 1011, 1012, 1013]
const drawCode = (luck: Chance): number => luck.pick(luck.happens(0.5) ? COMMON : CODES)
const STATUSES = [401, 403, 404, 429, 502, 503] as const
/** How long an attempt may take, by default. */
const CONNECT_TIMEOUT = 10_000

export const HANDSHAKE_FAULTS: Family = {
  'F26 refused dials': nextDials((luck, world) => {
    const status = luck.pick(STATUSES)
    const age = luck.between(100_000, 300_000)
    const retryAfterMs = luck.pick([undefined, undefined, 0, 50, 200, 2000, 5000, 90_000, age])
    return (wire) => {
      const track = world.lines.tracks.get(wire)
      if (track !== undefined) track.hintMs = retryAfterMs
      wire.refuse(retryAfterMs, status)
    }
  }),
  'F27 upgraded and closed': nextDials((luck) => {
    const code = drawCode(luck)
    const isServers = luck.happens(0.5)
    return (wire, onward) => {
      if (isServers) onward()
      else wire.pretend()
      wire.close(code, 'by the network')
    }
  }),
  'F28 close code': onWire((wire, luck) => wire.close(drawCode(luck), 'by the network')),
  'F31 late winner': nextDials((luck, world) => {
    const late = luck.pick([-300, -1, 0, 1, 300, 5000])
    return (wire, onward) => {
      const manners = world.lines.partyOf(world.network.ownerOf(wire))?.dialer.manners
      const end = manners && claim(manners, 'opensLate', true)
      lasts(world, CONNECT_TIMEOUT + late, onward)
      // By then its owner has given it up, and it has opened.
      if (end !== undefined) lasts(world, CONNECT_TIMEOUT + Math.max(0, late) + 1000, end)
    }
  }),
  'F34 late welcome': nextDials((luck, world) => {
    const late = luck.pick([-5000, -300, -1, 0, 1, 300, 5000])
    return (wire, onward) => {
      const dueAt = (world.lines.tracks.get(wire)?.dialedAt ?? world.now) + CONNECT_TIMEOUT + late
      onWelcome(wire, (pass) => {
        wire.down.delay(dueAt - world.now)
        pass()
      })
      onward()
    }
  }),
  'F35 welcome lost': nextDials((luck, world) => {
    const how = luck.pick(['reset', 'close', 'silence'])
    return (wire, onward) => {
      onWelcome(wire, (pass) => {
        world.coverage.sometimes('welcome lost after the server had taken the session')
        if (how === 'reset') return wire.reset()
        if (how === 'close') return wire.close(1006, '')
        stall(wire, ['up', 'down'], Infinity)
        // Should the line go on after all, this comes first.
        return pass()
      })
      onward()
    }
  }),
}

/** Befalls the next few dials of anybody; one that does not wait for them makes one. */
function nextDials(draw: (luck: Chance, world: World) => (wire: Wire, onward: () => void) => void) {
  return (world: World, luck: Chance): void => {
    const play = draw(luck, world)
    const remove = world.gate.add({ left: luck.whole(1, 4), isFor: () => true, play })
    lasts(world, 60_000, remove)
    const { process } = luck.pick(world.clients)
    if (luck.happens(0.5)) process?.session.reconnect()
    else if (process !== undefined) for (const wire of world.network.of(process.machine.host)) wire.reset()
  }
}

function onWelcome(wire: Wire, then: (pass: () => void) => void): void {
  const lane = wire.down
  lane.middlebox = (item, pass) => {
    if (item.kind !== 'text' || !String(item.text).startsWith('{"type":"welcome"')) return pass(item)
    lane.middlebox = undefined
    then(() => pass(item))
  }
}
