/** The program of the page in which the store's contract is run: every case on a database of its own. */
import { indexedDBStore } from 'holdfast'
import { sessionStoreContract, type StoreFixture } from '../../../src/testing/session-store-contract.ts'
import type { Letter } from './words.ts'

declare global {
  var contract: Readonly<Record<Durability, Readonly<Record<string, () => Promise<void>>>>>
}

type Durability = 'relaxed' | 'strict'

let databases = 0

function fixture(durability: Durability): StoreFixture {
  databases += 1
  const database = `contract-${databases}`
  const store = indexedDBStore({ database, durability })
  return {
    store,
    other: indexedDBStore({ database, durability }),
    async rob(name) {
      // As another tab does it that does not want to wait: the lock goes first, the session after it.
      await navigator.locks.request(`holdfast:${database}:${name}`, { steal: true }, () => undefined)
      return store.open(name, { blocked: () => undefined, signal: new AbortController().signal })
    },
    dispose: () =>
      new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase(database)
        request.onsuccess = () => resolve()
        request.onerror = () => reject(request.error ?? new Error('not deleted'))
      }),
  }
}

function cases(durability: Durability): Record<string, () => Promise<void>> {
  const all = sessionStoreContract(() => fixture(durability), { canBeRobbed: true })
  return Object.fromEntries(all.map(({ name, run }) => [name, run]))
}

globalThis.contract = { relaxed: cases('relaxed'), strict: cases('strict') }
tell(JSON.stringify({ life: '', number: 1, told: { kind: 'ready', at: Date.now() } } satisfies Letter))
