/**
 * Every power cut there is: at every operation of every short sequence of commits, with every number of the
 * pending names and every byte of the unsynced tail on the disk.
 */
import { describe, expect, test } from 'vitest'
import { makeDirectories } from '../../src/adapters/journal-disk.ts'
import type { Commit, Journal, JournalContents } from '../../src/ports/session-store.ts'
import { sessionStoreContract } from '../../src/testing/session-store-contract.ts'
import type { Disk, Fate } from '../simulation/storage/disk.ts'
import { processFiles } from '../simulation/storage/files.ts'
import { freshDisk, HOME, openIn, readAfter, rig } from './journal-rig.ts'

const commitOf = {
  r: (at: number): Commit => ({ records: [`r${at}`] }),
  t: (at: number): Commit => ({ records: [`t${at}`, `✓${at}`] }),
  S: (at: number): Commit => ({ records: [`gone${at}`], snapshot: `S${at}` }),
} as const

type Letter = keyof typeof commitOf | 'o'

/** All words of these letters up to this length; `o` is a reopening. */
function words(longest: number): Letter[][] {
  let last: Letter[][] = [[]]
  const all = [...last]
  for (let length = 1; length <= longest; length += 1) {
    last = last.flatMap((word) => (['r', 't', 'S', 'o'] as const).map((letter) => [...word, letter]))
    all.push(...last)
  }
  return all
}

/** What a journal holds after so many steps of a word. */
function statesOf(word: readonly Letter[]): string[] {
  let snapshot: string | undefined
  let records: string[] = []
  const said = (): string => JSON.stringify([snapshot ?? null, records])
  const states = [said()]
  word.forEach((letter, at) => {
    if (letter !== 'o') {
      const commit = commitOf[letter](at)
      records = commit.snapshot === undefined ? [...records, ...commit.records] : []
      snapshot = commit.snapshot ?? snapshot
    }
    states.push(said())
  })
  return states
}

const said = ({ snapshot, records }: JournalContents): string => JSON.stringify([snapshot ?? null, records])

interface Lived {
  readonly disk: Disk
  /** Steps that were resolved. */
  readonly done: number
  readonly operations: number
  /** Whether it died before it came to its end. */
  readonly died: boolean
}

/** Lives through a word up to an operation. */
async function live(
  word: readonly Letter[],
  fatal: number,
  { disk = freshDisk(), durability }: { disk?: Disk; durability?: 'process' | 'disk' } = {},
): Promise<Lived> {
  const { store, count, death } = rig(disk, fatal, durability)
  let done = 0
  const life = async (): Promise<'alive'> => {
    const journal: Journal = await openIn(store)
    await journal.read()
    for (const [at, letter] of word.entries()) {
      if (letter === 'o') await journal.reopen()
      else await journal.commit(commitOf[letter](at))
      done += 1
    }
    return 'alive'
  }
  const died = (await Promise.race([life(), death])) === 'dead'
  return { disk, done, operations: count(), died }
}

const allOf = (bytes: number): number[] => Array.from({ length: bytes + 1 }, (_, count) => count)

/** For two files at once, of which every byte with every byte would be too many. */
const someOf = (bytes: number): number[] => [...new Set([0, bytes >> 1, Math.max(0, bytes - 1), bytes])]

/** Every way in which a power cut can leave this disk. Directories and files are asked in a fixed order. */
function* cutsOf(disk: Disk, lengths: (bytes: number) => readonly number[] = allOf): Generator<Disk> {
  // A choice for each question, counted up like the digits of a number until all have been had.
  const choices: number[] = []
  for (;;) {
    const limits: number[] = []
    const choose = (options: number): number => {
      const place = limits.push(options) - 1
      choices[place] ??= 0
      return choices[place]
    }
    const fate: Fate = {
      names: (pending) => choose(pending + 1),
      file: (unsynced) => {
        const options = lengths(unsynced)
        return { bytes: options[choose(options.length)] ?? 0, zeros: unsynced > 0 && choose(2) === 1 }
      },
    }
    const cut = disk.fork()
    cut.cut(fate)
    yield cut
    choices.length = limits.length
    while (choices.length > 0) {
      const last = choices.length - 1
      choices[last] = (choices[last] ?? 0) + 1
      if (choices[last] < (limits[last] ?? 0)) break
      choices.pop()
    }
    if (choices.length === 0) return
  }
}

function check(
  word: readonly Letter[],
  done: number,
  contents: JournalContents,
  where: string,
  oldest = done,
): void {
  const allowed = statesOf(word).slice(oldest, done + 2)
  expect(allowed, where).toContain(said(contents))
  // The very first file may be found half made, and that looks like any other damage.
  const kind = contents.trouble?.facts['kind']
  const harmless = done === 0 ? [undefined, 'torn-tail', 'quarantined'] : [undefined, 'torn-tail']
  expect(harmless, where).toContain(kind)
}

describe('[ST-14] a power cut takes nothing that was resolved', () => {
  test('[ST-14] F66 without syncing every commit, nothing older than the last snapshot or opening is lost', async () => {
    const durability = 'process'
    let lost = 0
    for (const word of words(2)) {
      const before = word.length === 0 ? 0 : await operationsOf(word.slice(0, -1), durability)
      for (let fatal = before; ; fatal += 1) {
        const { disk, done, died } = await live(word, fatal, { durability })
        const written =
          Math.max(word.slice(0, done).lastIndexOf('S'), word.slice(0, done).lastIndexOf('o')) + 1
        for (const cut of cutsOf(disk, someOf)) {
          const contents = await readAfter(cut)
          if (said(contents) !== statesOf(word)[done]) lost += 1
          check(word, done, contents, `${word.join('')} dying at ${fatal}`, written)
        }
        if (!died) break
      }
    }
    expect(lost, 'but what came since may be').toBeGreaterThan(10)
  })

  test('[ST-14] F67 F71 I25 at every operation, at every byte, of every short word', async () => {
    let cuts = 0
    for (const word of words(3)) {
      // Deaths in earlier steps are those of shorter words.
      for (let fatal = word.length === 0 ? 0 : await operationsOf(word.slice(0, -1)); ; fatal += 1) {
        const { disk, done, died } = await live(word, fatal)
        for (const cut of cutsOf(disk)) {
          cuts += 1
          const where = `${word.join('')} dying at ${fatal}, cut ${cuts}`
          check(word, done, await readAfter(cut), where)
        }
        if (!died) break
      }
    }
    expect(cuts).toBeGreaterThan(1000)
  })
})

test('[ST-14] F71 I25 a second power cut while the next process takes over takes nothing either', async () => {
  const word: readonly Letter[] = ['r', 'S']
  let cuts = 0
  for (let fatal = await operationsOf(['r']); ; fatal += 1) {
    const { disk, done, died } = await live(word, fatal)
    for (const cut of cutsOf(disk, someOf)) {
      for (let next = 0; ; next += 1) {
        const recovery = await live([], next, { disk: cut.fork() })
        for (const again of cutsOf(recovery.disk)) {
          cuts += 1
          check(word, done, await readAfter(again), `dying at ${fatal}, again at ${next}, cut ${cuts}`)
        }
        if (!recovery.died) break
      }
    }
    if (!died) break
  }
  expect(cuts).toBeGreaterThan(1000)
})

describe('a directory is on the disk before anything in it is told as stored', () => {
  const nothing: Fate = { names: () => 0, file: () => ({ bytes: 0, zeros: false }) }

  const deep = `${HOME}/deep/er/still`

  /** @returns whether it failed, as it does where its operation of this number does, if it has so many. */
  async function makeFailing(disk: Disk, failing: number, when: 'before' | 'after') {
    let count = 0
    const { files } = processFiles({
      disk,
      script: () => ((count += 1) === failing ? { kind: 'fails', code: 'EIO', when } : undefined),
      takes: () => undefined,
      changed: () => undefined,
    })
    const failed = await makeDirectories(files, deep).then(
      () => false,
      () => true,
    )
    return { failed, isOver: count < failing }
  }

  test.each(['before', 'after'] as const)(
    '[ST-16] F66 F69 whichever operations failed %s their effect when it was made, with all that lead to it',
    async (when) => {
      let failures = 0
      for (let first = 1; ; first += 1) {
        const begun = freshDisk()
        const { failed, isOver } = await makeFailing(begun, first, when)
        if (failed) failures += 1
        for (let second = 1; ; second += 1) {
          const disk = begun.fork()
          const again = await makeFailing(disk, second, when)
          if (again.failed) await makeFailing(disk, Number.POSITIVE_INFINITY, when)
          disk.cut(nothing)
          expect(disk.find(deep), `failing at ${first}, again at ${second}`).toBeDefined()
          if (again.isOver) break
        }
        if (isOver) break
      }
      // Each of the three is made, and the directory that has its name is opened and synced.
      expect(failures).toBeGreaterThanOrEqual(9)
    },
  )

  test('[ST-21] F66 F72 whoever made it again when it had been deleted', async () => {
    const disk = freshDisk()
    const journal = await openIn(rig(disk).store)
    await journal.commit({ records: ['1'] })
    disk.unlink(disk.files()[0]?.[0] ?? '')
    disk.rename(`${HOME}/sessions`, `${HOME}/elsewhere`)
    disk.syncPath(HOME)
    // Another session's process, which died before it was synced.
    disk.mkdir(`${HOME}/sessions`)
    await expect(journal.commit({ records: ['2'] })).rejects.toMatchObject({ code: 'store-failed' })
    await journal.reopen()
    await journal.commit({ records: [], snapshot: 'S' })
    disk.cut(nothing)
    expect(said(await readAfter(disk))).toBe(said({ snapshot: 'S', records: [] }))
  })
})

test('[ST-12] F66 F68 a file that was replaced is not found in the place of a damaged one after a power cut', async () => {
  const disk = freshDisk()
  const journal = await openIn(rig(disk).store)
  await journal.commit({ records: ['1'] })
  await journal.commit({ records: [], snapshot: 'S' })
  await journal.commit({ records: ['2'] })
  disk.cut({ names: () => 0, file: () => ({ bytes: 0, zeros: false }) })
  for (const [, file] of disk.files()) if (file.content.includes('S')) file.flip(100)
  expect(await readAfter(disk)).toMatchObject({
    snapshot: undefined,
    records: [],
    trouble: { code: 'store-corrupt', facts: { kind: 'quarantined' } },
  })
})

async function operationsOf(
  word: readonly Letter[],
  durability: 'process' | 'disk' = 'disk',
): Promise<number> {
  return (await live(word, Number.POSITIVE_INFINITY, { durability })).operations
}

describe('[ST-1] the journal store keeps the contract on the simulated disk where no lock reaches', () => {
  const make = () => {
    const disk = freshDisk()
    return { store: rig(disk).store, rob: () => openIn(rig(disk).store) }
  }
  for (const { name, run } of sessionStoreContract(make, { waits: false, canBeRobbed: true })) test(name, run)
})
