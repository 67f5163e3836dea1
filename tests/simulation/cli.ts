/**
 * Plays many seeds on every core: `npm run sim -- --seeds 10000`. One of them again: `--seed 42`, with everything
 * that happens: `--seed 42 --trace`. `--help` names the rest.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { flag, optionsOf, text, Unusable, whole, wrong } from '../../scripts/options.mjs'
import { type Campaign, runCampaign } from './campaign.ts'
import { publish } from './publish.ts'
import { progress, summary } from './report.ts'
import { runScript } from './run.ts'
import { expand, readScript, type Script, writeScript } from './script.ts'
import { shrink } from './shrink.ts'

const SEEDS = 1000

const values = optionsOf('npm run sim --', {
  seeds: whole({ least: 1, otherwise: undefined }, `how many seeds; without --seed, ${SEEDS}`),
  seed: whole({ least: 0, otherwise: undefined }, 'this seed alone; with --seeds, the first of them'),
  hours: flag('only worlds that go on for hours'),
  script: text('file', undefined, 'plays a script instead, such as a failure was cut down to'),
  trace: flag('one seed, or a script, with everything that happens'),
  twice: whole(
    { least: 0, otherwise: 0 },
    'how many seeds are played twice, to see whether they are the same',
  ),
  jobs: whole({ least: 1, otherwise: availableParallelism() }, 'how many at once'),
  minutes: whole({ least: 1, otherwise: 600 }, 'ends after so many'),
  'keep-going': flag('does not end at a failure'),
  complete: flag('whatever is on a list and never came is a failure'),
  publish: flag('writes what was seen into docs/reliability.md'),
  'shrink-seconds': whole({ least: 0, otherwise: 60 }, 'how long a failure may be cut down'),
})

const scale = values.hours ? 'hours' : undefined
const first = values.seed ?? 1

if (values.script !== undefined) await playOne(scriptIn(values.script))
else if (!values.trace) await playMany(values.seeds ?? (values.seed === undefined ? SEEDS : 1))
else if (values.seeds !== undefined)
  wrong(new Unusable('--trace is for one seed: give --seed instead of --seeds'))
else {
  if (values.seed === undefined) console.log('no --seed was given: this is seed 1')
  await playOne(expand(first, scale))
}

function scriptIn(file: string): Script {
  try {
    const content = readFileSync(file, 'utf8')
    if (!/^\s*[^#\s]/m.test(content)) throw new Error('there is nothing in it')
    return readScript(content)
  } catch (error) {
    return wrong(
      new Unusable(`${file} is no script: ${error instanceof Error ? error.message : String(error)}`),
    )
  }
}

async function playOne(script: Script): Promise<void> {
  const began = performance.now()
  console.log(writeScript(script))
  const { failure, hash } = await runScript(script, values.trace ? (line) => console.log(line) : undefined)
  console.log(`${(performance.now() - began).toFixed(0)} ms, trace ${hash}`)
  if (failure !== undefined) console.log(failure.stack)
  process.exitCode = failure === undefined ? 0 : 1
}

async function playMany(count: number): Promise<void> {
  const campaign = await runCampaign({
    first,
    count,
    twice: values.twice,
    scale,
    jobs: values.jobs,
    minutes: values.minutes,
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
  const small = await shrink(script, failure, values['shrink-seconds'] * 1000)
  const file = `.cache/sim/seed-${seed}.txt`
  mkdirSync('.cache/sim', { recursive: true })
  const text = `# ${small.failure.message}\n${writeScript(small.script)}\n`
  writeFileSync(file, text)
  console.log(
    `${small.script.acts.length} acts of ${script.acts.length} are left after ${small.runs} runs:\n\n${text}`,
  )
  console.log(`again, with everything that happened: npm run sim -- --script ${file} --trace`)
}
