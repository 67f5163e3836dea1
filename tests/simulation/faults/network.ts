/** F1 to F14: what a network does to a line. */
import type { Lane } from '../../../src/testing/virtual/lane.ts'
import type { Item, Way, Wire } from '../../../src/testing/virtual/wire.ts'
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { Air } from '../network/weather.ts'
import type { World } from '../world.ts'
import { claim } from './claim.ts'
import { type Family, lasts, onWire } from './fault.ts'

const WAYS = [['up'], ['down'], ['up', 'down']] as const satisfies readonly (readonly Way[])[]

export const NETWORK_FAULTS: Family = {
  'F1 slow network, with a long tail': air((luck) => {
    const ms = luck.pick([100, 1000, 4000])
    const tail = { often: luck.pick([0.001, 0.01, 0.1]), ms: luck.pick([3000, 20_000]) }
    return { least: ms, most: ms + 1, tail: luck.pick([undefined, tail]) }
  }),
  'F2 jitter': air((luck) => ({ most: luck.pick([200, 1000, 3000]) })),
  'F3 black hole one way': onWire((wire, luck) => stall(wire, [luck.pick(['up', 'down'])], forLong(luck))),
  'F4 black hole both ways': onWire((wire, luck) => stall(wire, ['up', 'down'], forLong(luck))),
  'F5 reset': onWire((wire, luck) => wire.reset(luck.pick([undefined, 'client', 'server'] as const))),
  'F6 end without close frame': onWire((wire) => wire.close(1006, '')),
  'F7 half-close': onWire((wire, luck) => wire.halfClose(luck.pick(['up', 'down']))),
  'F8 stall then burst': onWire((wire, luck) => stall(wire, luck.pick(WAYS), luck.between(50, 9000))),
  'F9 narrow network': air((luck) => ({ rate: luck.between(1000, 64_000) })),
  'F10 frames character by character': onLane((lane, luck) => {
    return claim(lane, 'characterMs', luck.pick([0.5, 3, 20]))
  }),
  'F11 frames that arrive together': onLane((lane, luck) => {
    return claim(lane, 'bunchMs', luck.pick([20, 200, 2000]))
  }),
  'F12 suffix lost before a cut': onWire((wire, luck) => {
    wire.up.lose(luck.whole(0, 8))
    wire.down.lose(luck.whole(0, 8))
    wire.close(1006, '')
  }),
  'F13 cut between socket and wire': onWire((wire, luck) => {
    const lane = wire[luck.pick<Way>(['up', 'down'])]
    const how = luck.pick(['reset', 'stall'])
    lane.middlebox = (item, pass) => {
      lane.middlebox = undefined
      if (how === 'reset') return wire.reset()
      stall(wire, ['up', 'down'], Infinity)
      // Should the line go on after all, this comes first.
      pass(item)
    }
  }),
  'F14 cut in mid-frame': onWire((wire, luck) => {
    const lane = wire[luck.pick<Way>(['up', 'down'])]
    // What came before still arrives, and of this one a part that no socket shows.
    lane.middlebox = () => {
      lane.middlebox = undefined
      wire.close(1006, '')
    }
  }),
}

/** Changes the air of one direction or both, for a while. */
function air(change: (luck: Chance) => Partial<Air>) {
  return (world: World, luck: Chance): void => {
    const { weather } = world
    const ends = luck.pick(WAYS).flatMap((way) => set(weather[way], change(luck)))
    lasts(world, luck.between(1000, 30_000), () => ends.forEach((end) => end()))
  }
}

const set = (air: Air, { least, most, tail, rate }: Partial<Air>): (() => void)[] => [
  ...(least === undefined ? [] : [claim(air, 'least', least)]),
  ...(most === undefined ? [] : [claim(air, 'most', most)]),
  ...(tail === undefined ? [] : [claim(air, 'tail', tail)]),
  ...(rate === undefined ? [] : [claim(air, 'rate', rate)]),
]

function onLane(change: (lane: Lane<Item>, luck: Chance) => () => void) {
  return onWire((wire, luck, world) => {
    const undo = change(wire[luck.pick<Way>(['up', 'down'])], luck)
    lasts(world, luck.between(1000, 30_000), undo)
  })
}

export function stall(wire: Wire, ways: readonly Way[], ms: number): void {
  for (const way of ways) wire[way].stall(ms)
}

const forLong = (luck: Chance): number => luck.pick([5000, 20_000, 90_000, Infinity])
