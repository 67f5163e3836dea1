import { stat } from 'node:fs/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { SessionStore } from '../../src/ports/session-store.ts'
import { disk, systemError } from './faulty-disk.ts'
import { COMMITS, landed } from './journal-commits.ts'
import { journalDirectory, openIn, readIn } from './journal-directory.ts'
import { reasonOf } from './reason-of.ts'

vi.mock('node:fs/promises', async (original) => {
  const { faultyDisk } = await import('./faulty-disk.ts')
  return faultyDisk(await original())
})

const healthy = (): undefined => undefined

afterEach(() => {
  disk.script = healthy
})

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
