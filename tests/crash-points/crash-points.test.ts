/**
 * A slice of the crash points in every run of the tests; all of them where nothing may be skipped.
 */
import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { sweepAll } from './fleet.ts'
import { playScenario } from './play.ts'
import { PAIRED, scriptOf, SCRIPTS } from './scripts.ts'
import { type Failure, replayLine, sweep, sweepPairs } from './sweep.ts'

const isEverything = process.env['HOLDFAST_NOTHING_SKIPPED'] === '1'
const minutes = (count: number): number => count * 60_000

/** One point of so many, and others in each script. A slow machine tries fewer, and fails none for being slow. */
const STRIDE = 41
const BUDGET_MS = 12_000
/** From one script to one far away, so that whoever stops early has seen some of every kind: no divisor of their number. */
const SCRIPT_STRIDE = 89

const told = (failures: readonly Failure[]): readonly string[] =>
  failures.map((failure) => `${failure.at.join(', ')}: ${failure.message}; again: ${replayLine(failure)}`)

test(
  '[CP-1] wherever the client or the server dies, nothing is lost, doubled or out of order, and all comes to rest',
  async () => {
    if (isEverything) {
      const orders = SCRIPTS.map(({ name }) => ({ script: name, pairs: false }))
      const results = await sweepAll(orders, Math.min(2, availableParallelism()))
      expect(told(results.flatMap(({ failures }) => failures))).toEqual([])
      expect(results.reduce((sum, { played }) => sum + played, 0)).toBeGreaterThan(20_000)
      return
    }
    const began = performance.now()
    let played = 0
    for (let turn = 0; turn < SCRIPTS.length; turn += 1) {
      if (performance.now() - began > BUDGET_MS) break
      const index = (turn * SCRIPT_STRIDE) % SCRIPTS.length
      const script = SCRIPTS[index] as (typeof SCRIPTS)[number]
      const result = await sweep(script, { wants: (_side, number) => (number + index) % STRIDE === 0 })
      expect(told(result.failures)).toEqual([])
      played += result.played
    }
    expect(played).toBeGreaterThan(20)
  },
  minutes(20),
)

test('[CP-1] a client that dies a second time, on its way back from the first, loses nothing either', async () => {
  const results = []
  for (const [index, script] of PAIRED.slice(0, 6).entries())
    results.push(await sweepPairs(script, { wants: (number) => (number + index) % 7 === 0 }))
  expect(told(results.flatMap(({ failures }) => failures))).toEqual([])
  expect(results.reduce((sum, { played }) => sum + played, 0)).toBeGreaterThan(20)
}, 60_000)

test('the stride meets every script once', () => {
  const met = new Set(SCRIPTS.map((_script, turn) => (turn * SCRIPT_STRIDE) % SCRIPTS.length))
  expect(met.size).toBe(SCRIPTS.length)
})

test('no two of more than two hundred scripts play the same run, and each trap in them is sprung', async () => {
  const hashes = new Map<string, string>()
  for (const script of SCRIPTS) {
    const { hash, failure, unsprung } = await playScenario(script, undefined, { hashes: true })
    expect(failure, script.name).toBeUndefined()
    expect(unsprung, script.name).toEqual([])
    expect(hashes.get(hash), script.name).toBeUndefined()
    hashes.set(hash, script.name)
  }
  expect(hashes.size).toBeGreaterThanOrEqual(200)
}, 60_000)

test('a script and the number of a boundary play the same run, to the last frame', async () => {
  for (const [name, client, server] of [
    ['s1-cut-inside-replay.slow', [40], []],
    ['s2-settled-not-committed.folded', [31, 17], []],
    ['restart-lost.narrow', [], [12]],
  ] as const) {
    const play = () => playScenario(scriptOf(name), { client, server }, { hashes: true })
    const [one, other] = [await play(), await play()]
    expect(one.deaths).toHaveLength(client.length + server.length)
    expect(other.hash).toBe(one.hash)
    expect((await playScenario(scriptOf(name), undefined, { hashes: true })).hash).not.toBe(one.hash)
  }
})
