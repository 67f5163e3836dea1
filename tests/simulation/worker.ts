/** Plays the slices of seeds that its parent sends, and answers each with what it saw. */
import { runScript } from './run.ts'
import { expand } from './script.ts'
import { emptyTally, type Tally, tallied } from './tally.ts'
import type { Scale } from './options.ts'

/** Seeds from `first` on; perhaps each once more, and once more by another wall clock, to see whether it is the same run. */
export interface Slice {
  readonly first: number
  readonly count: number
  readonly twice: boolean
  readonly scale: Scale | undefined
}

// A simulated world makes errors by the thousand, and nobody reads their stacks here: a failure is played again.
Error.stackTraceLimit = 0
// The last resort of a client whose application throws at everything; here it is meant to.
console.error = () => undefined

const TEN_YEARS = 10 * 365 * 24 * 3_600_000

export async function playSlice({ first, count, twice, scale }: Slice): Promise<Tally> {
  const tally = emptyTally()
  for (let seed = first; seed < first + count; seed += 1) {
    const script = expand(seed, scale)
    const { hash } = await tallied(tally, seed, () => runScript(script))
    if (!twice) continue
    const compare = async (law: 'I26' | 'I30', broken: string, wallShift?: number): Promise<void> => {
      tally.laws[law] = (tally.laws[law] ?? 0) + 1
      const again = await runScript(script, undefined, wallShift)
      if (again.hash !== hash) tally.failures.push({ seed, message: `${law}: ${broken}` })
    }
    await compare('I30', 'the same seed played another run')
    await compare('I26', 'the same seed played another run by another wall clock', TEN_YEARS)
  }
  return tally
}

// Whoever asked is gone, and nobody else wants to know.
process.on('disconnect', () => process.exit())
process.on('message', (slice: Slice) => {
  playSlice(slice).then(
    (tally) => process.send?.(tally),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
      process.exit(1)
    },
  )
})
