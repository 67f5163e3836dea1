/**
 * What is done inside a transaction. It lives only until we next wait for something else, so nothing here does.
 */
import { promisifyRequest } from 'idb-keyval'
import type { Commit } from '../ports/session-store.ts'
import type { Browser } from './browser.ts'
import {
  holderKey,
  interpret,
  isKey,
  recordsKey,
  sessionRange,
  snapshotKey,
  type Findings,
} from './indexeddb-contents.ts'

export interface Owner {
  readonly browser: Browser
  readonly name: string
  /** Our word in the database. While it stands there, the session is ours. */
  readonly holder: string
}

/** @returns the word that stands in the database; `work` was done only if it is ours. */
export async function guarded(
  store: IDBObjectStore,
  { name, holder }: Owner,
  work: (store: IDBObjectStore) => void,
): Promise<unknown> {
  const { transaction } = store
  const done = finished(transaction)
  let failure: Error | undefined
  const request: IDBRequest<unknown> = store.get(holderKey(name))
  request.onsuccess = () => {
    try {
      if (request.result === holder) work(store)
    } catch (reason) {
      failure = reason as Error
      try {
        transaction.abort()
      } catch {
        // It has committed already, as engines under pressure do: without the work, which then has failed.
      }
    }
  }
  await done.catch((reason: unknown) => (failure ??= reason as Error))
  if (failure !== undefined) throw failure
  return request.result
}

/** Resolves when the transaction is complete, and rejects with the reason if it is aborted. */
export function finished(transaction: IDBTransaction): Promise<void> {
  const done = promisifyRequest(transaction)
  // An error bubbles up before the transaction knows its reason; the abort that follows brings it.
  transaction.onerror = null
  return done
}

/** All records of the commit are one value, so that its cost does not grow with their number. */
export function put(
  store: IDBObjectStore,
  { browser, name }: Owner,
  number: number,
  { records, snapshot }: Commit,
): void {
  if (snapshot === undefined) {
    // `add` refuses a number that is taken: what a failed commit may have written is never written over.
    store.add([...records], recordsKey(name, number))
    return
  }
  store.put([number, snapshot], snapshotKey(name))
  store.delete(browser.IDBKeyRange.bound(recordsKey(name, 0), recordsKey(name, number)))
}

/** Reads what is there; what cannot be ours is moved out of the way in the same transaction. */
export function readAll(
  store: IDBObjectStore,
  { browser, name }: Owner,
  tell: (findings: Findings) => void,
): void {
  const range = sessionRange(browser, name)
  const keys = store.getAllKeys(range)
  const values: IDBRequest<unknown[]> = store.getAll(range)
  values.onsuccess = () => {
    const entries = keys.result.map((key, place) => [key, values.result[place]] as const)
    const findings = interpret(entries)
    tell(findings)
    if (findings.kind === 'sound') return
    store.put(entries, `quarantine:${name}:${randomWord(browser)}`)
    for (const key of keys.result) if (!isKey(key, 'holder')) store.delete(key)
  }
}

/** A word that nobody else has drawn. */
export function randomWord({ crypto }: Browser): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-')
}
