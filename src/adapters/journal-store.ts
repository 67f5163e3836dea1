/**
 * The session store of Node: one append-only file to a session, checksummed commit by commit.
 *
 * A commit is one write, one fdatasync and one look whether the file is still the session's. Opening makes a
 * new file of what the old one holds, and so does `reopen`: after a failed fsync the system may keep pages in
 * memory that never reached the disk and call them clean, so what counts is only what was written again.
 */
import type { Commit, Journal, JournalContents, OpenRequest, SessionStore } from '../ports/session-store.ts'
import { makeDirectories } from './journal-disk.ts'
import { journalFailure, notOpen } from './journal-errors.ts'
import { thisMachine } from './journal-files.ts'
import { load, readNewest, type Loaded } from './journal-file.ts'
import { fileNameOf, placeOf, type Place } from './journal-place.ts'
import { createTenure } from './journal-tenure.ts'
import { holdProcessLock } from './process-lock.ts'
import { checkStoreOptions, checkText } from './store-options.ts'

export interface JournalStoreOptions {
  /**
   * What a resolved commit has survived: `disk`, a power cut; `process`, the death of the process alone, at
   * a tenth of the time. A power cut then takes commits since the last snapshot or opening, and no others.
   *
   * @defaultValue `'disk'`
   */
  readonly durability?: 'process' | 'disk'
}

const UNSURE = { code: 'a commit failed before this one' }

export interface ProcessLock {
  release(): Promise<void>
}

/** Waits until this process may hold the name in this directory. */
export type HoldLock = (directory: string, name: string, request: OpenRequest) => Promise<ProcessLock>

/**
 * Keeps sessions as files in a directory, which is made if it is missing.
 *
 * Nobody else may use the directory: it belongs to one application of one user.
 *
 * @throws {@link HoldfastError} `invalid-option`
 */
export function journalStore(directory: string, options: JournalStoreOptions = {}): SessionStore {
  return journalStoreWith(holdProcessLock, directory, options)
}

/** The same, with another lock, or on another machine. The files themselves keep two holders apart; the lock makes them wait. */
export function journalStoreWith(
  hold: HoldLock,
  directory: string,
  options: JournalStoreOptions = {},
  machine = thisMachine,
): SessionStore {
  checkStoreOptions(options, ['process', 'disk'])
  checkText('directory', directory)
  const { durability = 'disk' } = options
  return {
    durability,
    async open(name: string, request: OpenRequest): Promise<Journal> {
      const real = await makeDirectories(machine.files, directory).catch((reason: unknown) => {
        throw journalFailure(reason, 'opened')
      })
      const lock = await hold(real, fileNameOf(name), request)
      const place = placeOf(real, name, durability === 'disk', machine)
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
  const tenure = createTenure(place, first.file)
  let contents: JournalContents | undefined = first.contents
  let poisoned = false
  let closing: Promise<void> | undefined
  let running: Promise<unknown> = Promise.resolve()

  /** Until it comes to its end the journal is poisoned: whatever fails, only `reopen` knows what is there. */
  const run = <T>(be: string, work: () => Promise<T>): Promise<T> => {
    if (closing !== undefined) return Promise.reject(notOpen())
    poisoned = true
    const outcome = work().catch((reason: unknown) => {
      throw journalFailure(reason, be)
    })
    running = outcome.then(
      () => (poisoned = false),
      () => undefined,
    )
    return outcome
  }
  /** What is under way ends before the file is closed. */
  const close = (): Promise<void> => {
    closing ??= running.then(() => tenure.end()).then(() => lock.release())
    return closing
  }
  const reopen = (): Promise<JournalContents> =>
    run('read', () => tenure.renew((below) => readNewest(place, below)))
  return {
    read() {
      const read = contents
      contents = undefined
      return read === undefined || closing !== undefined ? reopen() : Promise.resolve(read)
    },
    commit({ records, snapshot }: Commit) {
      contents = undefined
      if (poisoned && !tenure.isLost()) return Promise.reject(journalFailure(UNSURE, 'written'))
      return run('written', async () => {
        if (snapshot === undefined) await tenure.append(records)
        else await tenure.renew(() => Promise.resolve({ snapshot, records: [] }))
      })
    },
    reopen,
    erase: () => (closing === undefined ? run('erased', () => tenure.erase()).finally(close) : closing),
    close,
    lost: tenure.lost,
  }
}
