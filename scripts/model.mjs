/**
 * `npm run model`: searches the model in `spec/` completely, and sees to it that every mutant of it is found out.
 *
 * `npm run model -- resume NO_DEDUPE` makes some of the searches. It fails if a property fails, if a search was
 * cut short, if a situation that the model provides for was never met, or if a mutant survives. What failed is
 * printed as a story, step by step. Needs `spin` and `gcc`.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mutants, searches } from '../spec/searches.mjs'
import { situationsIn } from '../spec/situations.mjs'
import { optionsOf, Unusable, wrong } from './options.mjs'
import { findProgram } from './programs.mjs'

/** @typedef {import('../spec/searches.mjs').Search} Search */
/** @typedef {import('../spec/searches.mjs').Mutant} Mutant */
/** @typedef {{ output: string, failed: boolean }} Ran */
/**
 * @typedef {object} Outcome
 * @property {number} states
 * @property {number} depth
 * @property {number} errors
 * @property {number} seconds
 * @property {string | undefined} violated
 * @property {string | undefined} trouble why the search is not the whole of it
 * @property {ReadonlySet<string>} met
 * @property {readonly string[]} story
 */

const AT_ONCE = 2
const MOST_STEPS = 20_000
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const model = join(root, 'spec', 'session.pml')

const known = [...searches, ...mutants].map(({ name }) => name)
const args = process.argv.slice(2)
optionsOf(
  `npm run model -- [${known.join(' | ')}]`,
  {},
  args.filter((arg) => arg.startsWith('-')),
)
const asked = args.filter((arg) => !arg.startsWith('-'))
const strange = asked.filter((name) => !known.includes(name))
if (strange.length > 0) {
  wrong(new Unusable(`no such search: ${strange.join(', ')}. There are: ${known.join(', ')}`))
}
const spin = needed('spin')
const gcc = needed('gcc')
const isAsked = (/** @type {{ name: string }} */ { name }) => asked.length === 0 || asked.includes(name)

/** @type {string[]} */
const failures = []
/** @type {Set<string>} */
const met = new Set()
const began = Date.now()

// The longest first, so that both processors end together.
const jobs = [
  ...searches.filter(isAsked).map((search) => () => searchWhole(search)),
  ...mutants.filter(isAsked).map((mutant) => () => hunt(mutant)),
]
await Promise.all(Array.from({ length: AT_ONCE }, work))
if (asked.length === 0) await compareSituations()

for (const failure of failures) console.error(`FAILED: ${failure}`)
console.log(
  `${searches.filter(isAsked).length} searches, ${mutants.filter(isAsked).length} mutants, ` +
    `${failures.length} failures, ${((Date.now() - began) / 1000).toFixed(1)} s`,
)
process.exitCode = failures.length > 0 ? 1 : 0

/** @param {'spin' | 'gcc'} program */
function needed(program) {
  const path = findProgram(program)
  if (path !== undefined) return path
  console.error('spin and gcc are needed: apt-get install -y --no-install-recommends spin gcc libc6-dev')
  process.exit(2)
}

async function work() {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await job()
}

/** @param {Search} search */
async function searchWhole(search) {
  const { name, about } = search
  const outcome = await explore(search)
  const { states, depth, seconds, errors, violated, trouble } = outcome
  for (const situation of outcome.met) met.add(situation)
  console.log(
    `${name.padEnd(14)} ${String(states).padStart(9)} states, depth ${String(depth).padStart(3)}, ` +
      `${seconds.toFixed(1).padStart(5)} s, ${errors} errors: ${about}`,
  )
  if (trouble !== undefined) failures.push(`${name}: ${trouble}`)
  if (errors > 0) {
    failures.push(`${name}: ${violated ?? 'a run that stops in the middle'}`)
    console.log(outcome.story.map((line) => `    ${line}`).join('\n'))
  }
}

/** @param {Mutant} mutant */
async function hunt({ name, search: where, breaks, by, budget }) {
  const search = searches.find((one) => one.name === where)
  if (search === undefined) throw new Error(`${name} is to be hunted in ${where}, which there is not`)
  const outcome = await explore({ ...search, budget: { ...search.budget, ...budget } }, name)
  const { violated, trouble, errors, seconds } = outcome
  const verdict = errors > 0 ? (violated ?? 'an invalid end') : 'SURVIVED'
  console.log(`${name.padEnd(24)} ${verdict.padEnd(40)} ${seconds.toFixed(1).padStart(5)} s: ${breaks}`)
  if (trouble !== undefined) failures.push(`${name}: ${trouble}`)
  else if (errors === 0) failures.push(`${name} survived the search ${where}`)
  else if (!isNamed(violated, by)) {
    failures.push(`${name} was found out by ${verdict}, and not by ${by}`)
    console.log(outcome.story.map((line) => `    ${line}`).join('\n'))
  }
}

/** Whether a property is the one that is meant: `I9` is not `I99`. */
function isNamed(/** @type {string | undefined} */ violated, /** @type {string} */ by) {
  return violated === by || violated?.startsWith(`${by} `) === true
}

/**
 * @param {Search} search
 * @param {string} [mutant]
 * @returns {Promise<Outcome>}
 */
async function explore({ name, budget, endless = false }, mutant) {
  const cwd = join(root, '.cache', 'model', mutant ?? name)
  rmSync(cwd, { recursive: true, force: true })
  mkdirSync(cwd, { recursive: true })
  const bounds = Object.entries(budget).map(([key, value]) => `-D${key}=${value}`)
  const mutation = mutant === undefined ? [] : [`-DMUTANT_${mutant}`]
  const start = Date.now()
  const translated = await run(spin, [...bounds, ...mutation, '-a', model], cwd)
  if (translated.failed) throw new Error(`spin cannot read the model:\n${translated.output}`)
  // A mutant is found out before an optimizing compiler would have paid for itself.
  const flags = [
    mutant === undefined ? '-O1' : '-O0',
    '-DNOREDUCE',
    ...(endless ? ['-DNP'] : ['-DSAFETY', '-DNOCOMP']),
  ]
  const compiled = await run(gcc, [...flags, '-I', dirname(model), '-o', 'pan', 'pan.c'], cwd)
  if (compiled.failed) throw new Error(`the search does not compile:\n${compiled.output}`)
  const { output, failed } = await run(join(cwd, 'pan'), [`-m${MOST_STEPS}`, ...(endless ? ['-l'] : [])], cwd)
  const errors = number(output, /errors: (\d+)/)
  return {
    states: number(output, /(\d+) states, stored/),
    depth: number(output, /depth reached (\d+)/),
    errors,
    seconds: (Date.now() - start) / 1000,
    violated: violationIn(output),
    trouble: troubleIn(output, failed),
    met: new Set([...output.matchAll(/^sometimes (.*): \d+$/gm)].map((match) => match[1] ?? '')),
    story: errors > 0 ? await tell(cwd) : [],
  }
}

/** The property that fails, if one does. */
function violationIn(/** @type {string} */ output) {
  if (output.includes('non-progress cycle')) return 'I22 every-run-ends [CL-13]'
  return /^violated: (.*)$/m.exec(output)?.[1]
}

/** What makes a search less than complete, or no search at all. */
function troubleIn(/** @type {string} */ output, /** @type {boolean} */ failed) {
  if (!output.includes('Full statespace search')) return `it did not run:\n${output}`
  for (const sign of [
    /max search depth too small/,
    /out of memory/,
    /memory bound/,
    /VECTORSZ/,
    /hash-?compact/i,
    /aborted/,
  ])
    if (sign.test(output)) return `it was cut short: ${sign.exec(output)?.[0]}`
  if (!/errors: \d/.test(output)) return `it came to no end:\n${output}`
  if (/Search not completed/.test(output) && /errors: 0/.test(output)) return 'it was not completed'
  return failed && /errors: 0/.test(output) ? `it ended badly:\n${output}` : undefined
}

/** The run that violates a property, as the model tells it. */
async function tell(/** @type {string} */ cwd) {
  const { output } = await run(join(cwd, 'pan'), ['-r', 'session.pml.trail'], cwd)
  const story = output
    .split('\n')
    .filter((line) => /^(client|server \d|judge|the log|violated|pan):? /.test(line))
  return story.length <= 100 ? story : [...story.slice(0, 60), '…', ...story.slice(-40)]
}

/** Every situation that the model provides for must have been met: one that never is was modelled in vain. */
async function compareSituations() {
  const named = situationsIn(await readFile(model, 'utf8'))
  const missed = named.filter((situation) => !met.has(situation))
  console.log(`${named.length - missed.length} of ${named.length} situations were met`)
  for (const situation of missed) failures.push(`never met: ${situation}`)
}

/** @returns {Promise<Ran>} */
function run(/** @type {string} */ file, /** @type {readonly string[]} */ args, /** @type {string} */ cwd) {
  return new Promise((resolve) => {
    execFile(file, [...args], { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ output: `${stdout}${stderr}`, failed: error !== null })
    })
  })
}

function number(/** @type {string} */ text, /** @type {RegExp} */ pattern) {
  return Number(pattern.exec(text)?.[1] ?? Number.NaN)
}
