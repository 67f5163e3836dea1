import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { journalStore, journalStoreWith } from '../../src/adapters/journal-store.ts'
import { sessionStoreContract, type StoreFixture } from '../../src/testing/session-store-contract.ts'

async function make(): Promise<StoreFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-journal-'))
  const lockless = journalStoreWith(async () => ({ release: async () => undefined }), directory)
  return {
    store: journalStore(directory),
    other: journalStore(directory, { durability: 'process' }),
    rob: (name) => lockless.open(name, { blocked: () => undefined, signal: new AbortController().signal }),
    dispose: () => rm(directory, { recursive: true }),
  }
}

describe('[ST-1] the journal store keeps the contract', () => {
  for (const { name, run } of sessionStoreContract(make, { canBeRobbed: true })) test(name, run)
})

test('[ST-22] a durability that there is not is refused when the store is made', () => {
  for (const durability of ['foo', 3, null])
    expect(() => journalStore('/nowhere', { durability: durability as 'disk' })).toThrow(/durability/)
})

test.each<readonly [string, unknown, unknown]>([
  ['directory', '', {}],
  ['directory', 5, {}],
  ['directory', null, {}],
  ['options', '/nowhere', null],
  ['options', '/nowhere', 'disk'],
])('[ST-22] a senseless `%s` is refused when the store is made (case %#)', (name, directory, options) => {
  const make = () => journalStore(directory as string, options as object)
  expect(make).toThrow(`\`${name}\``)
  expect(make).toThrow(expect.objectContaining({ code: 'invalid-option' }) as Error)
})
