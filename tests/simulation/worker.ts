/** Plays the slices of seeds that its parent sends, and answers each with what it saw. */
import { runSeed } from './run.ts'
import { expand } from './script.ts'
import { runScript } from './run.ts'
import { emptyTally, type Tally, tallied } from './tally.ts'
import type { Scale } from './options.ts'

/** Seeds from `first` on; each twice, to see whether it is the same run. */
export interface Slice {
  readonly first: number
  readonly count: number
  readonly twice: boolean
  readonly scale: Scale | undefined
}

export async function playSlice({ first, count, twice, scale }: Slice): Promise<Tally> {
  const tally = emptyTally()
  for (let seed = first; seed < first + count; seed += 1) {
    const run = () => (scale === undefined ? runSeed(seed) : runScript(expand(seed, scale)))
    const { hash } = await tallied(tally, seed, run)
    if (!twice) continue
    tally.laws['I30'] = (tally.laws['I30'] ?? 0) + 1
    const again = await run()
    if (again.hash !== hash) tally.failures.push({ seed, message: 'I30: the same seed played another run' })
  }
  return tally
}

process.on('message', (slice: Slice) => {
  playSlice(slice).then(
    (tally) => process.send?.(tally),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
