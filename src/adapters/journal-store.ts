/**
 * The session store of Node: one append-only file to a session, checksummed commit by commit.
 *
 * A commit is one write, one fdatasync and one look whether the file is still the session's. Opening makes a
 * new file of what the old one holds, and so does `reopen`: after a failed fsync the system may keep pages in
 * memory that never reached the disk and call them clean, so what counts is only what was written again.
 */
import { mkdir, realpath, unlink } from 'node:fs/promises'
import type { HoldfastError } from '../base/errors.ts'
import type { Commit, Journal, JournalContents, OpenRequest, SessionStore } from '../ports/session-store.ts'
import { syncDirectory } from './journal-disk.ts'
import { fenced, journalFailure, notOpen } from './journal-errors.ts'
import { append, load, replace, type Loaded } from './journal-file.ts'
import { fileNameOf, placeOf, takeOwn, type Place } from './journal-place.ts'
import { holdProcessLock } from './process-lock.ts'

export interface JournalStoreOptions {
  /**
   * What a resolved commit has survived: `disk`, a power cut; `process`, the death of the process alone, at
   * a tenth of the time.
   *
   * @defaultValue `'disk'`
   */
  readonly durability?: 'process' | 'disk'
}

export interface ProcessLock {
  release(): Promise<void>
}

/** Waits until this process may hold the name in this directory. */
export type HoldLock = (directory: string, name: string, request: OpenRequest) => Promise<ProcessLock>

/**
 * Keeps sessions as files in a directory, which is made if it is missing.
 *
 * Nobody else may use the directory: it belongs to one application of one user.
 */
export function journalStore(directory: string, options: JournalStoreOptions = {}): SessionStore {
  return journalStoreWith(holdProcessLock, directory, options)
}

/** The same, with another lock. The files themselves keep two holders apart; the lock makes them wait. */
export function journalStoreWith(
  hold: HoldLock,
  directory: string,
  { durability = 'disk' }: JournalStoreOptions = {},
): SessionStore {
  return {
    durability,
    async open(name: string, request: OpenRequest): Promise<Journal> {
      const real = await mkdir(directory, { recursive: true, mode: 0o700 })
        .then(() => realpath(directory))
        .catch((reason: unknown) => {
          throw journalFailure(reason, 'opened')
        })
      const lock = await hold(real, fileNameOf(name), request)
      const place = placeOf(real, name, durability === 'disk')
      try {
        return openJournal(place, await load(place), lock)
      } catch (reason) {
        await lock.release()
        throw journalFailure(reason, 'opened')
      }
    },
  }
}

function openJournal(place: Place, first: Loaded, lock: ProcessLock): Journal {
  let file = first.file
  let contents: JournalContents | undefined = first.contents
  let state: 'sound' | 'poisoned' | 'robbed' | 'closed' = 'sound'
  let lose = (): void => undefined
  const lost = new Promise<void>((resolve) => (lose = resolve))

  const robbed = (): HoldfastError => {
    state = 'robbed'
    lose()
    return fenced(place.live)
  }
  const reopen = async (): Promise<JournalContents> => {
    if (state === 'closed') throw notOpen()
    if (state === 'robbed') throw fenced(place.live)
    state = 'poisoned'
    if (!(await takeOwn(place))) throw robbed()
    const old = file.handle
    const loaded = await load(place)
    await old.close().catch(() => undefined)
    file = loaded.file
    state = 'sound'
    return loaded.contents
  }
  const commit = async ({ records, snapshot }: Commit): Promise<void> => {
    if (state === 'closed') throw notOpen()
    if (state === 'robbed') throw fenced(place.live)
    if (state === 'poisoned') throw journalFailure({ code: 'a commit failed before' }, 'written')
    // Poisoned unless it comes to the end: whatever failed, only `reopen` knows what is there now.
    state = 'poisoned'
    const next =
      snapshot === undefined ? await append(place, file, records) : await replace(place, file, snapshot)
    if (next === undefined) throw robbed()
    file = next
    state = 'sound'
  }
  const close = async (): Promise<void> => {
    if (state === 'closed') return
    state = 'closed'
    await file.handle.close().catch(() => undefined)
    await lock.release()
  }
  return {
    async read() {
      if (state === 'closed') throw notOpen()
      const read = contents ?? (await reopen())
      contents = undefined
      return read
    },
    commit(asked) {
      contents = undefined
      return commit(asked).catch((reason: unknown) => {
        throw journalFailure(reason, 'written')
      })
    },
    reopen: () =>
      reopen().catch((reason: unknown) => {
        throw journalFailure(reason, 'read')
      }),
    async erase() {
      if (state === 'closed') return
      try {
        if (!(await takeOwn(place))) throw robbed()
        await unlink(place.claim)
        if (place.sync) await syncDirectory(place.directory)
      } catch (reason) {
        throw journalFailure(reason, 'erased')
      } finally {
        await close()
      }
    },
    close,
    lost,
  }
}
