/** What a fault is, and the ways to aim one. */
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { Wire } from '../../../src/testing/virtual/wire.ts'
import type { Client } from '../client.ts'
import type { World } from '../world.ts'

/**
 * Does it to the world; every choice is drawn from the luck of this one act.
 *
 * @returns `nothing` if this world has no place for it: then it does not count
 */
export type Inject = (world: World, luck: Chance) => 'nothing' | void

/** Keyed by number and a few words: `F5 reset`. */
export type Family = Readonly<Record<string, Inject>>

export function onWire(inject: (wire: Wire, luck: Chance, world: World) => ReturnType<Inject>): Inject {
  return (world, luck) => {
    const isOurs = (wire: Wire): boolean => world.lines.partyOf(world.network.ownerOf(wire)) !== undefined
    const wires = [...world.network.wires].filter((wire) => wire.isOpen && isOurs(wire))
    return wires.length > 0 ? inject(luck.pick(wires), luck, world) : 'nothing'
  }
}

export function onClient(inject: (client: Client, luck: Chance, world: World) => ReturnType<Inject>): Inject {
  return (world, luck) => inject(luck.pick(world.clients), luck, world)
}

/** Ends by itself after so long, or when it gets quiet. */
export function lasts(world: World, ms: number, end: () => void): void {
  const once = (): void => {
    if (world.lasting.delete(once)) end()
  }
  world.lasting.add(once)
  void world.timeline.pause(ms).then(once)
}

/** Begins after so long, unless it is quiet by then. */
export function later(world: World, ms: number, begin: () => void): void {
  void world.timeline.pause(ms).then(() => {
    if (!world.isQuiet) begin()
  })
}

export const SIGNS = ['fin', 'reset', 'silence'] as const
