/**
 * The session store of browsers: IndexedDB, one transaction to a commit.
 *
 * Each transaction first asks whose the session is and then writes, so a tab that was frozen and robbed
 * writes nothing when it thaws. One transaction, because of those begun while a page is being left only the
 * first is sure to land. Web Locks make the second tab wait; where there are none, the newest tab wins and
 * the older one is fenced at its next commit.
 */
import { HoldfastError } from '../base/errors.ts'
import type { Commit, Journal, JournalContents, OpenRequest, SessionStore } from '../ports/session-store.ts'
import type { Browser } from './browser.ts'
import { holderKey, sessionRange, type Findings } from './indexeddb-contents.ts'
import { openDatabase, type Database } from './indexeddb-database.ts'
import { finished, guarded, put, randomWord, readAll, type Owner } from './indexeddb-transactions.ts'
import { checkStoreOptions, checkText } from './store-options.ts'
import { holdWebLock } from './web-lock.ts'

export interface IndexedDBStoreOptions {
  /**
   * The name of the database. Change it to keep two applications of one origin apart.
   *
   * @defaultValue `'holdfast'`
   */
  readonly database?: string
  /**
   * What a resolved commit has survived: `relaxed`, the death of the page and its process; `strict`, the death of the
   * whole browser and a power cut too, at about twice the time.
   *
   * @defaultValue `'relaxed'`
   */
  readonly durability?: 'relaxed' | 'strict'
}

/** Whether there is an IndexedDB. Even looking can throw: in sandboxed frames, with cookies forbidden. */
export function hasIndexedDB(): boolean {
  try {
    return typeof globalThis.indexedDB === 'object' && globalThis.indexedDB !== null
  } catch {
    return false
  }
}

/** Keeps sessions in this origin's IndexedDB. @throws {@link HoldfastError} `invalid-option` */
export function indexedDBStore(options: IndexedDBStoreOptions = {}): SessionStore {
  return indexedDBStoreIn(globalThis, options)
}

/** The same, in another browser than this one. */
export function indexedDBStoreIn(browser: Browser, options: IndexedDBStoreOptions = {}): SessionStore {
  checkStoreOptions(options, ['relaxed', 'strict'])
  const { database = 'holdfast', durability = 'relaxed' } = options
  checkText('database', database)
  return {
    durability: durability === 'strict' ? 'disk' : 'process',
    async open(name: string, request: OpenRequest): Promise<Journal> {
      const lock = await holdWebLock(`holdfast:${database}:${name}`, request, browser)
      const place = openDatabase(browser, database, durability)
      let isStolen = false
      void lock?.stolen.then(() => (isStolen = true))
      try {
        const holder = randomWord(browser)
        await place.use('readwrite', (store) => {
          if (isStolen) throw robbed(name)
          store.put(holder, holderKey(name))
          return finished(store.transaction)
        })
        if (request.signal.aborted) throw new HoldfastError('closed', 'Opening the store was given up.')
        return openJournal({
          browser,
          name,
          holder,
          place,
          stolen: lock?.stolen,
          release: () => lock?.release(),
        })
      } catch (reason) {
        place.close()
        lock?.release()
        throw reason
      }
    },
  }
}

interface Holding extends Owner {
  readonly place: Database
  readonly stolen: Promise<void> | undefined
  readonly release: () => void
}

function openJournal(holding: Holding): Journal {
  const { browser, name, place, release, stolen } = holding
  let open = true
  let isRobbed = false
  let next = 0
  let tell = (): void => undefined
  const lost = new Promise<void>((resolve) => (tell = resolve))
  const lose = (): void => {
    isRobbed = true
    tell()
  }
  void stolen?.then(lose)

  /** Runs work in one transaction, if the session is still ours when it begins. */
  const own = async (work: (store: IDBObjectStore) => void): Promise<'ours' | 'wiped'> => {
    if (!open) throw new HoldfastError('store-failed', 'The journal is closed.', { hint: 'Open it again.' })
    if (!isRobbed) {
      const found = await place.use('readwrite', (store) => guarded(store, holding, work))
      if (found === holding.holder) return 'ours'
      if (found === undefined) return 'wiped'
      lose()
    }
    throw robbed(name)
  }
  const load = async (): Promise<JournalContents> => {
    let findings: Findings | undefined
    const whose = await own((store) => readAll(store, holding, (found) => (findings = found)))
    if (whose === 'wiped') return afterWipe()
    if (findings?.kind !== 'sound')
      return { snapshot: undefined, records: [], trouble: setAside(name, findings) }
    next = findings.next
    return { snapshot: findings.snapshot, records: findings.records }
  }
  /** The site's data was deleted under us, as users and browsers do. The place is empty, and ours again. */
  const afterWipe = async (): Promise<JournalContents> => {
    next = 0
    await place.use('readwrite', (store) => {
      store.add(holding.holder, holderKey(name))
      return finished(store.transaction)
    })
    return { snapshot: undefined, records: [], trouble: wiped('store-corrupt', name) }
  }
  const close = (): Promise<void> => {
    if (open) {
      open = false
      place.close()
      release()
    }
    return Promise.resolve()
  }
  return {
    read: load,
    async commit(commit: Commit): Promise<void> {
      const whose = await own((store) => put(store, holding, next, commit))
      if (whose === 'wiped') throw wiped('store-failed', name)
      next += 1
    },
    reopen(): Promise<JournalContents> {
      place.close()
      return load()
    },
    async erase(): Promise<void> {
      if (!open) return
      await own((store) => store.delete(sessionRange(browser, name))).finally(close)
    },
    close,
    lost,
  }
}

function robbed(name: string): HoldfastError<'store-fenced'> {
  return new HoldfastError('store-fenced', 'Another tab has taken this session over.', {
    facts: { session: name },
  })
}

function setAside(name: string, findings: Findings | undefined): HoldfastError<'store-corrupt'> {
  const what = findings?.kind === 'damaged' ? findings.what : 'nothing that can be read'
  return new HoldfastError('store-corrupt', `The stored session was damaged: ${what}.`, {
    hint: 'It was moved to a key that begins with `quarantine:`; the session starts anew.',
    facts: { kind: 'quarantined', session: name },
  })
}

function wiped<C extends 'store-corrupt' | 'store-failed'>(code: C, name: string): HoldfastError<C> {
  return new HoldfastError(code, 'The database was deleted while the session was open.', {
    facts: { kind: 'wiped', session: name },
  })
}
