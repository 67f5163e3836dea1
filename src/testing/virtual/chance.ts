/**
 * Chance from a seed, in streams of their own: a concern that draws once more does not shift the luck of the
 * others, so a seed stays a reproduction while the code around it changes.
 */
import type { Random } from '../../ports/random.ts'
import { draw } from '../../core/parts/rng.ts'

export interface Chance {
  /** In [0, 1). */
  next(): number
  /** In [least, most). */
  between(least: number, most: number): number
  /** A whole number in [least, most]. */
  whole(least: number, most: number): number
  /** True that often. */
  happens(probability: number): boolean
  pick<Item>(items: readonly Item[]): Item
  /** A stream of its own, the same for the same name. */
  stream(name: string): Chance
  /** The port, for those who ask for randomness. */
  readonly random: Random
}

export function chance(seed: number): Chance {
  let rng = seed | 0
  const next = (): number => {
    const drawn = draw(rng)
    rng = drawn.rng
    return drawn.value
  }
  const bits = (): number => Math.floor(next() * 0x1_0000_0000)
  return {
    next,
    between: (least, most) => least + next() * (most - least),
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    happens: (probability) => next() < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('nothing to pick from')
      // The index lies inside the list; an item may itself be undefined.
      return items[Math.floor(next() * items.length)] as (typeof items)[number]
    },
    stream: (name) => chance(mixed(seed, name)),
    random: {
      seed: bits,
      secret: (bytes) =>
        Array.from({ length: bytes }, () => Math.floor(next() * 256))
          .map((byte) => byte.toString(16).padStart(2, '0'))
          .join(''),
    },
  }
}

/** FNV-1a over the name, started from the seed, and stirred so that near seeds lie far apart. */
function mixed(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0
  for (let index = 0; index < name.length; index += 1)
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) | 0
}
