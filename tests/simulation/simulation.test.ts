/** A few hundred seeds of the simulation, and the proof that a seed is a reproduction. */
import { expect, test } from 'vitest'
import { runSeed } from './run.ts'

/** A bound in time, not in seeds: a slow machine tries fewer, and fails none for being slow. */
const BUDGET_MS = 20_000
const SEEDS = 300

test('[SIM-1] whatever fails, nothing is lost, doubled or out of order, and when all is well again all comes to rest', async () => {
  const started = performance.now()
  let seed = 1
  for (; seed <= SEEDS && performance.now() - started < BUDGET_MS; seed += 1) {
    const { failure } = await runSeed(seed)
    expect(failure, `again: npm run sim -- --seed ${seed} --trace`).toBeUndefined()
  }
  expect(seed).toBeGreaterThan(10)
})

test('[SIM-2] the same seed plays the same run, to the last frame', async () => {
  for (const seed of [1, 7, 42, 1001]) {
    const [one, other] = [await runSeed(seed), await runSeed(seed)]
    expect(other.hash).toBe(one.hash)
  }
  expect((await runSeed(2)).hash).not.toBe((await runSeed(3)).hash)
})
