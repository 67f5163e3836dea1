/** Nobody chooses where a run of seeds begins, and what its counter says is computed, not felt. */
import { expect, test } from 'vitest'
import { describeRate, rateBound } from './rate.ts'
import { drawStart, headCommit, SEEDS_IN_ALL, startHere, startOf } from './starts.ts'

test('a start that is drawn is another each time, and leaves room for the whole run', () => {
  const starts = Array.from({ length: 100 }, () => drawStart(1000))
  expect(new Set(starts).size).toBeGreaterThan(95)
  for (const start of starts) expect(start + 1000).toBeLessThanOrEqual(SEEDS_IN_ALL)
  expect(drawStart(SEEDS_IN_ALL - 1)).toBe(0)
})

test('a start follows from the hash of the commit, and from nothing else', () => {
  expect(startOf('0000002a9f', 10)).toBe(42)
  expect(startOf('ffffffff00', 2000)).toBeLessThanOrEqual(SEEDS_IN_ALL - 2000)
  expect(startOf('c8fb4fa0aa', 10)).toBe(startOf('c8fb4fa0bb', 10))
  expect(startHere(10, 'c8fb4fa0aa')).toEqual({
    start: startOf('c8fb4fa0aa', 10),
    source: 'derived from commit c8fb4fa0aa',
  })
})

test('without a commit the start is drawn, and says so', () => {
  const [one, other] = [startHere(10, undefined), startHere(10, undefined)]
  if (headCommit() === undefined) expect(one.start).not.toBe(other.start)
  else expect(one).toEqual(other)
  expect(headCommit() ?? '0'.repeat(40)).toMatch(/^[0-9a-f]{40,}$/)
})

// The published quantiles of the chi-squared distribution with 2k + 2 degrees of freedom, at 95 %, halved.
test.each([
  [0, 2.9957],
  [1, 4.7439],
  [2, 6.2958],
  [13, 20.6686],
])('after %i failures the rate is below %f / seeds', (failures, expected) => {
  expect(rateBound(failures, 10_000) * 10_000).toBeCloseTo(expected, 3)
})

test('without a failure the bound is the rule of three, and without a seed nothing is known', () => {
  expect(describeRate(0, 100_000)).toBe('fewer than 1 world in 33,380 fails (95 % confidence)')
  expect(rateBound(0, 0)).toBe(1)
  expect(rateBound(5, 5)).toBe(1)
})
