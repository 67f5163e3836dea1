/** Thousands of seeds, and the proof that a seed is a reproduction and that a failure becomes small. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runCampaign } from './campaign.ts'
import { Violation } from './entries.ts'
import { PLAIN } from './options.ts'
import { describeRate } from './rate.ts'
import { progress, summary } from './report.ts'
import { runScript, runSeed } from './run.ts'
import { expand, readScript, type Script, writeScript } from './script.ts'
import { shrink } from './shrink.ts'
import { startHere } from './starts.ts'

/** Where nothing may be skipped, as many as count; elsewhere as many as one waits for gladly. */
const isWhole = process.env['HOLDFAST_NOTHING_SKIPPED'] === '1'
const SEEDS = isWhole ? 10_000 : 300
/** Worlds that nobody chose: other ones for each commit. */
const FRESH = 2000
const MINUTE = 60_000

test(
  '[SIM-1] whatever fails, nothing is lost, doubled or out of order, and when all is well again all comes to rest',
  async () => {
    const { tally, seconds, broken } = await runCampaign({
      first: 1,
      count: SEEDS,
      twice: isWhole ? 100 : 10,
      keepsGoing: true,
      print: (line) => console.log(line),
    })
    const { text, missing } = summary(tally)
    console.log(`${text}\n${progress(tally, seconds)}`)
    expect(tally.failures, 'again: npm run sim -- --seed N').toEqual([])
    expect(broken, 'laws of all seeds together').toEqual([])
    expect(tally.seeds).toBe(SEEDS)
    if (isWhole) expect(missing, 'what never happened').toEqual([])
  },
  25 * MINUTE,
)

test(
  '[SIM-1] [SIM-6] … in worlds that follow from the commit, too',
  async () => {
    const { start, source } = startHere(FRESH)
    console.log(`${FRESH} seeds from ${start} on, ${source}`)
    const { tally, seconds, broken } = await runCampaign({
      first: start,
      count: FRESH,
      keepsGoing: true,
      print: (line) => console.log(line),
    })
    console.log(`${progress(tally, seconds)}; ${describeRate(tally.failures.length, tally.seeds)}`)
    expect(tally.failures, 'again: npm run sim -- --seed N').toEqual([])
    expect(broken, 'laws of all seeds together').toEqual([])
    expect(tally.seeds).toBe(FRESH)
  },
  15 * MINUTE,
)

test('[SIM-2] the same seed plays the same run, to the last frame', async () => {
  for (const seed of [1, 7, 42, 1001]) {
    const [one, other] = [await runSeed(seed), await runSeed(seed)]
    expect(other.hash).toBe(one.hash)
  }
  expect((await runSeed(2)).hash).not.toBe((await runSeed(3)).hash)
})

test('[SIM-5] a seed is a script, and a script that was written down is the same run', async () => {
  const script = expand(11)
  const read = readScript(writeScript(script))
  expect(read).toEqual(script)
  expect((await runScript(read)).hash).toBe((await runSeed(11)).hash)
})

test('a script that makes no sense is refused with its line', () => {
  expect(() => readScript('world seed=1\n12 F5')).toThrow('12 F5')
  expect(() => readScript('world colour=red')).toThrow('colour=red')
})

test('[SIM-4] a failing script is cut down to the acts that matter, in the plainest world', async () => {
  const script = expand(11)
  const needed = [script.acts[3], script.acts.at(-2)]
  const broken = new Violation('I1: as if')
  const run = ({ acts }: Script): Promise<Error | undefined> =>
    Promise.resolve(needed.every((act) => acts.includes(act as never)) ? broken : undefined)
  const small = await shrink(script, broken, 10_000, run)
  expect(small.script.acts).toEqual(needed)
  expect({ ...small.script.options, seed: 0, span: PLAIN.span }).toEqual(PLAIN)
})

test('[SIM-3] what once failed does not fail any more', async () => {
  const folder = new URL('./regressions/', import.meta.url)
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.txt'))) {
    const text = readFileSync(new URL(name, folder), 'utf8')
    expect(text, `${name}: the first line says in a sentence what it was`).toMatch(/^# \S+ /)
    const { acts } = readScript(text)
    expect(acts.length, `${name}: at most 25 acts`).toBeLessThanOrEqual(25)
    expect((await runScript(readScript(text))).failure, name).toBeUndefined()
  }
})
