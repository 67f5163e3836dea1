/**
 * Chance as a value: a 32-bit state in, a number in [0, 1) and the next state out.
 *
 * Mulberry32. Jitter needs a spread that differs from client to client and can be replayed, not secrecy.
 */
export type Rng = number

export interface Draw {
  /** In [0, 1). */
  readonly value: number
  readonly rng: Rng
}

export function draw(rng: Rng): Draw {
  const next = (rng + 0x6d2b79f5) | 0
  let mixed = Math.imul(next ^ (next >>> 15), next | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return { value: ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000, rng: next }
}

/** A number drawn evenly from `[least, most)`. */
export function drawBetween(rng: Rng, least: number, most: number): Draw {
  const { value, rng: next } = draw(rng)
  return { value: least + value * (most - least), rng: next }
}
