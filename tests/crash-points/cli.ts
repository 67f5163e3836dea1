/**
 * Plays every crash point of every script, or one of them again.
 *
 *     npm run crash-points -- [--only part-of-a-name] [--pairs] [--jobs 2]
 *     npm run crash-points -- --script reset.plain --client 17 --trace
 */
import { availableParallelism } from 'node:os'
import { chosenFrom, flag, optionsOf, text, Unusable, whole, wrong } from '../../scripts/options.mjs'
import { sweepAll } from './fleet.ts'
import { playScenario } from './play.ts'
import type { Scenario } from './scenario.ts'
import { PAIRED, scriptOf, SCRIPTS } from './scripts.ts'
import { replayLine, type Sweep } from './sweep.ts'

const values = optionsOf('npm run crash-points --', {
  only: text('names', '', 'scripts whose name has one of these parts'),
  pairs: flag('pairs of crashes of the client'),
  jobs: whole({ least: 1, otherwise: availableParallelism() }, 'how many at once'),
  script: text('name', undefined, 'plays this script alone, once'),
  client: text('numbers', '', 'with --script: where the client dies, one after the other'),
  server: text('numbers', '', 'with --script: where the server dies'),
  trace: flag('with --script: with everything that happens'),
})

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const began = performance.now()
const seconds = (): string => ((performance.now() - began) / 1000).toFixed(1)
const { script } = values

process.exitCode = (script === undefined ? await playAll() : await playOne(script)) ? 0 : 1

function numbers(side: 'client' | 'server'): readonly number[] {
  const list = values[side].split(',').filter(Boolean)
  const strange = list.find((word) => !/^[1-9]\d*$/.test(word))
  if (strange !== undefined) wrong(new Unusable(`--${side} takes whole numbers from 1, not ${strange}`))
  return list.map(Number)
}

function chosen(list: string): readonly Scenario[] {
  try {
    return chosenFrom(list, values.pairs ? PAIRED : SCRIPTS, ({ name }) => name)
  } catch (error) {
    return wrong(error)
  }
}

async function playOne(name: string): Promise<boolean> {
  const deaths = { client: numbers('client'), server: numbers('server') }
  if (!SCRIPTS.some((one) => one.name === name)) chosen(name)
  const {
    failure,
    deaths: places,
    passed,
    restMs,
  } = await playScenario(scriptOf(name), deaths, {
    trace: values.trace ? say : undefined,
  })
  say(`${name}: ${places.length === 0 ? 'nobody dies' : `dies at ${places.join(', then at ')}`}`)
  say(
    `passed ${passed.client} boundaries of the client and ${passed.server} of the log since; at rest after ${restMs} ms`,
  )
  say(failure === undefined ? 'everything in order' : `FAILED: ${failure.stack ?? failure.message}`)
  return failure === undefined
}

async function playAll(): Promise<boolean> {
  const scripts = chosen(values.only)
  const orders = scripts.map(({ name }) => ({ script: name, pairs: values.pairs }))
  let done = 0
  let saidAt = began
  let played = 0
  let failures = 0
  const results = await sweepAll(orders, values.jobs, (result) => {
    done += 1
    played += result.played
    failures += result.failures.length
    tellFailures(result)
    if (performance.now() - saidAt < 10_000) return
    saidAt = performance.now()
    say(`${done} of ${orders.length} scripts, ${played} runs, ${failures} failures, ${seconds()} s`)
  })
  const total = (count: (result: Sweep) => number): number =>
    results.reduce((sum, result) => sum + count(result), 0)
  const points = values.pairs
    ? `${played} pairs of crash points of the client`
    : `${played} crash points (client ${total((one) => one.clientPoints)}, server ${total((one) => one.serverPoints)})`
  const longest = Math.max(0, ...results.map(({ restMs }) => restMs))
  say(`${results.length} scripts, ${points}, ${failures} failures, ${seconds()} s on ${values.jobs} cores`)
  say(
    `${new Set(results.map(({ hash }) => hash)).size} different runs without a crash; at rest within ${longest} ms`,
  )
  return failures === 0
}

function tellFailures({ failures }: Sweep): void {
  for (const failure of failures) {
    const where = failure.at.length === 0 ? '' : ` after a crash at ${failure.at.join(', then at ')}`
    say(`${failure.script}${where}: ${failure.message}`)
    say(`  again, with everything that happens: ${replayLine(failure)}`)
  }
}
