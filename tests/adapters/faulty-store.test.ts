import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/adapters/memory-store.ts'
import { faultyStore, type StoreFault } from '../../src/testing/faulty-store.ts'
import { sessionStoreContract } from '../../src/testing/session-store-contract.ts'
import { contentsOf, openFree, rejects } from '../../src/testing/store-contract-steps.ts'

describe('[ST-1] a faulty store without faults keeps the contract', () => {
  const make = () => ({ store: faultyStore(memoryStore(), () => undefined, { unsynced: 3 }) })
  for (const { name, run } of sessionStoreContract(make)) test(name, run)
})

/** Fails the commits that the list says, counted from 0. */
function failing(faults: Readonly<Record<number, StoreFault>>) {
  let commits = 0
  return ({ type }: { readonly type: string }) => (type === 'commit' ? faults[commits++] : undefined)
}

test('[ST-4] a refused commit has not landed, one whose answer was lost has', async () => {
  const store = faultyStore(memoryStore(), failing({ 0: { kind: 'refused' }, 1: { kind: 'answer-lost' } }))
  const [journal] = await openFree(store, 'a')
  await rejects(journal.commit({ records: ['1'] }), 'store-failed')
  expect(await journal.reopen()).toMatchObject({ records: [] })
  await rejects(journal.commit({ records: ['2'] }), 'store-failed')
  expect(await journal.reopen()).toMatchObject({ records: ['2'] })
})

test('[ST-4] after a failed commit nothing is taken until the journal was reopened', async () => {
  const store = faultyStore(memoryStore(), failing({ 0: { kind: 'refused' } }))
  const [journal] = await openFree(store, 'a')
  await rejects(journal.commit({ records: ['1'] }), 'store-failed')
  await rejects(journal.commit({ records: ['2'] }), 'store-failed')
  await journal.reopen()
  await journal.commit({ records: ['3'] })
  expect(await journal.reopen()).toMatchObject({ records: ['3'] })
})

test('[ST-4] a slow commit lands when its time has come', async () => {
  let end = (): void => undefined
  const until = new Promise<void>((resolve) => (end = resolve))
  const inner = memoryStore()
  const [journal] = await openFree(faultyStore(inner, failing({ 0: { kind: 'slow', until } })), 'a')
  let done = false
  const commit = journal.commit({ records: ['1'] }).then(() => (done = true))
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve()
  expect(done).toBe(false)
  end()
  await commit
  expect(await journal.reopen()).toMatchObject({ records: ['1'] })
})

test('[ST-4] a crash lets go of every journal, takes back the last commits, and answers nothing more', async () => {
  const store = faultyStore(memoryStore(), () => undefined, { unsynced: 2 })
  const [journal] = await openFree(store, 'a')
  for (const record of ['1', '2', '3', '4']) await journal.commit({ records: [record] })
  await store.crash(1)
  let answered = false
  void journal.commit({ records: ['5'] }).finally(() => (answered = true))
  expect(await contentsOf(store, 'a')).toMatchObject({ records: ['1', '2', '3'] })
  expect(answered).toBe(false)
})

test('[ST-4] a crash takes back no more than was unsynced', async () => {
  const store = faultyStore(memoryStore(), () => undefined, { unsynced: 1 })
  const [journal] = await openFree(store, 'a')
  for (const record of ['1', '2', '3']) await journal.commit({ records: [record] })
  await store.crash(3)
  expect(await contentsOf(store, 'a')).toMatchObject({ records: ['1', '2'] })
})
