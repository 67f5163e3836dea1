/** F1 to F25: what a network does to a line. */
import type { Wire } from '../../../src/testing/virtual/wire.ts'
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import { type Family, lasts, onWire } from './fault.ts'

const WAYS = ['up', 'down', 'both'] as const

export const NETWORK_FAULTS: Family = {
  'F1 slow network': (world, luck) => {
    world.latency.most = luck.pick([100, 1000, 4000])
    lasts(world, luck.between(1000, 30_000), () => (world.latency.most = 30))
  },
  'F3 black hole one way': onWire((wire, luck) => stall(wire, luck.pick(['up', 'down']), forLong(luck))),
  'F4 black hole both ways': onWire((wire, luck) => stall(wire, 'both', forLong(luck))),
  'F5 reset': onWire((wire, luck) => wire.reset(luck.pick([undefined, 'client', 'server'] as const))),
  'F6 end without close frame': onWire((wire) => wire.close(1006, '')),
  'F8 stall then burst': onWire((wire, luck) => stall(wire, luck.pick(WAYS), luck.between(50, 9000))),
  'F9 narrow network': (world, luck) => {
    world.latency.rate = luck.between(1000, 64_000)
    lasts(world, luck.between(1000, 30_000), () => (world.latency.rate = undefined))
  },
  'F12 suffix lost before a cut': onWire((wire, luck) => {
    wire.up.lose(luck.whole(0, 8))
    wire.down.lose(luck.whole(0, 8))
    wire.close(1006, '')
  }),
  'F23 line forgotten by the network': onWire((wire) => stall(wire, 'both', Number.POSITIVE_INFINITY)),
}

function stall(wire: Wire, way: (typeof WAYS)[number], ms: number): void {
  if (way !== 'down') wire.up.stall(ms)
  if (way !== 'up') wire.down.stall(ms)
}

const forLong = (luck: Chance): number => luck.pick([5000, 20_000, 90_000, Number.POSITIVE_INFINITY])
