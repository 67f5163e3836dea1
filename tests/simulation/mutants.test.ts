/**
 * A few defects out of the catalogue, other ones for each commit: the simulation must find each in worlds that follow
 * from the commit, too, and not only in those that were at hand when the defect was thought of.
 */
import { expect, test } from 'vitest'
import { chance } from '../../src/testing/virtual/chance.ts'
import { CANARY, CATALOGUE } from '../mutants/catalogue.ts'
import { Hunt } from '../mutants/hunt.ts'
import { MISSED } from '../mutants/missed.ts'
import { sampleOf } from '../mutants/sample.ts'
import { startHere } from './starts.ts'

/** No assertion about time: only a mutant that hangs would ever meet it. */
const LIMIT_MS = 60_000
/** As many seeds as the one that is hardest to find takes, many times over. */
const LIVES = 5000
const SAMPLE = 5

const { start, source } = startHere(LIVES)

const sample = sampleOf(
  CATALOGUE.filter((mutant) => !(mutant.name in MISSED) && mutant !== CANARY),
  SAMPLE,
  chance(start).stream('mutants'),
)

console.log(`mutants are hunted from seed ${start} on, ${source}`)

test.each(sample)(
  'the simulation finds $name in worlds that nobody chose',
  async (mutant) => {
    const hunt = new Hunt(LIMIT_MS)
    try {
      const { seed, seeds, spoiled } = await hunt.hunt(mutant, { first: start, count: LIVES })
      console.log(`${mutant.name} is found by seed ${seed ?? 'none'}, the ${seeds}th`)
      expect(spoiled).toEqual([])
      expect(seed, mutant.about).toBeDefined()
    } finally {
      await hunt.close()
    }
  },
  900_000,
)
