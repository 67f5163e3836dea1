import 'fake-indexeddb/auto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { indexedDBStore } from '../../src/adapters/indexeddb-store.ts'
import type { Journal, SessionStore } from '../../src/ports/session-store.ts'
import { sessionStoreContract, type StoreFixture } from '../../src/testing/session-store-contract.ts'
import { contentsOf, openFree, openHeld, rejects, write } from '../../src/testing/store-contract-steps.ts'
import { fakeLocks } from './fake-locks.ts'
import { freshName, freshStore, raw, settled } from './indexeddb-place.ts'
import { reasonOf } from './reason-of.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('[ST-1] the IndexedDB store keeps the contract where there are Web Locks', () => {
  const make = (): StoreFixture => {
    vi.stubGlobal('navigator', fakeLocks())
    const database = freshName()
    return {
      store: indexedDBStore({ database }),
      other: indexedDBStore({ database, durability: 'strict' }),
      rob: (name) => {
        // A tab for which there are no locks, as another partition of an old browser.
        vi.stubGlobal('navigator', {})
        return openQuietly(indexedDBStore({ database }), name)
      },
    }
  }
  for (const { name, run } of sessionStoreContract(make, { canBeRobbed: true })) test(name, run)
})

describe('[ST-1] the IndexedDB store keeps the contract where there are no Web Locks', () => {
  const make = (): StoreFixture => {
    vi.stubGlobal('navigator', {})
    const { store } = freshStore()
    return { store, rob: (name) => openQuietly(store, name) }
  }
  for (const { name, run } of sessionStoreContract(make, { waits: false, canBeRobbed: true })) test(name, run)
})

async function openQuietly(store: SessionStore, name: string): Promise<Journal> {
  return store.open(name, { blocked: () => undefined, signal: new AbortController().signal })
}

describe('[ST-5] a commit is one transaction', () => {
  test('[ST-5] whatever its size, it reads the holder and writes one value', async () => {
    const { store } = freshStore()
    const [journal] = await openFree(store, 'a')
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
    const add = vi.spyOn(IDBObjectStore.prototype, 'add')
    await journal.commit({ records: Array.from({ length: 500 }, (_, index) => `${index}`) })
    expect(transaction).toHaveBeenCalledTimes(1)
    expect(add).toHaveBeenCalledTimes(1)
  })

  test('[ST-5] F62 a transaction that aborts after its puts succeeded is a failed commit', async () => {
    const { store } = freshStore()
    const [journal] = await openFree(store, 'a')
    await journal.commit({ records: ['1'] })
    const add = IDBObjectStore.prototype.add
    vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementationOnce(function (
      this: IDBObjectStore,
      value,
      key,
    ) {
      const request = add.call(this, value, key)
      request.onsuccess = () => this.transaction.abort()
      return request
    })
    await rejects(journal.commit({ records: ['2'] }), 'store-failed')
    expect(await journal.reopen()).toMatchObject({ records: ['1'] })
    await journal.commit({ records: ['3'] })
    expect(await journal.reopen()).toMatchObject({ records: ['1', '3'] })
  })

  test('[ST-5] old records are deleted by the snapshot that stands for them', async () => {
    const { store, database } = freshStore()
    const [journal] = await openFree(store, 'a')
    for (const record of ['1', '2', '3']) await journal.commit({ records: [record] })
    await journal.commit({ records: ['4'], snapshot: 'S' })
    expect(await raw(database, (all) => all.count())).toBe(2)
  })

  test.each(['fast', 'disk', 3, null])(
    '[ST-22] %s for a durability is refused when the store is made',
    (durability) => {
      const make = () => indexedDBStore({ durability: durability as 'strict' })
      expect(make).toThrow(/`durability`/)
      expect(make).toThrow(expect.objectContaining({ code: 'invalid-option' }) as Error)
    },
  )

  test.each<readonly [string, unknown]>([
    ['options', null],
    ['options', 5],
    ['database', { database: '' }],
    ['database', { database: 5 }],
  ])('[ST-22] a senseless `%s` is refused when the store is made (case %#)', (name, options) => {
    const make = () => indexedDBStore(options as object)
    expect(make).toThrow(`\`${name}\``)
    expect(make).toThrow(expect.objectContaining({ code: 'invalid-option' }) as Error)
  })

  test.each([
    ['relaxed', 'process'],
    ['strict', 'disk'],
  ] as const)(
    '[ST-5] %s transactions are asked for, and said to be durable beyond the %s',
    async (asked, said) => {
      const store = indexedDBStore({ database: freshName(), durability: asked })
      const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
      await openFree(store, 'a')
      expect(transaction).toHaveBeenLastCalledWith('journals', 'readwrite', { durability: asked })
      expect(store.durability).toBe(said)
    },
  )
})

describe('[ST-7] one tab holds a session', () => {
  test('[ST-7] a stolen lock is heard of at once', async () => {
    const { locks, steal } = fakeLocks()
    vi.stubGlobal('navigator', { locks })
    const { store, database } = freshStore()
    const [journal] = await openFree(store, 'a')
    steal(`holdfast:${database}:a`)
    await journal.lost
    await rejects(journal.commit({ records: ['1'] }), 'store-fenced')
  })

  test('[ST-7] a lock that is stolen while the database is opened leaves the session to the thief', async () => {
    const { locks, steal } = fakeLocks()
    vi.stubGlobal('navigator', { locks })
    const { store, database } = freshStore()
    await write(store, 'a', ['1'])
    let open = (): void => undefined
    const isOpen = new Promise<void>((resolve) => (open = resolve))
    const real = IDBFactory.prototype.open.bind(indexedDB)
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementationOnce((...about) => {
      const request = {} as IDBOpenDBRequest
      void isOpen.then(() => {
        const late = real(...about)
        late.onsuccess = (event) => {
          Object.assign(request, { result: late.result })
          request.onsuccess?.call(request, event)
        }
      })
      return request
    })
    const robbed = openHeld(store, 'a').journal
    robbed.catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 10))
    steal(`holdfast:${database}:a`)
    vi.stubGlobal('navigator', {})
    const [thief] = await openFree(store, 'a')
    open()
    await rejects(robbed, 'store-fenced')
    await thief.commit({ records: ['2'] })
  })

  test('[ST-7] locks that are denied are done without', async () => {
    const request = () => Promise.reject(new DOMException('opaque origin', 'SecurityError'))
    vi.stubGlobal('navigator', { locks: { request } })
    const { store } = freshStore()
    await write(store, 'a', ['1'])
    expect(await contentsOf(store, 'a')).toMatchObject({ records: ['1'] })
  })

  test('[ST-7] a store that cannot be opened lets the lock go', async () => {
    vi.stubGlobal('navigator', fakeLocks())
    const { store } = freshStore()
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementationOnce(() => {
      throw new DOMException('no', 'UnknownError')
    })
    await rejects(openHeld(store, 'a').journal, 'store-failed')
    await write(store, 'a', ['1'])
  })
})

describe('[ST-8] what cannot be ours is set aside', () => {
  const garbage: readonly (readonly [string, IDBValidKey, unknown])[] = [
    ['records of another type', ['a', 'records', 1], { records: ['1'] }],
    ['records that are not texts', ['a', 'records', 1], ['1', 2]],
    ['a commit missing from the middle', ['a', 'records', 9], ['9']],
    ['a commit of a number that is none', ['a', 'records', 0.5], ['x']],
    ['a snapshot of another type', ['a', 'snapshot'], 'S'],
    ['C44 a snapshot and records that both claim the same place', ['a', 'snapshot'], [0, 'S']],
    ['a key that we never wrote', ['a', 'somebody', 'else'], 1],
    ['a key of dates', ['a', new Date(0)], 1],
  ]
  test.each(garbage)('[ST-8] C41 %s', async (_, key, value) => {
    const { store, database } = freshStore()
    await write(store, 'a', ['0'])
    await write(store, 'b', ['neighbour'])
    await raw(database, (all) => all.put(value, key))
    const [journal, found] = await openFree(store, 'a')
    expect(found).toMatchObject({ snapshot: undefined, records: [], trouble: { code: 'store-corrupt' } })
    await journal.commit({ records: ['new'] })
    await journal.close()
    expect(await contentsOf(store, 'a')).toEqual({ snapshot: undefined, records: ['new'] })
    expect(await contentsOf(store, 'b')).toEqual({ snapshot: undefined, records: ['neighbour'] })
    const keys = await raw(database, (all) => all.getAllKeys())
    const aside = keys.filter((one) => typeof one === 'string' && one.startsWith('quarantine:a:'))
    expect(aside).toHaveLength(1)
    const kept = await raw(database, (all) => all.get(aside[0]!) as IDBRequest<unknown>)
    expect(JSON.stringify(kept)).toContain(JSON.stringify(value))
  })

  test('[ST-8] C41 a database of another application is refused and left as it is', async () => {
    const { store, database } = freshStore()
    const request = indexedDB.open(database, 1)
    request.onupgradeneeded = () => request.result.createObjectStore('theirs')
    ;(await settled(request)).close()
    expect(await reasonOf(openFree(store, 'a'))).toMatchObject({
      code: 'store-failed',
      facts: { reason: 'foreign-database' },
    })
    expect([...(await settled(indexedDB.open(database))).objectStoreNames]).toEqual(['theirs'])
  })
})
