/**
 * A few defects out of the catalogue, other ones for each commit: the simulation must find each in worlds that follow
 * from the commit, too, and not only in those that were at hand when the defect was thought of.
 */
import { expect, test } from 'vitest'
import { chance } from '../../src/testing/virtual/chance.ts'
import { CANARY, CATALOGUE } from '../mutants/catalogue.ts'
import { Hunt, isElsewhere } from '../mutants/hunt.ts'
import { MISSED } from '../mutants/missed.ts'
import { sampleOf } from '../mutants/sample.ts'
import { startHere } from './starts.ts'

/** No assertion about time: only a mutant that hangs would ever meet it. */
const LIMIT_MS = 60_000
/** Many times as many seeds as all but a few mutants take: half of them take three. */
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
      const { seed, law, seeds, spoiled } = await hunt.hunt(mutant, { first: start, count: LIVES })
      // One in three is found by another law first: which comes first depends on the world.
      const by = isElsewhere(mutant, law) ? `not by ${mutant.expects}` : `by ${mutant.expects}`
      console.log(`${mutant.name} is found by seed ${seed ?? 'none'}, the ${seeds}th, ${by}`)
      expect(spoiled).toEqual([])
      expect(seed, mutant.about).toBeDefined()
    } finally {
      await hunt.close()
    }
  },
  900_000,
)
