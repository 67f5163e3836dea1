/**
 * What a commit over simulated storage costs the processor, kind by kind.
 *
 *     node scripts/run-ts.mjs tests/simulation-storage/cost.ts
 */
import { chance } from '../../src/testing/virtual/chance.ts'
import { Timeline } from '../../src/testing/virtual/timeline.ts'
import { createStorage } from '../simulation/storage/storage.ts'
import { GROUNDS } from './grounds.ts'
import { inTime } from './in-time.ts'

const COMMITS = 5000
const SNAPSHOT_EVERY = 50
const RECORD = 'x'.repeat(100)

for (const ground of GROUNDS) {
  const timeline = new Timeline()
  const storage = createStorage({ ...ground, timeline, chance: chance(1), landed: () => undefined })
  await inTime(timeline, async () => {
    const signal = new AbortController().signal
    const journal = await storage.open().store.open('a', { blocked: () => undefined, signal })
    await journal.read()
    const virtual = timeline.now
    const start = process.cpuUsage()
    for (let count = 1; count <= COMMITS; count += 1)
      await journal.commit({
        records: [RECORD],
        ...(count % SNAPSHOT_EVERY === 0 && { snapshot: RECORD.repeat(10) }),
      })
    const { user, system } = process.cpuUsage(start)
    const cost = (user + system) / COMMITS
    const passed = (timeline.now - virtual) / COMMITS
    const name = `${ground.kind} ${ground.durability ?? ''}`.padEnd(20)
    process.stdout.write(
      `${name} ${cost.toFixed(0).padStart(4)} µs a commit, ${passed.toFixed(2)} ms virtual\n`,
    )
  })
}
