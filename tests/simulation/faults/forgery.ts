/** F24: frames that come twice, again, or from nobody. */
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { Middlebox } from '../../../src/testing/virtual/lane.ts'
import type { Item, Way, Wire } from '../../../src/testing/virtual/wire.ts'
import { BOTH, DOWN, FLOOD, STRANGE, UP } from '../network/hostile.ts'
import type { World } from '../world.ts'
import { claim } from './claim.ts'
import { type Family, lasts, later, onWire } from './fault.ts'

const KINDS = ['twice', 'again', 'nonsense', 'garbled', 'flood', 'stranger'] as const

export const FORGERY_FAULTS: Family = {
  'F24 frames twice, again, or from nobody': (world, luck) => {
    switch (luck.pick([...KINDS, 'nonsense', 'nonsense', 'garbled'])) {
      case 'twice':
        return onWire(twice)(world, luck)
      case 'again':
        return onWire(again)(world, luck)
      case 'nonsense':
        return onWire(nonsense)(world, luck)
      case 'garbled':
        return onWire(garbled)(world, luck)
      case 'flood':
        return onWire(flood)(world, luck)
      default:
        return stranger(world, luck)
    }
  },
}

/** Everything that passes one way comes twice, for a while. */
function twice(wire: Wire, luck: Chance, world: World): void {
  const way = safeWay(wire, luck.pick(['up', 'down']), world)
  const lane = wire[way]
  const doubling: Middlebox<Item> = (item, pass) => {
    pass(item)
    if (item.kind !== 'text' || isGreeting(item.text)) return
    if (String(item.text).includes('"data":')) world.coverage.sometimes('messages came twice')
    pass({ ...item, forged: true })
  }
  lasts(world, luck.between(500, 20_000), claim(lane, 'middlebox', doubling))
}

/** A proxy spoils what the client says next: the server refuses the rest, and the client has to come back. */
function garbled(wire: Wire, luck: Chance, world: World): void {
  const { up } = wire
  const share = luck.next()
  const spoiling: Middlebox<Item> = (item, pass) => {
    const isOurs = item.kind === 'text' && typeof item.text === 'string' && item.text.length > 1
    if (!isOurs || !world.lines.mayBeMisunderstood(wire)) return pass(item)
    end()
    const text = String(item.text).slice(0, Math.floor(share * (String(item.text).length - 1)))
    world.lines.expectEnd(wire, 'up', { about: 'a frame that was cut short', text, isFault: true })
    pass({ kind: 'text', text, forged: true })
  }
  const end = claim(up, 'middlebox', spoiling)
  lasts(world, 60_000, end)
}

/** The last frame comes once more, whatever has happened since. */
function again(wire: Wire, luck: Chance, world: World): void {
  const way = safeWay(wire, luck.pick(['up', 'down']), world)
  const text = world.lines.tracks.get(wire)?.last[way]
  if (text === undefined || isGreeting(text)) return
  later(world, luck.pick([0, 10, 1000, 20_000]), () => wire.forge(way, text))
}

function nonsense(wire: Wire, luck: Chance, world: World): void {
  const way = safeWay(wire, luck.pick(['up', 'down', 'down']), world)
  // A welcome or a notice that is forged before the real one could be believed.
  const isWelcomed = world.lines.tracks.get(wire)?.welcomedAt !== undefined
  const hostile = luck.pick(way === 'up' ? UP : isWelcomed ? DOWN : BOTH)
  world.note(`in the name of the ${way === 'up' ? 'client' : 'server'}: ${hostile.about}`)
  world.lines.expectEnd(wire, way, hostile)
  wire.forge(way, hostile.text)
}

function flood(wire: Wire, luck: Chance, world: World): void {
  const way = safeWay(wire, luck.pick(['up', 'down']), world)
  for (const text of FLOOD(luck.pick(['ping', 'pong']))) wire.forge(way, text)
}

/** Somebody who has no business here. Nothing of anybody may be shown to them. */
function stranger(world: World, luck: Chance): void {
  const says = luck.pick<string | undefined>([undefined, ...STRANGE])
  world.strangers.visit({
    texts: says === undefined ? [] : [says],
    ms: 7000,
    subprotocol: '',
    turnedAway: () => world.coverage.sometimes('stranger turned away'),
  })
}

/**
 * A server that does not understand us twice in a row ends the session, and rightly so: what is put into a
 * client's mouth must be rarer than lines that last.
 */
function safeWay(wire: Wire, way: Way, world: World): Way {
  return way === 'up' && !world.lines.mayBeMisunderstood(wire) ? 'down' : way
}

const isGreeting = (text: unknown): boolean => /^\{"type":"(welcome|hello|error|shutdown)"/.test(String(text))
