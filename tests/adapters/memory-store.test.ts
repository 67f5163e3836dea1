import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/adapters/memory-store.ts'
import { sessionStoreContract } from '../../src/testing/session-store-contract.ts'
import { contentsOf, openFree } from '../../src/testing/store-contract-steps.ts'

describe('[ST-1] the memory store keeps the contract', () => {
  for (const { name, run } of sessionStoreContract(() => ({ store: memoryStore() }))) test(name, run)
})

test('[ST-2] a memory commit is done after one microtask, whatever is stored', async () => {
  const [journal] = await openFree(memoryStore(), 'a')
  for (let count = 0; count < 10_000; count += 1) {
    let done = false
    void journal.commit({ records: ['x'] }).then(() => (done = true))
    await Promise.resolve()
    expect(done).toBe(true)
  }
})

test('[ST-3] what lives in a memory store lives as long as the store object', async () => {
  const store = memoryStore()
  const [journal] = await openFree(store, 'a')
  await journal.commit({ records: ['1'] })
  await journal.close()
  expect(await contentsOf(store, 'a')).toMatchObject({ records: ['1'] })
  expect(await contentsOf(memoryStore(), 'a')).toMatchObject({ records: [] })
})
