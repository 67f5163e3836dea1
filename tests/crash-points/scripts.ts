/**
 * All scenario scripts: each shape under circumstances in which other things can go wrong.
 */
import type { Circumstances, Scenario } from './scenario.ts'
import { SHAPES } from './shapes.ts'

const PLAIN: Circumstances = {
  latencyMs: [4, 4],
  clientFolds: false,
  serverFolds: false,
  window: 64,
  clientTakesMs: 0,
  serverTakesMs: 0,
  storeTakesMs: 0,
  logTakesMs: 0,
  throwsEvery: 0,
  answers: false,
}

export const CIRCUMSTANCES: Readonly<Record<string, Circumstances>> = {
  plain: PLAIN,
  folded: { ...PLAIN, clientFolds: true, serverFolds: true },
  narrow: { ...PLAIN, clientFolds: true, window: 4, latencyMs: [11, 11], serverTakesMs: 9, logTakesMs: 3 },
  // A store and a log that take longer than a message: much happens between what is asked and its effect.
  heavy: { ...PLAIN, clientFolds: true, storeTakesMs: 13, logTakesMs: 17, latencyMs: [3, 3], answers: true },
  // An application that takes longer than its store.
  slow: {
    ...PLAIN,
    clientFolds: true,
    serverFolds: true,
    latencyMs: [2, 30],
    clientTakesMs: 25,
    storeTakesMs: 6,
    throwsEvery: 3,
  },
}

/** What a shape needs in all circumstances: there is no second frame of a replay that fits into the first. */
const NEEDS: Readonly<Record<string, Partial<Circumstances>>> = { 's1-cut-late-in-replay': { window: 2 } }

export const SCRIPTS: readonly Scenario[] = Object.entries(SHAPES).flatMap(([shape, steps]) =>
  Object.entries(CIRCUMSTANCES).map(([name, circumstances]) => ({
    name: `${shape}.${name}`,
    steps,
    ...circumstances,
    ...NEEDS[shape],
  })),
)

/** Short ones, of which all pairs can be played. */
const PAIRED_SHAPES = [
  'first-words',
  'short-reset',
  'short-kill',
  'short-leave',
  'short-restart',
  'short-loss',
  'short-drain',
  'short-deploy',
  'short-unsure',
  's2-short',
] as const
const PAIRED_CIRCUMSTANCES = ['folded', 'heavy'] as const

export const PAIRED: readonly Scenario[] = PAIRED_SHAPES.flatMap((shape) =>
  PAIRED_CIRCUMSTANCES.map((circumstance) => scriptOf(`${shape}.${circumstance}`)),
)

export function scriptOf(name: string): Scenario {
  const found = SCRIPTS.find((script) => script.name === name)
  if (found === undefined) throw new RangeError(`there is no script ${name}`)
  return found
}
