import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Journal, SessionStore } from '../../src/ports/session-store.ts'
import { disk, systemError, type DiskOperation, type DiskVerdict } from './faulty-disk.ts'
import { COMMITS, landed } from './journal-commits.ts'
import { journalDirectory, openIn, readIn } from './journal-directory.ts'

vi.mock('node:fs/promises', async (original) => {
  const { faultyDisk } = await import('./faulty-disk.ts')
  return faultyDisk(await original())
})

const healthy = (): undefined => undefined

afterEach(() => {
  disk.script = healthy
})

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

  test('[ST-14] F71 a new file is on the disk before it gets its name, and the name before the old one goes for good', async () => {
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
    expect(order).toEqual([
      'write journal',
      'sync journal',
      'sync directory',
      'unlink journal',
      'sync directory',
    ])
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
