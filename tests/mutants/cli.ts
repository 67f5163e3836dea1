/**
 * Proves that the simulation bites: `npm run mutants -- --seeds 1000 --only outbox,drain`; `--help` names the rest.
 *
 * Fails if a mutant survives, if the canary lives too long, or if a mutant has lost its place in the sources.
 * Fails also if a placebo is found, for then finding anything proves nothing.
 * What the simulation is known to miss is neither counted nor tried, except with `--missed`.
 */
import { chosenFrom, flag, optionsOf, text, Unusable, whole, wrong } from '../../scripts/options.mjs'
import { drawStart, SEEDS_IN_ALL } from '../simulation/starts.ts'
import { CANARY, CATALOGUE } from './catalogue.ts'
import { type Catch, Hunt, isElsewhere } from './hunt.ts'
import type { Mutant } from './mutant.ts'
import { MISSED } from './missed.ts'
import { PLACEBOS } from './placebos.ts'
import { misplaced } from './places.ts'
import { isHang } from './player.ts'

const values = optionsOf('npm run mutants --', {
  seeds: whole({ least: 1, otherwise: 1000 }, 'how many seeds each may live through'),
  seed: whole(
    { least: 0, most: SEEDS_IN_ALL - 1, otherwise: undefined },
    'the first of them; without it, it is drawn and printed',
  ),
  only: text('names', '', 'mutants whose name or file has one of these parts'),
  limit: whole({ least: 1, otherwise: 60 }, 'how long a seed may take, in seconds'),
  missed: flag('those that the simulation is known to miss, instead of the others'),
  list: flag('names them, and tries none'),
})

const AT_ONCE = 2
/** Whoever does not find this one so soon finds nothing. */
const CANARY_LIVES = 50

const print = (line: string): void => void process.stdout.write(`${line}\n`)

const chosen = choose()

function choose(): readonly Mutant[] {
  try {
    const named = chosenFrom(
      values.only,
      CATALOGUE,
      ({ name }) => name,
      ({ file, name }) => `${file} ${name}`,
    )
    const tried = named.filter(({ name }) => name in MISSED === values.missed)
    if (tried.length > 0) return tried
    const how = values.missed ? 'found: leave --missed out' : 'missed: add --missed'
    throw new Unusable(`${named.map(({ name }) => name).join(', ')}: known to be ${how}`)
  } catch (error) {
    return wrong(error)
  }
}

function report(mutant: Mutant, { seed, law, seeds, seconds, spoiled }: Catch): void {
  const { name, about, expects } = mutant
  for (const one of spoiled) print(`  ${name}: ${one}`)
  const [line = ''] = law.split('\n')
  print(
    seed === undefined
      ? `${name} SURVIVES ${seeds} seeds, ${seconds.toFixed(1)} s: ${about} [${expects}]`
      : `${name} killed by seed ${seed} (${seeds} seeds, ${seconds.toFixed(1)} s): ${line}${isElsewhere(mutant, law) ? ` [not by ${expects}]` : ''}`,
  )
}

function summary(caught: ReadonlyMap<Mutant, Catch>): void {
  const killed = [...caught.values()].filter(({ seed }) => seed !== undefined)
  const sorted = killed.map(({ seeds }) => seeds).sort((one, other) => one - other)
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  print(`\n${killed.length} of ${caught.size} mutants killed, by a median of ${median} seeds`)
  const late = killed.filter(({ law }) => isHang(law)).length
  const elsewhere = [...caught].filter(
    ([mutant, { seed, law }]) => seed !== undefined && isElsewhere(mutant, law),
  )
  print(
    `${killed.length - late - elsewhere.length} by the law that was expected, ${elsewhere.length} by another, ${late} by the limit of ${values.limit} s alone`,
  )
  for (const [{ name, expects }, { seed }] of caught)
    if (seed === undefined) print(`survives: ${name} [${expects}]`)
  const missed = CATALOGUE.filter(({ name }) => name in MISSED).length
  if (!values.missed)
    print(`${missed} more are known to be missed, and not counted: --missed --list says why`)
}

// Whoever is impatient leaves nothing behind either.
for (const sign of ['SIGINT', 'SIGTERM'] as const) process.once(sign, () => process.exit(1))

/** Does the work for each, some at once. */
async function each(mutants: readonly Mutant[], work: (mutant: Mutant) => Promise<void>): Promise<void> {
  const waiting = [...mutants]
  const next = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) await work(mutant)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next))
}

/** @returns whether all is as it should be */
async function run(): Promise<boolean> {
  const lost = await misplaced([...CATALOGUE, ...PLACEBOS])
  for (const one of lost) print(one)
  if (lost.length > 0) return false
  const hunt = new Hunt(values.limit * 1000)
  const first = values.seed ?? drawStart(values.seeds)
  if (values.seed === undefined) print(`the start was drawn: --seed ${first}`)
  const caught = new Map<Mutant, Catch>()
  const found: string[] = []
  try {
    const canary = await hunt.hunt(CANARY, { first, count: CANARY_LIVES })
    report(CANARY, canary)
    if (canary.seed === undefined) {
      print('The canary lives: the simulation finds nothing, and the others need not be tried.')
      return false
    }
    caught.set(CANARY, canary)
    await each(
      chosen.filter((mutant) => mutant !== CANARY),
      async (mutant) => {
        const outcome = await hunt.hunt(mutant, { first, count: values.seeds })
        report(mutant, outcome)
        caught.set(mutant, outcome)
      },
    )
    // As many seeds as the mutant took that was hardest to find.
    const count = Math.max(...[...caught.values()].map(({ seed, seeds }) => (seed === undefined ? 1 : seeds)))
    await each(PLACEBOS, async (placebo) => {
      const { seed, law } = await hunt.hunt(placebo, { first, count })
      if (seed === undefined) return print(`${placebo.name} passes ${count} seeds, as it must`)
      found.push(placebo.name)
      print(`${placebo.name} fails seed ${seed}, though it is no defect: ${law}`)
    })
  } finally {
    await hunt.close()
  }
  summary(caught)
  const isAsItShould = [...caught.values()].every(
    ({ seed, spoiled }) => seed !== undefined && spoiled.length === 0,
  )
  return isAsItShould && found.length === 0
}

function list(): void {
  for (const { name, file, about, expects } of chosen) {
    const lacking = MISSED[name]
    print(
      `${name} (${file}, ${expects}): ${about}${lacking === undefined ? '' : `; to find it takes ${lacking}`}`,
    )
  }
}

if (values.list) list()
else process.exitCode = (await run()) ? 0 : 1
