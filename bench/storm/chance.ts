/** Chance from a seed: the same storm every time. */
import { draw } from '../../src/core/parts/rng.ts'

export type Chance = () => number

/** Numbers from [0, 1), by the generator that the client has. */
export function chanceFrom(seed: number): Chance {
  let rng = seed | 0
  return () => {
    const drawn = draw(rng)
    rng = drawn.rng
    return drawn.value
  }
}

/** A seed of its own for each of many, far from those of its neighbours. */
export const seedFor = (seed: number, index: number): number =>
  Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b)
