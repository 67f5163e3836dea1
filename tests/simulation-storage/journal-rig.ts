/**
 * A process with the real journal store on a simulated disk, and nothing else: no time, no luck. It dies
 * before the operation that a test names, and the disk is left as it was at that moment.
 */
import { dirname } from 'node:path'
import type { Journal, JournalContents, SessionStore } from '../../src/ports/session-store.ts'
import {
  type HoldLock,
  type JournalStoreOptions,
  journalStoreWith,
} from '../../src/adapters/journal-store.ts'
import { HoldfastError } from '../../src/base/errors.ts'
import { Disk } from '../simulation/storage/disk.ts'
import { processFiles } from '../simulation/storage/files.ts'

export const NAME = 'a'
export const HOME = '/home/app'

/** A disk on which the home directory is safe, and nothing in it. */
export function freshDisk(): Disk {
  const disk = new Disk(() => 0)
  for (const path of ['/home', HOME]) {
    disk.mkdir(path)
    disk.syncPath(dirname(path))
  }
  return disk
}

export interface Rig {
  readonly store: SessionStore
  /** How many operations were asked for. */
  readonly count: () => number
  /** Resolves when the process is dead. */
  readonly death: Promise<'dead'>
}

let salts = 0

/** @param fatal - the operation before whose effect the process dies. */
export function rig(
  disk: Disk,
  fatal = Number.POSITIVE_INFINITY,
  durability: JournalStoreOptions['durability'] = 'disk',
): Rig {
  let count = 0
  let tell = (): void => undefined
  const death = new Promise<'dead'>((resolve) => (tell = () => resolve('dead')))
  const { files, kill } = processFiles({
    disk,
    script: () => {
      count += 1
      if (count <= fatal) return undefined
      kill(() => 0)
      tell()
      return undefined
    },
    takes: () => undefined,
    changed: () => undefined,
  })
  const machine = {
    files,
    // No two files have the same, whatever it is.
    salt: () => (salts += 1),
    pause: () => Promise.resolve(),
  }
  const lock: HoldLock = (_directory, _name, { signal }) =>
    signal.aborted
      ? Promise.reject(new HoldfastError('closed', 'Given up.'))
      : Promise.resolve({ release: () => Promise.resolve() })
  return {
    store: journalStoreWith(lock, `${HOME}/sessions`, { durability }, machine),
    count: () => count,
    death,
  }
}

export function openIn(store: SessionStore): Promise<Journal> {
  return store.open(NAME, { blocked: () => undefined, signal: new AbortController().signal })
}

/** What the next process finds. */
export async function readAfter(disk: Disk): Promise<JournalContents> {
  const journal = await openIn(rig(disk).store)
  const contents = await journal.read()
  await journal.close()
  return contents
}
