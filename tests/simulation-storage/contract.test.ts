/**
 * The real stores over simulated storage keep the contract of stores: the ground is no worse than the real.
 */
import { describe, test } from 'vitest'
import { sessionStoreContract, type StoreFixture } from '../../src/testing/session-store-contract.ts'
import { chance } from '../../src/testing/virtual/chance.ts'
import { Timeline } from '../../src/testing/virtual/timeline.ts'
import { createStorage } from '../simulation/storage/storage.ts'
import { GROUNDS } from './grounds.ts'
import { inTime } from './in-time.ts'

describe.each(GROUNDS)('$kind $durability', (ground) => {
  // A fixture is made as its case begins, so each case has a timeline of its own to pass.
  let timeline = new Timeline()
  const make = (): StoreFixture => {
    const storage = createStorage({ ...ground, timeline, chance: chance(1), landed: () => undefined })
    return { store: storage.open().store, other: storage.open().store }
  }
  for (const { name, run } of sessionStoreContract(make))
    test(name, async () => {
      timeline = new Timeline()
      await inTime(timeline, run)
    })
})
