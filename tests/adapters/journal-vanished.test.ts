/** Somebody who is no holder deletes what a holder has open: a cleaner of temporary files, a person. */
import { readdir, rm } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { thisMachine } from '../../src/adapters/journal-files.ts'
import { journalStoreWith } from '../../src/adapters/journal-store.ts'
import { journalDirectory, noLock, openIn, readIn } from './journal-directory.ts'
import { reasonOf } from './reason-of.ts'

describe.each(['file', 'directory'])('[ST-21] a %s that was deleted', (what) => {
  async function bereft() {
    const directory = await journalDirectory()
    const store = directory.store()
    const journal = await openIn(store)
    await journal.commit({ records: ['1'], snapshot: 'S' })
    await rm(what === 'file' ? await directory.live() : directory.path, { recursive: true })
    return { directory, store, journal }
  }

  test.each([{ records: ['2'] }, { records: [], snapshot: 'T' }])(
    '[ST-21] is a failed commit, and reopening makes another (%j)',
    async (commit) => {
      const { journal, store, directory } = await bereft()
      // A snapshot is a new file anyway, and so heals it at once.
      const failure = await reasonOf(journal.commit(commit))
      if (commit.snapshot === undefined) {
        expect(failure).toMatchObject({ code: 'store-failed', facts: { reason: 'ENOENT' } })
        expect(await journal.reopen()).toEqual({ snapshot: undefined, records: [] })
      } else expect(failure).toBeUndefined()
      await journal.commit({ records: [], snapshot: 'U' })
      await journal.commit({ records: ['3'] })
      await journal.close()
      expect(await readIn(store)).toEqual({ snapshot: 'U', records: ['3'] })
      expect(await readdir(directory.path)).toHaveLength(1)
    },
  )

  test('[ST-21] again and again does not stop it either', async () => {
    const { journal, directory, store } = await bereft()
    for (let round = 0; round < 3; round += 1) {
      await journal.reopen()
      await rm(directory.path, { recursive: true })
    }
    await journal.reopen()
    await journal.commit({ records: [], snapshot: 'U' })
    await journal.close()
    expect(await readIn(store)).toEqual({ snapshot: 'U', records: [] })
  })

  test('[ST-21] can be erased', async () => {
    const { journal } = await bereft()
    await journal.erase()
  })

  test('[ST-21] and is somebody else’s by now is theirs', async () => {
    const { journal, store } = await bereft()
    const other = await openIn(store)
    await other.commit({ records: ['theirs'] })
    expect(await reasonOf(journal.commit({ records: ['2'] }))).toMatchObject({ code: 'store-fenced' })
    await journal.lost
    await other.close()
    expect(await readIn(store)).toEqual({ snapshot: undefined, records: ['theirs'] })
  })
})

test.each(['commit', 'reopen', 'erase'] as const)(
  '[ST-21] a file that is deleted while its holder looks whose it is has not been taken (%s)',
  async (operation) => {
    const directory = await journalDirectory()
    let isNext = false
    const files: typeof thisMachine.files = {
      ...thisMachine.files,
      async readdir(path) {
        const names = await thisMachine.files.readdir(path)
        if (isNext) await rm(directory.path, { recursive: true })
        isNext = false
        return names
      },
    }
    const store = journalStoreWith(noLock, directory.path, {}, { ...thisMachine, files })
    const journal = await openIn(store)
    await journal.commit({ records: [], snapshot: 'S' })
    isNext = true
    if (operation === 'commit') await journal.commit({ records: [], snapshot: 'T' })
    if (operation === 'reopen') expect(await journal.reopen()).toEqual({ snapshot: undefined, records: [] })
    if (operation === 'erase') return journal.erase()
    await journal.commit({ records: [], snapshot: 'U' })
    await journal.close()
    expect(await readIn(store)).toEqual({ snapshot: 'U', records: [] })
  },
)
