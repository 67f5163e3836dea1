/**
 * Plays many seeds on every core: `npm run sim -- --seeds 10000`. One of them again: `--seed 42 --trace`.
 * A script: `--script file --trace`. Only worlds that go on for hours: `--hours`. `--publish` writes what was
 * seen into `docs/reliability.md`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { type Campaign, runCampaign } from './campaign.ts'
import { publish } from './publish.ts'
import { progress, summary } from './report.ts'
import { runScript } from './run.ts'
import { expand, readScript, type Script, writeScript } from './script.ts'
import { shrink } from './shrink.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    hours: { type: 'boolean', default: false },
    script: { type: 'string' },
    trace: { type: 'boolean', default: false },
    twice: { type: 'string', default: '0' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    minutes: { type: 'string', default: '600' },
    'keep-going': { type: 'boolean', default: false },
    /** Whatever is on a list and never came is a failure. */
    complete: { type: 'boolean', default: false },
    publish: { type: 'boolean', default: false },
    'shrink-seconds': { type: 'string', default: '60' },
  },
})

const scale = values.hours ? 'hours' : undefined
const first = whole('seed')

if (values.script !== undefined) await playOne(readScript(readFileSync(values.script, 'utf8')))
else if (values.trace) await playOne(expand(first, scale))
else await playMany()

function whole(name: 'seed' | 'seeds' | 'twice' | 'jobs' | 'minutes' | 'shrink-seconds'): number {
  const value = Number(values[name])
  if (Number.isSafeInteger(value) && value >= 0) return value
  console.error(`--${name} must be a whole number; it is ${values[name]}`)
  process.exit(2)
}

async function playOne(script: Script): Promise<void> {
  const began = performance.now()
  console.log(writeScript(script))
  const { failure, hash } = await runScript(script, values.trace ? (line) => console.log(line) : undefined)
  console.log(`${(performance.now() - began).toFixed(0)} ms, trace ${hash}`)
  if (failure !== undefined) console.log(failure.stack)
  process.exitCode = failure === undefined ? 0 : 1
}

async function playMany(): Promise<void> {
  const campaign = await runCampaign({
    first,
    count: whole('seeds'),
    twice: whole('twice'),
    scale,
    jobs: whole('jobs'),
    minutes: whole('minutes'),
    keepsGoing: values['keep-going'],
    print: (line) => console.log(line),
  })
  const { tally, seconds, broken } = campaign
  const { text, missing } = summary(tally)
  console.log(text)
  for (const name of missing) console.log(`never: ${name}`)
  console.log(progress(tally, seconds))
  const [failed] = tally.failures
  if (failed !== undefined) await explain(failed.seed)
  if (tally.failures.length + broken.length > 0 || (values.complete && missing.length > 0))
    process.exitCode = 1
  else if (values.publish) keep(campaign)
}

function keep({ tally, seconds }: Campaign): void {
  const args = process.argv.slice(2).filter((arg) => arg !== '--publish')
  publish('docs/reliability.md', tally, seconds, `npm run sim -- ${args.join(' ')}`)
  console.log('docs/reliability.md has these figures now')
}

/** Cuts the first failure down to what matters, and says how to play it again. */
async function explain(seed: number): Promise<void> {
  const script = expand(seed, scale)
  const { failure } = await runScript(script)
  if (failure === undefined) return console.log(`seed ${seed} does not fail alone: it is not deterministic`)
  console.log(`seed ${seed} is being shrunk …`)
  const small = await shrink(script, failure, whole('shrink-seconds') * 1000)
  const file = `.cache/sim/seed-${seed}.txt`
  mkdirSync('.cache/sim', { recursive: true })
  const text = `# ${small.failure.message}\n${writeScript(small.script)}\n`
  writeFileSync(file, text)
  console.log(
    `${small.script.acts.length} acts of ${script.acts.length} are left after ${small.runs} runs:\n\n${text}`,
  )
  console.log(`again, with everything that happened: npm run sim -- --script ${file} --trace`)
}
