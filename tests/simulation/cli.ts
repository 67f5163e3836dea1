/**
 * Plays many seeds on every core: `npm run sim -- --seeds 10000`. One of them again: `--seed 42 --trace`.
 * A script: `--script file --trace`. Only worlds that go on for hours: `--hours`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { playByCrew } from './crew.ts'
import { runScript } from './run.ts'
import { progress, summary } from './report.ts'
import { expand, readScript, type Script, writeScript } from './script.ts'
import { shrink } from './shrink.ts'
import { emptyTally, mergeTally } from './tally.ts'
import type { Slice } from './worker.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    hours: { type: 'boolean', default: false },
    script: { type: 'string' },
    trace: { type: 'boolean', default: false },
    /** So many of the seeds are played twice, and must be the same run. */
    twice: { type: 'string', default: '0' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    minutes: { type: 'string', default: '600' },
    'keep-going': { type: 'boolean', default: false },
    /** Whatever is on a list and never came is a failure. */
    complete: { type: 'boolean', default: false },
    'shrink-seconds': { type: 'string', default: '60' },
  },
})

const scale = values.hours ? 'hours' : undefined
const first = Number(values.seed)

if (values.script !== undefined) await playOne(readScript(readFileSync(values.script, 'utf8')))
else if (values.trace) await playOne(expand(first, scale))
else await playMany(Number(values.seeds))

async function playOne(script: Script): Promise<void> {
  const began = performance.now()
  console.log(writeScript(script))
  const { failure, hash } = await runScript(script, values.trace ? (line) => console.log(line) : undefined)
  console.log(`${(performance.now() - began).toFixed(0)} ms, trace ${hash}`)
  if (failure !== undefined) console.log(failure.stack)
  process.exitCode = failure === undefined ? 0 : 1
}

async function playMany(count: number): Promise<void> {
  const started = performance.now()
  const seconds = (): number => (performance.now() - started) / 1000
  const tally = emptyTally()
  const sliceOf = scale === 'hours' ? 5 : 50
  let given = 0
  let reportedAt = 0
  const next = (): Slice | undefined => {
    if (given >= count || seconds() > Number(values.minutes) * 60) return undefined
    const twice = given < Number(values.twice)
    const size = Math.min(sliceOf, count - given, twice ? Number(values.twice) - given : sliceOf)
    given += size
    return { first: first + given - size, count: size, twice, scale }
  }
  const done = (part: typeof tally): boolean => {
    mergeTally(tally, part)
    for (const { seed, message } of part.failures) console.log(`seed ${seed} fails: ${message}`)
    if (seconds() - reportedAt > 10) {
      reportedAt = seconds()
      console.log(progress(tally, seconds()))
    }
    return values['keep-going'] || tally.failures.length === 0
  }
  await playByCrew({ jobs: Number(values.jobs), next, done })
  const { text, missing } = summary(tally)
  console.log(text)
  for (const name of missing) console.log(`never: ${name}`)
  console.log(progress(tally, seconds()))
  const [failed] = tally.failures
  if (failed !== undefined) await explain(failed.seed)
  if (tally.failures.length > 0 || (values.complete && missing.length > 0)) process.exitCode = 1
}

/** Cuts the first failure down to what matters, and says how to play it again. */
async function explain(seed: number): Promise<void> {
  const script = expand(seed, scale)
  const { failure } = await runScript(script)
  if (failure === undefined) return console.log(`seed ${seed} does not fail alone: it is not deterministic`)
  console.log(`seed ${seed} is being shrunk …`)
  const small = await shrink(script, failure, Number(values['shrink-seconds']) * 1000)
  const file = `.cache/sim/seed-${seed}.txt`
  mkdirSync('.cache/sim', { recursive: true })
  const text = `# ${small.failure.message}\n${writeScript(small.script)}\n`
  writeFileSync(file, text)
  console.log(
    `${small.script.acts.length} acts of ${script.acts.length} are left after ${small.runs} runs:\n\n${text}`,
  )
  console.log(`again, with everything that happened: npm run sim -- --script ${file} --trace`)
}
