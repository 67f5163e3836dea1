/**
 * A connection to IndexedDB that mends itself, in idb-keyval's form.
 *
 * idb-keyval's functions take any `UseStore`. Its own `createStore` gives none of what a session needs: a
 * durability per transaction, a `versionchange` answer (without one, a logout's `deleteDatabase` hangs for
 * as long as we live), a bound on an `open` that never ends, and a second attempt after a connection that
 * died while the phone slept.
 */
import type { UseStore } from 'idb-keyval'
import { HoldfastError, isHoldfastError } from '../base/errors.ts'
import { seconds } from '../base/time.ts'
import type { Browser } from './browser.ts'

const VERSION = 1
const STORE = 'journals'
/** Some engines forget to answer an `open`; everything else answers in milliseconds. */
const OPEN_WITHIN = seconds(5)

export interface Database {
  /** Runs one transaction over the object store. Rejects with a `HoldfastError`. */
  readonly use: UseStore
  /** Lets the connection go. The next `use` makes another. */
  close(): void
}

export function openDatabase(browser: Browser, name: string, durability: 'relaxed' | 'strict'): Database {
  let connection: Promise<IDBDatabase> | undefined
  const connect = (): Promise<IDBDatabase> => {
    if (connection !== undefined) return connection
    const opening = dial(browser, name, () => forget(opening))
    connection = opening
    opening.catch(() => forget(opening))
    return opening
  }
  const forget = (gone: Promise<IDBDatabase> | undefined): void => {
    if (connection === gone) connection = undefined
  }
  const close = (): void => {
    const closing = connection
    connection = undefined
    closing?.then(
      (database) => database.close(),
      () => undefined,
    )
  }
  const begin = (database: IDBDatabase, mode: IDBTransactionMode): IDBObjectStore =>
    database.transaction(STORE, mode, { durability }).objectStore(STORE)
  const beginAnew = async (mode: IDBTransactionMode): Promise<IDBObjectStore> => {
    close()
    return begin(await connect(), mode)
  }
  return {
    close,
    async use(mode, callback) {
      try {
        const database = await connect()
        let store: IDBObjectStore
        try {
          store = begin(database, mode)
        } catch {
          // The connection is closing or dead. Nothing has begun on it, so beginning anew repeats nothing.
          store = await beginAnew(mode)
        }
        return await callback(store)
      } catch (reason) {
        // Whatever it was, the next attempt shall not depend on this connection.
        if (!isHoldfastError(reason)) close()
        throw storeFailure(reason)
      }
    },
  }
}

function dial(browser: Browser, name: string, gone: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = browser.indexedDB.open(name, VERSION)
    let blocked = false
    let late = false
    const alarm = browser.setTimeout(() => {
      late = true
      reject(notInTime(name, blocked))
    }, OPEN_WITHIN)
    request.onblocked = () => (blocked = true)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    request.onerror = () => {
      browser.clearTimeout(alarm)
      reject(request.error ?? new Error('IndexedDB gave no reason'))
    }
    request.onsuccess = () => {
      browser.clearTimeout(alarm)
      const database = request.result
      if (late) return database.close()
      database.onclose = gone
      // Another tab wants to upgrade or delete the database. It must not have to wait for us.
      database.onversionchange = () => {
        gone()
        database.close()
      }
      if (database.objectStoreNames.contains(STORE)) return resolve(database)
      database.close()
      reject(foreign(name))
    }
  })
}

/** What happened, in our words; our own errors pass as they are. */
export function storeFailure(reason: unknown): HoldfastError {
  if (isHoldfastError(reason)) return reason
  const name = reason instanceof Error || reason instanceof DOMException ? reason.name : 'unknown'
  if (name === 'VersionError') {
    return new HoldfastError('store-newer', 'The database was made by a newer version of this library.', {
      cause: reason,
      hint: 'Load the newer version of the application; the database was left as it is.',
    })
  }
  const quota = name === 'QuotaExceededError'
  return new HoldfastError('store-failed', `IndexedDB failed: ${name}.`, {
    cause: reason,
    hint: quota
      ? 'The quota of this origin is used up: free space, or ask for more with `navigator.storage.persist()`.'
      : 'Private windows, forbidden cookies and full disks do this; pass `memoryStore()` to do without.',
    facts: { reason: name, quota },
  })
}

function notInTime(name: string, blocked: boolean): HoldfastError<'store-failed'> {
  return new HoldfastError('store-failed', `The database ${JSON.stringify(name)} did not open in time.`, {
    hint: blocked ? 'Close the other tabs of this site.' : 'Reload the page.',
    facts: { reason: blocked ? 'blocked' : 'timeout', milliseconds: OPEN_WITHIN },
  })
}

function foreign(name: string): HoldfastError<'store-failed'> {
  return new HoldfastError(
    'store-failed',
    `The database ${JSON.stringify(name)} belongs to something else.`,
    {
      hint: 'Pass another name as the option `database`.',
      facts: { reason: 'foreign-database' },
    },
  )
}
