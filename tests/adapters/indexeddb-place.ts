/**
 * A database for one test, and a look into it that no store would take.
 */
import { indexedDBStore } from '../../src/adapters/indexeddb-store.ts'
import type { SessionStore } from '../../src/ports/session-store.ts'

let databases = 0

export function freshName(): string {
  databases += 1
  return `database ${databases}`
}

export function freshStore(): { readonly store: SessionStore; readonly database: string } {
  const database = freshName()
  return { store: indexedDBStore({ database }), database }
}

/** What the database holds, as nobody's store would look at it. */
export async function raw<T>(database: string, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opened = await settled(indexedDB.open(database))
  const result = await settled(work(opened.transaction('journals', 'readwrite').objectStore('journals')))
  opened.close()
  return result
}

export function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('no reason'))
  })
}
