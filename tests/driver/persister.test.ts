import { HoldfastError } from 'holdfast'
import { describe, expect, test } from 'vitest'
import type { Commit, Journal, JournalContents } from '../../src/ports/session-store.ts'
import { type Fold, Image } from '../../src/driver/image.ts'
import { Persister } from '../../src/driver/persister.ts'
import { asStoreError } from '../../src/driver/store-errors.ts'
import { settled, VirtualClock } from '../support/clock.ts'

const IDENTITY = { session: 's1', secret: 'x1' }
const failure = () => new HoldfastError('store-failed', 'The disk is full.')

/** A journal that keeps what it is given, answers when it is told to, and fails as often as it is told to. */
class Ledger implements Journal {
  readonly commits: Commit[] = []
  contents: JournalContents = { snapshot: undefined, records: [] }
  /** What the next operations reject with. */
  readonly failing: unknown[] = []
  reopened = 0
  readonly lost = new Promise<void>(() => undefined)
  private held: (() => void)[] | undefined

  hold(): void {
    this.held = []
  }

  release(): void {
    for (const go of this.held?.splice(0) ?? []) go()
    this.held = undefined
  }

  read(): Promise<JournalContents> {
    return Promise.resolve(this.contents)
  }

  async commit(commit: Commit): Promise<void> {
    this.commits.push(commit)
    if (this.held !== undefined) await new Promise<void>((go) => this.held?.push(go))
    const error = this.failing.shift()
    if (error !== undefined) throw error as Error
    this.contents =
      commit.snapshot === undefined
        ? { ...this.contents, records: [...this.contents.records, ...commit.records] }
        : { snapshot: commit.snapshot, records: [] }
  }

  reopen(): Promise<JournalContents> {
    this.reopened += 1
    return Promise.resolve(this.contents)
  }

  erase(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

function make(fold?: Fold, journal: Ledger | undefined = new Ledger()) {
  const image = new Image(IDENTITY, fold)
  const clock = new VirtualClock()
  const told: (readonly [string, ...unknown[]])[] = []
  const persister = new Persister(image, journal, fold !== undefined, clock, {
    persisted: (...watermarks) => told.push(['persisted', ...watermarks]),
    folded: () => told.push(['folded']),
    fenced: ({ code }) => told.push(['fenced', code]),
    gaveUp: ({ code }) => told.push(['gave up', code]),
    revived: () => told.push(['revived']),
    silent: ({ code }) => told.push(['silent', code]),
    unwritable: () => told.push(['unwritable']),
  })
  let seq = 0
  let revision = 0
  return {
    image,
    clock,
    journal,
    persister,
    told,
    send(text = '"m"') {
      seq += 1
      revision += 1
      persister.add(revision, { up: { from: seq, text } }, undefined)
    },
    change(change: Parameters<Persister['add']>[1]) {
      revision += 1
      persister.add(revision, change, undefined)
    },
  }
}

/** What the next process would read. */
function reread(journal: Ledger, fold?: Fold): Image {
  const image = new Image(IDENTITY, fold)
  const named = '{"s":["s1","x1"]}'
  const { snapshot, records } = journal.contents
  image.restore(snapshot, snapshot === undefined ? [named, ...records] : records)
  return image
}

describe('a store that keeps us waiting', () => {
  test('[PS-12] is told after five seconds, once, and may still answer', async () => {
    const { clock, journal, send, told, image } = make()
    journal.hold()
    send()
    await clock.pass(4999)
    expect(told).toEqual([])
    await clock.pass(60_000)
    expect(told).toEqual([['silent', 'store-failed']])
    journal.release()
    await settled()
    expect(told.slice(1)).toEqual([['persisted', 1, 0, 1]])
    expect([clock.pending, reread(journal).lastUp]).toEqual([0, image.lastUp])
  })

  test('[PS-12] is told too if it fails first and does not come back', async () => {
    const { clock, journal, send, told } = make()
    journal.failing.push(failure())
    journal.reopen = () => new Promise(() => undefined)
    send()
    await clock.pass(60_000)
    expect(told).toEqual([['silent', 'store-failed']])
  })

  test('[PS-12] is not told twice of to whoever leaves meanwhile, and keeps no alarm', async () => {
    const { clock, journal, persister, send, told } = make()
    journal.hold()
    send()
    await settled()
    void persister.settled()
    expect(clock.pending).toBe(0)
    await clock.pass(60_000)
    expect(told).toEqual([])
  })
})

describe('group commit', () => {
  test('[PS-2] the changes of one turn go into one commit', async () => {
    const { journal, send, told } = make()
    send()
    send()
    send()
    expect(journal.commits).toEqual([])
    await settled()
    expect(journal.commits).toHaveLength(1)
    expect(journal.commits[0]?.records).toHaveLength(3)
    expect(told).toEqual([['persisted', 3, 0, 3]])
  })

  test('[PS-2] what gathers while one commit is under way goes into the next', async () => {
    const { journal, send, told } = make()
    journal.hold()
    send()
    await settled()
    send()
    send()
    await settled()
    expect(journal.commits).toHaveLength(1)
    journal.release()
    await settled()
    expect(journal.commits.map(({ records }) => records.length)).toEqual([1, 2])
    expect(told).toEqual([
      ['persisted', 1, 0, 1],
      ['persisted', 3, 0, 3],
    ])
  })

  test('[PS-2] a change that only trims waits a quarter of a second for company', async () => {
    const { journal, clock, send, change } = make()
    send()
    await settled()
    change({ acked: 1 })
    await clock.pass(249)
    expect(journal.commits).toHaveLength(1)
    await clock.pass(1)
    expect(journal.commits).toHaveLength(2)
  })

  test('[PS-2] a change that only trims goes with the next one that does not', async () => {
    const { journal, clock, send, change } = make()
    send()
    await settled()
    change({ acked: 1 })
    change({ acked: 1 })
    send()
    await settled()
    expect(journal.commits[1]?.records).toHaveLength(3)
    await clock.pass(1000)
    expect(journal.commits).toHaveLength(2)
  })

  test('[PS-2] settling waits for everything, trims too', async () => {
    const { journal, change, persister } = make()
    change({ acked: 0 })
    await persister.settled()
    expect(journal.commits).toHaveLength(1)
    await persister.settled()
    expect(journal.commits).toHaveLength(1)
  })

  test('[PS-8] without a journal memory is where things are stored', async () => {
    const image = new Image(IDENTITY, undefined)
    const told: unknown[] = []
    const persister = new Persister(image, undefined, false, new VirtualClock(), {
      persisted: (...watermarks) => told.push(watermarks),
      folded: () => undefined,
      fenced: () => undefined,
      gaveUp: () => undefined,
      revived: () => undefined,
      silent: () => undefined,
      unwritable: () => undefined,
    })
    persister.add(1, { up: { from: 1, text: '1' } }, undefined)
    await persister.settled()
    expect(told).toEqual([[1, 0, 1]])
  })
})

describe('snapshots', () => {
  const long = JSON.stringify('x'.repeat(300))

  test('[PS-3] come when as much has been appended as a snapshot is long', async () => {
    const { journal, send, change } = make()
    const places: number[] = []
    for (let i = 1; i <= 1000; i += 1) {
      send(long)
      change({ acked: i })
      await settled()
      if (journal.commits.at(-1)?.snapshot !== undefined) places.push(i)
    }
    // 64 Ki characters of records of a bit more than 300 each.
    expect(places.length).toBeGreaterThanOrEqual(3)
    expect(places.length).toBeLessThanOrEqual(6)
    const written = journal.commits.reduce((sum, { snapshot }) => sum + (snapshot?.length ?? 0), 0)
    const appended = journal.commits.reduce((sum, { records }) => sum + records.join('').length, 0)
    expect(written).toBeLessThan(appended)
  })

  test('[PS-3] are no longer than what is pending makes them, and no more frequent', async () => {
    const { journal, send } = make()
    for (let i = 0; i < 2000; i += 1) {
      send(long)
      if (i % 20 === 0) await settled()
    }
    await settled()
    const snapshots = journal.commits.flatMap(({ snapshot }) =>
      snapshot === undefined ? [] : [snapshot.length],
    )
    const written = snapshots.reduce((sum, length) => sum + length, 0)
    // Each one is written when as much has come since: their sum is at most about twice the last.
    expect(written).toBeLessThan(2000 * 320 * 2.2)
    expect(reread(journal).lastUp).toBe(2000)
  })

  test('[PS-3] count what earlier processes appended', async () => {
    const records = Array.from({ length: 300 }, (_, seq) => `{"u":[${seq + 1},${long}]}`)
    const { image, journal, persister } = make()
    image.restore(undefined, ['{"s":["s1","x1"]}', ...records])
    persister.goOnFrom({ snapshot: undefined, records })
    persister.add(1, { acked: 300, generation: 2 }, undefined)
    await settled()
    expect(journal.commits[0]?.snapshot).toBeDefined()
  })

  test('[PS-6] replace everything where what was read is not worth keeping', async () => {
    const { journal, persister, send } = make()
    persister.replaceAll()
    send()
    await settled()
    expect(journal.commits[0]?.snapshot).toBeDefined()
    send()
    await settled()
    expect(journal.commits[1]?.snapshot).toBeUndefined()
  })
})

describe('a commit that fails', () => {
  test('[PS-4] is healed by reopening, with one snapshot that says all', async () => {
    const { journal, clock, send, told } = make()
    journal.failing.push(failure())
    send()
    await settled()
    expect(told).toEqual([])
    await clock.pass(20)
    expect(journal.reopened).toBe(1)
    expect(journal.commits.at(-1)).toMatchObject({ records: [], snapshot: expect.any(String) as string })
    expect(told).toEqual([['persisted', 1, 0, 1]])
    expect(reread(journal).lastUp).toBe(1)
  })

  test('[PS-4] is healed with what came meanwhile, and nothing stands there twice', async () => {
    const { journal, clock, send, told } = make()
    journal.failing.push(failure(), failure())
    send('"a"')
    await settled()
    send('"b"')
    await clock.pass(20)
    send('"c"')
    await clock.pass(200)
    send('"d"')
    await settled()
    expect(told).toEqual([
      ['persisted', 3, 0, 3],
      ['persisted', 4, 0, 4],
    ])
    expect(reread(journal).kept().outbox.texts).toEqual(['"a"', '"b"', '"c"', '"d"'])
  })

  test('[PS-4] that landed all the same does no harm', async () => {
    const { journal, clock, send } = make()
    const { commit } = journal
    let calls = 0
    journal.commit = async (asked) => {
      await commit.call(journal, asked)
      calls += 1
      if (calls === 1) throw failure()
    }
    send('"a"')
    await clock.pass(20)
    send('"b"')
    await settled()
    expect(reread(journal).kept().outbox.texts).toEqual(['"a"', '"b"'])
  })

  test('[PS-5] four times in a row is given up, and memory has to do', async () => {
    const { journal, clock, send, told } = make()
    journal.failing.push(failure(), failure(), failure(), new Error('no HoldfastError'))
    send()
    await clock.pass(2000)
    expect(told).toEqual([
      ['gave up', 'store-failed'],
      ['persisted', 1, 0, 1],
    ])
    send()
    await settled()
    expect(told.at(-1)).toEqual(['persisted', 2, 0, 2])
    expect(journal.commits).toHaveLength(4)
  })

  test('[PS-11] for good is tried again every half minute, and then holds all that came meanwhile', async () => {
    const { journal, clock, send, told } = make()
    journal.failing.push(failure(), failure(), failure(), failure(), failure())
    send('"a"')
    await clock.pass(2000)
    send('"b"')
    await settled()
    await clock.pass(30_000)
    expect(told.map(([what]) => what)).not.toContain('revived')
    send('"c"')
    await clock.pass(30_000)
    expect(told.slice(-2)).toEqual([['revived'], ['persisted', 3, 0, 3]])
    expect(reread(journal).kept().outbox.texts).toEqual(['"a"', '"b"', '"c"'])
    send('"d"')
    await settled()
    expect(reread(journal).kept().outbox.texts).toEqual(['"a"', '"b"', '"c"', '"d"'])
  })

  test('[PS-11] for good is tried once more when the session is left', async () => {
    const { journal, clock, send, told, persister } = make()
    journal.failing.push(failure(), failure(), failure(), failure())
    send('"a"')
    await clock.pass(2000)
    send('"b"')
    await persister.settled()
    expect(told.slice(-2)).toEqual([['revived'], ['persisted', 2, 0, 2]])
    expect(reread(journal).kept().outbox.texts).toEqual(['"a"', '"b"'])
  })

  test('[PS-11] and is left as it is if it fails then, too', async () => {
    const { journal, clock, send, told, persister } = make()
    journal.failing.push(failure(), failure(), failure(), failure(), failure())
    send()
    await clock.pass(2000)
    await persister.settled()
    await clock.pass(60_000)
    expect(told.map(([what]) => what)).not.toContain('revived')
    expect(journal.commits).toHaveLength(5)
  })

  test('[PS-11] for good is not tried once more when the session is left to be erased', async () => {
    const { journal, clock, send, told, persister } = make()
    journal.failing.push(failure(), failure(), failure(), failure())
    send()
    await clock.pass(2000)
    const { reopened } = journal
    await persister.settled({ erases: true })
    expect(told.map(([what]) => what)).not.toContain('revived')
    expect([journal.reopened, journal.commits.length]).toEqual([reopened, 4])
  })

  test('[PS-7] for good, and another holder’s when it is tried again, is not tried when the session is left', async () => {
    const { journal, clock, send, told, persister } = make()
    const robbed = new HoldfastError('store-fenced', 'Robbed.')
    journal.failing.push(failure(), failure(), failure(), failure(), robbed, robbed)
    send()
    await clock.pass(2000)
    await clock.pass(30_000)
    const { reopened } = journal
    await persister.settled()
    await clock.pass(60_000)
    expect(told.filter(([what]) => what === 'fenced')).toHaveLength(1)
    expect([journal.reopened, journal.commits.length]).toEqual([reopened, 5])
  })

  test('[PS-7] because another holder has the store is not tried again', async () => {
    const { journal, clock, send, told, persister } = make()
    journal.failing.push(new HoldfastError('store-fenced', 'Robbed.'))
    send()
    await clock.pass(5000)
    expect(told).toEqual([['fenced', 'store-fenced']])
    expect(journal.reopened).toBe(0)
    await persister.settled()
  })

  test('[PS-7] and finds the store somebody else’s while it heals says so', async () => {
    const { journal, clock, send, told } = make()
    journal.failing.push(failure(), new HoldfastError('store-fenced', 'Robbed.'))
    send()
    await clock.pass(5000)
    expect(told).toEqual([['fenced', 'store-fenced']])
  })
})

describe('the application’s state', () => {
  const counting: Fold = { initial: 0, reduce: (state) => (state as number) + 1 }

  test('[RS-7] is told when it may have changed', () => {
    const { send, change, told } = make(counting)
    send()
    change({ generation: 1 })
    expect(told).toEqual([['folded']])
  })

  test('[RS-5] from the server is stored whole', async () => {
    const { journal, persister, told } = make(counting)
    persister.adopt('41', 41, 0, 3)
    await settled()
    expect(told[0]).toEqual(['folded'])
    expect(reread(journal, counting).folded).toEqual({ state: 41, up: 0, down: 3 })
  })

  test('[PS-10] that JSON cannot carry is told, and costs no message', async () => {
    const big: Fold = { initial: 0, reduce: () => 10n }
    const { journal, persister, send, told } = make(big)
    send('"a"')
    persister.replaceAll()
    await settled()
    expect(told.map(([what]) => what)).toEqual(['folded', 'unwritable', 'persisted'])
    expect(reread(journal).kept().outbox.texts).toEqual(['"a"'])
  })

  test('[PS-10] that JSON cannot carry leaves a failed store with nothing to be healed by', async () => {
    const big: Fold = { initial: 0, reduce: () => 10n }
    const { journal, clock, send, told } = make(big)
    journal.failing.push(failure())
    send()
    await clock.pass(2000)
    expect(told.map(([what]) => what)).toEqual(['folded', 'unwritable', 'gave up', 'persisted'])
  })
})

test('[PS-5] whatever a store throws is told as a store’s failure', () => {
  const own = failure()
  expect(asStoreError(own)).toBe(own)
  expect(asStoreError('odd')).toMatchObject({ code: 'store-failed', cause: 'odd' })
})
