/**
 * What the worlds weigh: in how many of them faults come together that are seldom met alone.
 *
 * A mixture that one world in ten thousand has was never met by ten thousand seeds, whatever the counters say. So
 * its share is counted from the scripts themselves, which can be expanded much faster than played.
 */
import { expand, type Script } from './script.ts'

interface Mixture {
  readonly name: string
  readonly holds: (script: Script, has: (...faults: readonly string[]) => boolean) => boolean
}

const isStored = ({ options }: Script): boolean => options.storage !== 'memory'
const isFolded = ({ options }: Script): boolean => options.folds && options.serverFolds

/** First what is common, then what comes together with it. */
export const MIXTURES: readonly Mixture[] = [
  { name: 'a journal or IndexedDB', holds: isStored },
  { name: 'both ends fold a state', holds: isFolded },
  { name: 'the log steps back (F46 or F55)', holds: (_script, has) => has('F46') || has('F55') },
  {
    name: 'the log steps back, and both ends fold',
    holds: (script, has) => isFolded(script) && (has('F46') || has('F55')),
  },
  { name: 'bit flips at rest (F68)', holds: (script, has) => isStored(script) && has('F68') },
  {
    name: 'a backup restored or a clone alive (F74)',
    holds: (script, has) => isStored(script) && has('F74'),
  },
  { name: 'an origin wiped (F72)', holds: (script, has) => isStored(script) && has('F72') },
  { name: 'F68 and F74', holds: (script, has) => isStored(script) && has('F68', 'F74') },
  { name: 'F68 and F72', holds: (script, has) => isStored(script) && has('F68', 'F72') },
  { name: 'F72 and F74', holds: (script, has) => isStored(script) && has('F72', 'F74') },
  { name: 'F68, F72 and F74', holds: (script, has) => isStored(script) && has('F68', 'F72', 'F74') },
  {
    name: 'F68, F72, F74 and a log that steps back',
    holds: (script, has) => isStored(script) && has('F68', 'F72', 'F74') && (has('F46') || has('F55')),
  },
]

/** @returns how many of the worlds of so many seeds have each mixture, in the order of the list */
export function weigh(first: number, count: number): readonly number[] {
  const met = MIXTURES.map(() => 0)
  for (let seed = first; seed < first + count; seed += 1) {
    const script = expand(seed)
    const faults = new Set(script.acts.map(({ what }) => what))
    const has = (...wanted: readonly string[]): boolean => wanted.every((fault) => faults.has(fault))
    MIXTURES.forEach(({ holds }, place) => {
      if (holds(script, has)) met[place] = (met[place] ?? 0) + 1
    })
  }
  return met
}

/** A row for each mixture: in how many of 10,000 worlds it is met. */
export const weightsTable = (first: number, count: number): string =>
  weigh(first, count)
    .map((met, place) => `| ${MIXTURES[place]?.name ?? ''} | ${((met / count) * 10_000).toFixed(0)} |`)
    .join('\n')
