/**
 * Plays many seeds, or one of them again: `npm run sim -- --seeds 2000 --seed 1 --trace`.
 */
import { parseArgs } from 'node:util'
import { runSeed } from './run.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
  },
})

const first = Number(values.seed)
const count = values.trace ? 1 : Number(values.seeds)
const started = performance.now()
const faults = new Map<string, number>()
let hours = 0
let messages = 0
let played = 0
let failures = 0

const elapsed = (): number => (performance.now() - started) / 1000

function report(): void {
  const speed = (played / elapsed()).toFixed(1)
  console.log(
    `${played} seeds in ${elapsed().toFixed(1)} s (${speed}/s), ${hours.toFixed(1)} client-hours, ${messages} messages, ${failures} failures`,
  )
}

let reportedAt = started
for (let seed = first; seed < first + count; seed += 1) {
  const outcome = await runSeed(seed, values.trace ? (line) => console.log(line) : undefined)
  played += 1
  hours += outcome.clientHours
  messages += outcome.messages
  for (const [name, times] of outcome.faults) faults.set(name, (faults.get(name) ?? 0) + times)
  if (outcome.failure !== undefined) {
    failures += 1
    console.log(`seed ${seed} fails: ${outcome.failure.stack ?? outcome.failure.message}`)
    console.log(`again, with everything that happened: npm run sim -- --seed ${seed} --trace`)
    if (!values['keep-going']) break
  }
  if (performance.now() - reportedAt > 10_000) {
    reportedAt = performance.now()
    report()
  }
}
report()
const menu = [...faults].sort(([, one], [, other]) => other - one)
console.log(menu.map(([name, times]) => `${name}: ${times}`).join(' · '))
process.exitCode = failures === 0 ? 0 : 1
