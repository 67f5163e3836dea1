/**
 * The session store of Node: one append-only file to a session, checksummed commit by commit.
 *
 * A commit is one write, one fdatasync and one look whether the file is still the session's. Opening makes a
 * new file of what the old one holds, and so does `reopen`: after a failed fsync the system may keep pages in
 * memory that never reached the disk and call them clean, so what counts is only what was written again.
 */
import { mkdir, realpath } from 'node:fs/promises'
import type { HoldfastError } from '../base/errors.ts'
import type { Commit, Journal, JournalContents, OpenRequest, SessionStore } from '../ports/session-store.ts'
import { syncDirectory } from './journal-disk.ts'
import { fenced, journalFailure, notOpen } from './journal-errors.ts'
import { append, follow, load, makeClaim, readNewest, type Claim, type Loaded } from './journal-file.ts'
import { epochsIn, fileNameOf, isLive, pathOf, placeOf, remove, type Place } from './journal-place.ts'
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
  /** The number after ours, if we took it and could not fill it: it is ours still. */
  let claim: Claim | undefined
  let lose = (): void => undefined
  const lost = new Promise<void>((resolve) => (lose = resolve))

  const robbed = (): HoldfastError => {
    state = 'robbed'
    lose()
    return fenced(pathOf(place, file.epoch))
  }
  const begin = (): void => {
    if (state === 'closed') throw notOpen()
    if (state === 'robbed') throw robbed()
  }
  /** Leaves our file for a new one with these contents. */
  const renew = async (
    contentsOf: (below: readonly number[]) => Promise<JournalContents>,
  ): Promise<JournalContents> => {
    claim ??= await makeClaim(place, file.epoch + 1)
    const loaded = claim && (await follow(place, file, claim, contentsOf))
    if (loaded === undefined) throw robbed()
    const old = file
    file = loaded.file
    claim = undefined
    await old.handle.close().catch(() => undefined)
    await remove(place, loaded.below)
    state = 'sound'
    return loaded.contents
  }
  const reopen = (): Promise<JournalContents> => {
    begin()
    state = 'poisoned'
    return renew((below) => readNewest(place, below))
  }
  const commit = async ({ records, snapshot }: Commit): Promise<void> => {
    begin()
    if (state === 'poisoned') throw journalFailure({ code: 'a commit failed before' }, 'written')
    // Poisoned unless it comes to the end: whatever failed, only `reopen` knows what is there now.
    state = 'poisoned'
    if (snapshot === undefined) {
      const grown = await append(place, file, records)
      if (grown === undefined) throw robbed()
      file = grown
      state = 'sound'
    } else await renew(() => Promise.resolve({ snapshot, records: [] }))
  }
  const close = async (): Promise<void> => {
    if (state === 'closed') return
    state = 'closed'
    for (const { handle } of [file, claim ?? file]) await handle.close().catch(() => undefined)
    await lock.release()
  }
  const erase = async (): Promise<void> => {
    if (state === 'closed') return
    try {
      begin()
      if (claim === undefined && !(await isLive(place, file))) throw robbed()
      await remove(place, await epochsIn(place))
      if (place.sync) await syncDirectory(place.directory)
    } finally {
      await close()
    }
  }
  return {
    async read() {
      begin()
      const read = contents ?? (await reopen().catch(failedTo('read')))
      contents = undefined
      return read
    },
    commit(asked) {
      contents = undefined
      return commit(asked).catch(failedTo('written'))
    },
    reopen: async () => reopen().catch(failedTo('read')),
    erase: () => erase().catch(failedTo('erased')),
    close,
    lost,
  }
}

function failedTo(be: string): (reason: unknown) => never {
  return (reason) => {
    throw journalFailure(reason, be)
  }
}
