/**
 * Plays many seeds on every core, from a start that it draws and prints: `npm run sim -- --seeds 10000`. One of them
 * again: `--seed 42`, with everything that happens: `--seed 42 --trace`. `--help` names the rest.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { flag, optionsOf, text, Unusable, whole, wrong } from '../../scripts/options.mjs'
import { runCampaign } from './campaign.ts'
import { enter } from './publish.ts'
import { describeRate } from './rate.ts'
import { progress, summary } from './report.ts'
import { runScript } from './run.ts'
import { expand, readScript, type Script, writeScript } from './script.ts'
import { shrink } from './shrink.ts'
import { drawStart, SEEDS_IN_ALL } from './starts.ts'
import { weightsTable } from './weights.ts'

const SEEDS = 1000
const PUBLISHED = { list: 'docs/reliability-runs.json', page: 'docs/reliability.md' }

const values = optionsOf('npm run sim --', {
  seeds: whole(
    { least: 1, most: SEEDS_IN_ALL - 1, otherwise: undefined },
    `how many seeds; without --seed, ${SEEDS}`,
  ),
  seed: whole(
    { least: 0, most: SEEDS_IN_ALL - 1, otherwise: undefined },
    'this seed alone; with --seeds, the first of them; without it, the start is drawn and printed',
  ),
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
  publish: flag('enters the run into docs/reliability.md, failures too; its start must be drawn'),
  weights: flag('plays nothing: in how many of so many worlds do rare faults come together?'),
  'shrink-seconds': whole({ least: 0, otherwise: 60 }, 'how long a failure may be cut down'),
})

const scale = values.hours ? 'hours' : undefined
const count = values.seeds ?? (values.seed === undefined && !values.trace ? SEEDS : 1)
const first = values.seed ?? drawStart(count)

refuseNonsense()
if (values.script !== undefined) await playOne(scriptIn(values.script))
else {
  if (values.seed === undefined) console.log(`the start was drawn: --seed ${first}`)
  if (values.weights) console.log(weightsTable(first, count))
  else await (values.trace ? playOne(expand(first, scale)) : playMany())
}

function refuseNonsense(): void {
  if (values.trace && values.seeds !== undefined)
    wrong(new Unusable('--trace is for one seed: give --seed instead of --seeds'))
  if (first + count > SEEDS_IN_ALL)
    wrong(new Unusable(`seeds end at ${SEEDS_IN_ALL - 1}: there are no ${count} from ${first} on`))
  const idle = (['hours', 'script', 'trace', 'publish'] as const).find((name) => values[name])
  if (values.weights && idle !== undefined)
    wrong(new Unusable(`--weights plays nothing: leave --${idle} out`))
  const chosen = (['seed', 'script', 'trace'] as const).find((name) => values[name] || values[name] === 0)
  if (values.publish && chosen !== undefined)
    wrong(new Unusable(`--publish draws its start, so that nobody chooses it: leave --${chosen} out`))
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

async function playMany(): Promise<void> {
  const command = `npm run sim -- ${process.argv
    .slice(2)
    .filter((arg) => arg !== '--publish')
    .join(' ')}`
  const complete = values.publish ? enter(PUBLISHED, { command, start: first, asked: count }) : undefined
  const { tally, seconds, broken } = await runCampaign({
    first,
    count,
    twice: values.twice,
    scale,
    jobs: values.jobs,
    minutes: values.minutes,
    keepsGoing: values['keep-going'],
    print: (line) => console.log(line),
  })
  complete?.(tally, broken)
  const { text, missing } = summary(tally)
  console.log(text)
  for (const name of missing) console.log(`never: ${name}`)
  console.log(progress(tally, seconds))
  if (values.seed === undefined) console.log(describeRate(tally.failures.length, tally.seeds))
  const [failed] = tally.failures
  if (failed !== undefined) await explain(failed.seed)
  if (complete !== undefined) console.log(`${PUBLISHED.page} has this run now`)
  if (tally.failures.length + broken.length > 0 || (values.complete && missing.length > 0))
    process.exitCode = 1
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
