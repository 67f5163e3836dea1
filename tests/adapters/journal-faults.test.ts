import { stat } from 'node:fs/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Commit, Journal, JournalContents, SessionStore } from '../../src/ports/session-store.ts'
import { disk, systemError, type DiskOperation, type DiskVerdict } from './faulty-disk.ts'
import { journalDirectory, openIn, readIn, reasonOf } from './journal-directory.ts'

vi.mock('node:fs/promises', async (original) => {
  const { faultyDisk } = await import('./faulty-disk.ts')
  return faultyDisk(await original())
})

const healthy = (): undefined => undefined

afterEach(() => {
  disk.script = healthy
})

const COMMITS: readonly Commit[] = [
  { records: ['1'] },
  { records: ['2', '3'] },
  { records: ['4'], snapshot: 'S4' },
  { records: ['5'] },
  { records: [], snapshot: 'S5' },
  { records: ['6'] },
  { records: ['7'] },
]

/** What a journal holds after the first `count` commits. */
function after(count: number): {
  readonly snapshot: string | undefined
  readonly records: readonly string[]
} {
  let snapshot: string | undefined
  let records: string[] = []
  for (const commit of COMMITS.slice(0, count)) {
    snapshot = commit.snapshot ?? snapshot
    records = commit.snapshot === undefined ? [...records, ...commit.records] : []
  }
  return { snapshot, records }
}

/** How many commits have landed; -1 if it is no number of them. */
function landed({ snapshot, records }: JournalContents): number {
  const wanted = JSON.stringify([snapshot, records])
  return [...COMMITS.keys(), COMMITS.length].findIndex((count) => {
    const state = after(count)
    return JSON.stringify([state.snapshot, state.records]) === wanted
  })
}

/** From this operation on nothing works any more: what the process asked for last may have been done. */
function dieAt(
  fatal: number,
  how: 'before' | 'after' | 'partly',
): { readonly script: typeof disk.script; readonly dead: () => boolean } {
  let count = 0
  const error = systemError('the process is dead')
  const script = ({ name, bytes }: DiskOperation): DiskVerdict => {
    count += 1
    if (count <= fatal) return undefined
    if (count > fatal + 1) return { kind: 'before', error }
    if (how !== 'partly') return { kind: how, error }
    return name === 'write' ? { kind: 'partly', bytes: bytes >> 1, error } : { kind: 'before', error }
  }
  return { script, dead: () => count > fatal }
}

/** @returns how many commits were acknowledged before the end. */
async function commitAll(store: SessionStore): Promise<number> {
  let acknowledged = 0
  const journal = await openIn(store)
  await journal.read()
  for (const commit of COMMITS) {
    await journal.commit(commit)
    acknowledged += 1
  }
  await journal.close()
  return acknowledged
}

describe('[ST-14] a crash at any moment leaves what was acknowledged', () => {
  test.each(['before', 'after', 'partly'] as const)(
    '[ST-14] F71 F75 dying at every operation, %s its effect',
    async (how) => {
      for (let fatal = 0; ; fatal += 1) {
        const directory = await journalDirectory()
        const { script, dead } = dieAt(fatal, how)
        disk.script = script
        const acknowledged = await countUntilDeath(directory.store({ durability: 'disk' }))
        disk.script = healthy
        const contents = await readIn(directory.store())
        expect([acknowledged, acknowledged + 1], `dying at ${fatal}`).toContain(landed(contents))
        // The very first file may be found half made: that is told, for it looks like any other damage.
        const harmless =
          acknowledged === 0 ? [undefined, 'torn-tail', 'quarantined'] : [undefined, 'torn-tail']
        expect(harmless, `dying at ${fatal}`).toContain(contents.trouble?.facts['kind'])
        const names = (await directory.names()).filter((name) => !name.includes('quarantined'))
        expect(names, 'nothing is left behind').toHaveLength(1)
        if (!dead()) break
        expect(fatal).toBeLessThan(500)
      }
    },
  )

  test('[ST-14] dying again while the next process takes over loses nothing either', async () => {
    for (let fatal = 0; ; fatal += 1) {
      const directory = await journalDirectory()
      disk.script = dieAt(75, 'before').script
      const acknowledged = await countUntilDeath(directory.store({ durability: 'disk' }))
      const { script, dead } = dieAt(fatal, 'after')
      disk.script = script
      await readIn(directory.store({ durability: 'disk' })).catch(() => undefined)
      disk.script = healthy
      expect([acknowledged, acknowledged + 1]).toContain(landed(await readIn(directory.store())))
      expect(acknowledged).toBeGreaterThan(2)
      if (!dead()) break
    }
  })

  test('[ST-14] F71 a new file is on the disk before it gets its name, and the name before the old one goes', async () => {
    const directory = await journalDirectory()
    const journal = await openIn(directory.store({ durability: 'disk' }))
    await journal.commit({ records: ['1'] })
    const order: string[] = []
    disk.script = ({ name, path }) => {
      if (['write', 'sync', 'rename', 'link', 'unlink'].includes(name)) {
        order.push(
          `${name} ${path === directory.path ? 'directory' : (/\.(journal|claimed|new)/.exec(path)?.[1] ?? path)}`,
        )
      }
      return undefined
    }
    await journal.commit({ records: [], snapshot: 'S' })
    expect(order).toEqual(['write journal', 'sync journal', 'sync directory', 'unlink journal'])
  })
})

/** The commits that were acknowledged before everything stopped. */
async function countUntilDeath(store: SessionStore): Promise<number> {
  let acknowledged = 0
  let journal: Journal | undefined
  try {
    journal = await openIn(store)
    await journal.read()
    for (const commit of COMMITS) {
      await journal.commit(commit)
      acknowledged += 1
    }
  } catch {
    // The end of this process, as far as it knows.
  }
  await journal?.close()
  return acknowledged
}

describe('[ST-15] after a failure the journal is believed only as it is read and written again', () => {
  test('[ST-15] F69 a failed fsync poisons the journal, though the next one would succeed', async () => {
    const directory = await journalDirectory()
    const journal = await openIn(directory.store({ durability: 'disk' }))
    await journal.commit({ records: ['1'] })
    const before = (await stat(await directory.live())).ino
    disk.script = ({ name }) =>
      name === 'datasync' ? { kind: 'before', error: systemError('EIO') } : undefined
    expect(await reasonOf(journal.commit({ records: ['2'] }))).toMatchObject({
      code: 'store-failed',
      facts: { reason: 'EIO' },
    })
    disk.script = healthy
    expect(await reasonOf(journal.commit({ records: ['3'] }))).toMatchObject({ code: 'store-failed' })
    expect(await journal.reopen()).toEqual({ snapshot: undefined, records: ['1', '2'] })
    expect((await stat(await directory.live())).ino).not.toBe(before)
    await journal.commit({ records: ['3'] })
    expect(await journal.reopen()).toEqual({ snapshot: undefined, records: ['1', '2', '3'] })
  })

  test('[ST-15] one failure at any operation is a rejection, and reopening tells what has landed', async () => {
    for (let failing = 0; ; failing += 1) {
      const directory = await journalDirectory()
      const store = directory.store({ durability: 'disk' })
      let count = 0
      disk.script = ({ name }) => {
        count += 1
        if (count !== failing + 1) return undefined
        // A file that could not be opened has not been made.
        const kind = failing % 2 === 0 || name === 'open' ? 'before' : 'after'
        return { kind, error: systemError('EIO') }
      }
      const journal = await openIn(store).catch(() => openIn(store))
      await journal.read()
      let done = 0
      while (done < COMMITS.length) {
        const failure = await reasonOf(journal.commit(COMMITS[done]!))
        if (failure === undefined) done += 1
        else {
          expect(failure).toMatchObject({ code: 'store-failed' })
          const found = landed(await journal.reopen())
          expect([done, done + 1]).toContain(found)
          done = found
        }
      }
      await journal.close()
      disk.script = healthy
      expect(landed(await readIn(store))).toBe(COMMITS.length)
      if (count <= failing) break
      expect(failing).toBeLessThan(500)
    }
  })

  test('[ST-15] a write that takes fewer bytes than it was given is gone on with', async () => {
    const directory = await journalDirectory()
    disk.script = ({ name, bytes }) =>
      name === 'write' && bytes > 3 ? { kind: 'partly', bytes: 3 } : undefined
    expect(await commitAll(directory.store())).toBe(COMMITS.length)
    disk.script = healthy
    expect(landed(await readIn(directory.store()))).toBe(COMMITS.length)
  })
})

describe('[ST-16] what the disk refuses is told with what to do about it', () => {
  test.each([
    ['ENOSPC', 'write', 'free some space'],
    ['EDQUOT', 'write', 'quota'],
    ['EROFS', 'open', 'read-only'],
    ['EACCES', 'unlink', 'permission'],
    ['EMFILE', 'open', 'open'],
    ['EIO', 'sync', 'disk'],
  ])('[ST-16] F70 %s at %s', async (code, operation, hint) => {
    const directory = await journalDirectory()
    const journal = await openIn(directory.store({ durability: 'disk' }))
    await journal.commit({ records: ['1'] })
    disk.script = ({ name }) =>
      name === operation ? { kind: 'before', error: systemError(code) } : undefined
    const failure = await reasonOf(journal.commit({ records: [], snapshot: 'S' }))
    expect(failure).toMatchObject({ code: 'store-failed', facts: { reason: code } })
    expect((failure as Error).message).toContain(hint)
    const next = openIn(directory.store({ durability: 'disk' }))
    expect(await reasonOf(next)).toMatchObject({ code: 'store-failed' })
    disk.script = healthy
    // A commit that was rejected may have landed all the same.
    const { snapshot, records } = await readIn(directory.store())
    expect([
      [undefined, ['1']],
      ['S', []],
    ]).toContainEqual([snapshot, records])
  })

  test('[ST-16] F70 a full disk ends when there is space again, and nothing was lost', async () => {
    const directory = await journalDirectory()
    const journal = await openIn(directory.store({ durability: 'disk' }))
    await journal.commit({ records: ['1'] })
    disk.script = ({ name, bytes }) =>
      name === 'write' ? { kind: 'partly', bytes: bytes >> 1, error: systemError('ENOSPC') } : undefined
    await reasonOf(journal.commit({ records: ['2'] }))
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await reasonOf(journal.reopen())).toMatchObject({ facts: { reason: 'ENOSPC' } })
    }
    disk.script = healthy
    expect(await journal.reopen()).toMatchObject({ records: ['1'] })
    await journal.commit({ records: ['2'] })
    expect(await journal.reopen()).toEqual({ snapshot: undefined, records: ['1', '2'] })
  })
})
