import 'fake-indexeddb/auto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { hasIndexedDB, indexedDBStore } from '../../src/adapters/indexeddb-store.ts'
import { openFree, rejects, write } from '../../src/testing/store-contract-steps.ts'
import { freshStore, settled } from './indexeddb-place.ts'
import { reasonOf } from './reason-of.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('[ST-6] what IndexedDB does to us is told or mended', () => {
  test('[ST-6] F61 a full quota is told as such', async () => {
    const { store } = freshStore()
    const [journal] = await openFree(store, 'a')
    vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementationOnce(() => {
      throw new DOMException('full', 'QuotaExceededError')
    })
    const reason = await reasonOf(journal.commit({ records: ['1'] }))
    expect(reason).toMatchObject({ code: 'store-failed', facts: { quota: true } })
    expect((reason as Error).message).toContain('quota')
  })

  test('[ST-6] F63 a connection that died is replaced before anything is written', async () => {
    const { store } = freshStore()
    const [journal] = await openFree(store, 'a')
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(() => {
      throw new DOMException('The database connection is closing.', 'InvalidStateError')
    })
    await journal.commit({ records: ['1'] })
    expect(await journal.reopen()).toMatchObject({ records: ['1'] })
  })

  test('[ST-6] F63 a connection lost in a transaction fails the commit, and reopening reads what is there', async () => {
    const { store } = freshStore()
    const [journal] = await openFree(store, 'a')
    await journal.commit({ records: ['1'] })
    vi.spyOn(IDBObjectStore.prototype, 'get').mockImplementationOnce(() => {
      throw new DOMException('Connection to Indexed Database server lost', 'UnknownError')
    })
    await rejects(journal.commit({ records: ['2'] }), 'store-failed')
    expect(await journal.reopen()).toMatchObject({ records: ['1'] })
  })

  test('[ST-6] F64 a database of a newer version is left alone', async () => {
    const { store, database } = freshStore()
    const newer = indexedDB.open(database, 7)
    const opened = await settled(newer)
    opened.close()
    expect(await reasonOf(openFree(store, 'a'))).toMatchObject({ code: 'store-newer' })
    expect((await settled(indexedDB.open(database))).version).toBe(7)
  })

  test('[ST-6] F64 an open that never answers is given up after five seconds', async () => {
    const { store } = freshStore()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    vi.spyOn(IDBFactory.prototype, 'open').mockReturnValueOnce({} as IDBOpenDBRequest)
    const opening = reasonOf(openFree(store, 'a'))
    await vi.advanceTimersByTimeAsync(5000)
    expect(await opening).toMatchObject({ code: 'store-failed', facts: { reason: 'timeout' } })
    vi.useRealTimers()
    await write(store, 'a', ['1'])
  })

  test('[ST-6] F64 an open that another tab blocks says so, and its late answer is closed', async () => {
    const { store } = freshStore()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const close = vi.fn()
    const request = { result: { close } } as unknown as IDBOpenDBRequest
    vi.spyOn(IDBFactory.prototype, 'open').mockReturnValueOnce(request)
    const opening = reasonOf(openFree(store, 'a'))
    await vi.advanceTimersByTimeAsync(1)
    request.onblocked?.call(request, new Event('blocked') as IDBVersionChangeEvent)
    await vi.advanceTimersByTimeAsync(5000)
    expect(await opening).toMatchObject({ code: 'store-failed', facts: { reason: 'blocked' } })
    request.onsuccess?.call(request, new Event('success'))
    expect(close).toHaveBeenCalledTimes(1)
  })

  test('[ST-6] F72 deleting the database is not blocked by us; the next commit says so, reopening starts anew', async () => {
    const { store, database } = freshStore()
    const [journal] = await openFree(store, 'a')
    await journal.commit({ records: ['1'] })
    const deletion = indexedDB.deleteDatabase(database)
    const blocked = vi.fn()
    deletion.onblocked = blocked
    await settled(deletion)
    expect(blocked).not.toHaveBeenCalled()
    expect(await reasonOf(journal.commit({ records: ['2'] }))).toMatchObject({
      code: 'store-failed',
      facts: { kind: 'wiped' },
    })
    expect(await journal.reopen()).toMatchObject({ records: [], trouble: { facts: { kind: 'wiped' } } })
    await journal.commit({ records: ['3'] })
    expect(await journal.reopen()).toEqual({ snapshot: undefined, records: ['3'] })
  })

  test('[ST-6] no IndexedDB, or one that may not even be looked at, is an answer and not a crash', async () => {
    expect(hasIndexedDB()).toBe(true)
    vi.stubGlobal('indexedDB', undefined)
    expect(hasIndexedDB()).toBe(false)
    await rejects(openFree(indexedDBStore(), 'a'), 'store-failed')
    const before = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB')
    Object.defineProperty(globalThis, 'indexedDB', {
      configurable: true,
      get: () => {
        throw new DOMException('forbidden', 'SecurityError')
      },
    })
    expect(hasIndexedDB()).toBe(false)
    await rejects(openFree(indexedDBStore(), 'a'), 'store-failed')
    Object.defineProperty(globalThis, 'indexedDB', before ?? {})
  })
})
