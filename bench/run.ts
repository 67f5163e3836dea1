/**
 * The benchmarks: `npm run bench [-- --quick]`.
 *
 * Everything is measured side by side in one run and told as ratios, because absolute times belong to the
 * machine that printed them.
 */
import { cpus } from 'node:os'
import { flag, optionsOf } from '../scripts/options.mjs'
import { measureMemory } from './memory.ts'
import { measureRecovery } from './recovery.ts'
import { measureThroughput } from './throughput.ts'
import { table } from './figures.ts'
import { weigh } from './size.ts'

const { quick: isQuick } = optionsOf('npm run bench --', { quick: flag('fewer rounds') })
const rounds = isQuick ? 2 : 7
const count = isQuick ? 10_000 : 40_000

console.log(`Node ${process.version}, ${cpus().length} processors (${cpus()[0]?.model ?? 'unknown'})\n`)

console.log(
  'Processor time per 100-byte message, both ends together; raw = ws with JSON; ours = exactly-once, memory store',
)
const rows = [['', 'raw µs', 'ours µs', 'ratio', 'target', 'raw msg/s', 'ours msg/s']]
for (const pace of ['turn', 'burst'] as const) {
  for (const direction of ['up', 'down'] as const) {
    const { raw, ours, ratio, perSecond } = await measureThroughput(direction, pace, count, rounds)
    const name = `${direction}, ${pace === 'turn' ? 'one a turn' : 'bursts of 64'}`
    rows.push([
      name,
      raw.toFixed(1),
      ours.toFixed(1),
      ratio.toFixed(2),
      pace === 'turn' ? '1.2' : '0.6',
      perSecond.raw.toFixed(0),
      perSecond.ours.toFixed(0),
    ])
  }
}
console.log(`${table(rows)}\n`)

console.log('After the server went: from "it listens again" to the first message')
const recoveries = [['', 'median ms', 'worst ms', 'dials']]
for (const [down, planned] of isQuick
  ? ([[0.5, false]] as const)
  : ([
      [0, false],
      [0.5, false],
      [2, false],
      [10, false],
      [0.5, true],
    ] as const)) {
  const { toFirstMessage, worst, dials } = await measureRecovery(
    down,
    down > 5 ? 3 : isQuick ? 2 : 5,
    planned,
  )
  const name = planned ? 'told to come back after 2 s, down 0.5 s' : `killed, down ${down} s`
  recoveries.push([name, toFirstMessage.toFixed(0), worst.toFixed(0), String(dials)])
}
console.log(`${table(recoveries)}\n`)

const clients = isQuick ? 200 : 1000
console.log(`Memory of an idle client, by ${clients} of them in one process`)
const [raw, ours] = [await measureMemory('raw', clients), await measureMemory('holdfast', clients)]
console.log(
  `${table([
    ['', 'raw kB', 'ours kB', 'ratio'],
    ['resident', raw.rss.toFixed(1), ours.rss.toFixed(1), (ours.rss / raw.rss).toFixed(2)],
    ['heap', raw.heap.toFixed(1), ours.heap.toFixed(1), (ours.heap / raw.heap).toFixed(2)],
  ])}\n`,
)

console.log("Bytes of `import { connect } from 'holdfast'` in a browser bundle, IndexedDB store included")
const { minified, gzipped } = await weigh()
console.log(`${minified} minified, ${gzipped} gzip (target: under 12 kB)`)
process.exit(0)
