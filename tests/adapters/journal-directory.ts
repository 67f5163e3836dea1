/**
 * A directory of journals for one test, and looks into it that no store would take.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { fileNameOf } from '../../src/adapters/journal-place.ts'
import { journalStoreWith, type JournalStoreOptions } from '../../src/adapters/journal-store.ts'
import type { Journal, JournalContents, SessionStore } from '../../src/ports/session-store.ts'

/** The name of the one session that these tests keep. */
export const NAME = 'a'

export interface JournalDirectory {
  readonly path: string
  /** The session's file. */
  readonly live: string
  /** A store without a process lock: it robs whoever holds the session. */
  store(options?: JournalStoreOptions): SessionStore
  names(): Promise<readonly string[]>
  bytes(): Promise<Buffer>
  put(bytes: Buffer | string): Promise<void>
}

export async function journalDirectory(): Promise<JournalDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-journal-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  const live = join(path, `${fileNameOf(NAME)}.journal`)
  return {
    path,
    live,
    store: (options = { durability: 'process' }) => journalStoreWith(noLock, path, options),
    names: async () => (await readdir(path)).sort(),
    bytes: () => readFile(live),
    put: (bytes) => writeFile(live, bytes),
  }
}

const noLock = async () => ({ release: async () => undefined })

export async function openIn(store: SessionStore): Promise<Journal> {
  return store.open(NAME, { blocked: () => undefined, signal: new AbortController().signal })
}

export async function readIn(store: SessionStore): Promise<JournalContents> {
  const journal = await openIn(store)
  const contents = await journal.read()
  await journal.close()
  return contents
}

export async function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
}
