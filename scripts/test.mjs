/**
 * `npm test`: everything that must hold, from a fresh clone, in one run.
 *
 * `npm test -- --only name` runs a part: types, lint, build, or a vitest project (unit, architecture,
 * typings, package, simulation, scenarios, process, browser). Names may be separated by commas.
 *
 * With HOLDFAST_NOTHING_SKIPPED=1 a skipped test is a failure. The last line is always
 * `N passed, N failed, N skipped`, counted in tests.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build, cache, ensureInstalled, run } from './fresh.mjs'
import { optionsOf, text, Unusable, wrong } from './options.mjs'
import { missingPrograms, programs } from './programs.mjs'

const CHECKS = ['types', 'lint', 'build']
const PROJECTS = [
  'unit',
  'architecture',
  'typings',
  'package',
  'simulation',
  'scenarios',
  'process',
  'browser',
]

const strict = process.env['HOLDFAST_NOTHING_SKIPPED'] === '1'
const wanted = askedFor(process.argv.slice(2))
/** @type {string[]} */
const failures = []

try {
  ensureInstalled()
} catch (failure) {
  console.error(reason(failure))
  process.exit(1)
}

part('types', () => npm('run', '--silent', 'types') === 0)
part('lint', () => npm('run', '--silent', 'lint') === 0)
part('build', () => {
  build()
  return true
})
const tally = runTests(PROJECTS.filter((name) => wanted.includes(name)))
close(tally)

/** @param {readonly string[]} args */
function askedFor(args) {
  const known = [...CHECKS, ...PROJECTS]
  const { only } = optionsOf('npm test --', { only: text('parts', '', `some of: ${known.join(', ')}`) }, args)
  const names = only.split(',').filter((name) => name !== '')
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    wrong(new Unusable(`no such part: ${unknown.join(', ')}. There are: ${known.join(', ')}`))
  return names.length > 0 ? names : known
}

/**
 * Runs one check, if asked for. A failure does not stop the others: one run tells all there is to mend.
 *
 * @param {string} name
 * @param {() => boolean} holds
 */
function part(name, holds) {
  if (!wanted.includes(name)) return
  console.log(`\n── ${name}`)
  const began = Date.now()
  let ok = false
  try {
    ok = holds()
  } catch (failure) {
    console.error(reason(failure))
  }
  if (!ok) failures.push(name)
  console.log(`── ${name}: ${ok ? 'ok' : 'FAILED'} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
}

/** @param {readonly string[]} projects */
function runTests(projects) {
  const none = { passed: 0, failed: 0, skipped: 0 }
  if (projects.length === 0) return none
  console.log(`\n── tests: ${projects.join(', ')}`)
  const report = join(cache, 'tests.json')
  mkdirSync(cache, { recursive: true })
  rmSync(report, { force: true })
  const status = run(process.execPath, [
    join('node_modules', 'vitest', 'vitest.mjs'),
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ])
  if (status !== 0) failures.push('tests')
  if (!existsSync(report)) return none
  return count(JSON.parse(readFileSync(report, 'utf8')))
}

/**
 * A file that broke before its first test has no failed test to count, but has failed all the same.
 *
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: { status: string, assertionResults: { status: string }[] }[] }} report
 */
function count(report) {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  )
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/** @param {{ passed: number, failed: number, skipped: number }} tally */
function close({ passed, failed, skipped }) {
  if (PROJECTS.some((name) => wanted.includes(name))) sayWhatWasSkipped(skipped)
  if (failures.length > 0) console.log(`\nFAILED: ${failures.join(', ')}`)
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`)
  process.exitCode = failures.length > 0 || failed > 0 ? 1 : 0
}

/** @param {number} skipped */
function sayWhatWasSkipped(skipped) {
  const missing = missingPrograms()
  if (skipped === 0 && missing.length === 0) return
  const rule = '!'.repeat(80)
  console.log(`\n${rule}`)
  if (skipped > 0) console.log(`!! ${skipped} tests were SKIPPED.`)
  if (missing.length > 0) {
    const packages = missing.map((program) => programs[program].package)
    console.log(
      `!! Not on this machine: ${missing.join(', ')}. Tests that drive them cannot run. To have them:`,
    )
    console.log(`!!   apt-get install -y --no-install-recommends ${packages.join(' ')}`)
  }
  if (strict) {
    failures.push(skipped > 0 ? 'tests were skipped' : 'programs are missing')
    console.log('!! HOLDFAST_NOTHING_SKIPPED=1: that is a failure.')
  }
  console.log(rule)
}

/** @param {readonly string[]} args */
function npm(...args) {
  return run('npm', args, { ...process.env, npm_config_update_notifier: 'false' })
}

/** @param {unknown} failure */
function reason(failure) {
  return failure instanceof Error ? failure.message : String(failure)
}
