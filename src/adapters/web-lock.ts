/**
 * One tab per session, by the browser's own locks: the browser lets go for a tab that crashed.
 */
import { HoldfastError } from '../base/errors.ts'
import type { OpenRequest } from '../ports/session-store.ts'
import type { Browser } from './browser.ts'

export interface WebLock {
  readonly release: () => void
  /** Resolves if the lock was taken away from us. */
  readonly stolen: Promise<void>
}

/**
 * Waits for the lock.
 *
 * @returns `undefined` where there are no locks: an old browser, a page that is not secure, an opaque origin.
 */
export async function holdWebLock(
  name: string,
  { blocked, signal }: OpenRequest,
  browser: Browser,
): Promise<WebLock | undefined> {
  if (signal.aborted) throw givenUp()
  const locks = webLocks(browser)
  if (locks === undefined) return undefined
  try {
    const free = await grant(locks, name, { ifAvailable: true })
    if (free !== undefined) return free
    blocked()
    return await grant(locks, name, { signal })
  } catch (reason) {
    if (signal.aborted) throw givenUp()
    // The locks are there but not for us. The holder's word in the database still keeps two holders apart.
    if (isDenied(reason)) return undefined
    throw reason
  }
}

/** @returns `undefined` if the lock is taken and the options say not to wait. */
function grant(locks: LockManager, name: string, options: LockOptions): Promise<WebLock | undefined> {
  return new Promise((resolve, reject) => {
    let lose = (): void => undefined
    const stolen = new Promise<void>((lost) => (lose = lost))
    const hold = (lock: Lock | null): Promise<void> | undefined => {
      if (lock === null) {
        resolve(undefined)
        return undefined
      }
      return new Promise((release) => resolve({ release, stolen }))
    }
    locks.request(name, options, hold).catch((reason: unknown) => {
      // Before the grant it tells why there is none; after it, that somebody stole the lock.
      reject(reason instanceof Error ? reason : new Error('no lock', { cause: reason }))
      lose()
    })
  })
}

function webLocks(browser: Browser): LockManager | undefined {
  try {
    return browser.navigator.locks
  } catch {
    return undefined
  }
}

function isDenied(reason: unknown): boolean {
  const name = (reason as { readonly name?: unknown } | undefined)?.name
  return name === 'SecurityError' || name === 'InvalidStateError'
}

function givenUp(): HoldfastError<'closed'> {
  return new HoldfastError('closed', 'Opening the store was given up.')
}
