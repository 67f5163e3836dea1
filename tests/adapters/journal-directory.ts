/**
 * A directory of journals for one test, and looks into it that no store would take.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { epochsIn, pathOf, placeOf } from '../../src/adapters/journal-place.ts'
import { journalStoreWith, type JournalStoreOptions } from '../../src/adapters/journal-store.ts'
import type { Journal, JournalContents, SessionStore } from '../../src/ports/session-store.ts'

/** The name of the one session that these tests keep. */
export const NAME = 'a'

export interface JournalDirectory {
  readonly path: string
  /** Where the session's file is, or would be if there is none. */
  live(): Promise<string>
  /** A store without a process lock: it robs whoever holds the session. */
  store(options?: JournalStoreOptions): SessionStore
  names(): Promise<readonly string[]>
  bytes(): Promise<Buffer>
  put(bytes: Buffer | string): Promise<void>
}

export async function journalDirectory(): Promise<JournalDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-journal-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  const place = placeOf(path, NAME, false)
  const live = async () => pathOf(place, (await epochsIn(place)).at(-1) ?? 1)
  return {
    path,
    live,
    store: (options = { durability: 'process' }) => journalStoreWith(noLock, path, options),
    names: async () => (await readdir(path)).sort(),
    bytes: async () => readFile(await live()),
    put: async (bytes) => writeFile(await live(), bytes),
  }
}

export const noLock = async () => ({ release: async () => undefined })

export async function openIn(store: SessionStore): Promise<Journal> {
  const journal = await store.open(NAME, { blocked: () => undefined, signal: new AbortController().signal })
  onTestFinished(() => journal.close())
  return journal
}

export async function readIn(store: SessionStore): Promise<JournalContents> {
  const journal = await openIn(store)
  const contents = await journal.read()
  await journal.close()
  return contents
}

/** What `written` commits, last of all. */
export const COMMITS = [['one'], ['two', 'zwei', 'deux ✓'], ['three'], ['four']] as const

/** A file with a snapshot in its founded part and four commits behind it. */
export async function written(): Promise<{ readonly directory: JournalDirectory; readonly bytes: Buffer }> {
  const directory = await journalDirectory()
  const journal = await openIn(directory.store())
  await journal.commit({ records: ['before'], snapshot: 'S' })
  for (const records of COMMITS) await journal.commit({ records })
  await journal.close()
  return { directory, bytes: await directory.bytes() }
}
