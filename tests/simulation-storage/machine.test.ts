/**
 * What happens to a whole machine: it is wiped, restored from an old copy, cloned, and its processes die. And
 * that all of it is the same again from the same seed.
 */
import { describe, expect, test } from 'vitest'
import type { Journal, JournalContents, SessionStore } from '../../src/ports/session-store.ts'
import { chance } from '../../src/testing/virtual/chance.ts'
import { Timeline } from '../../src/testing/virtual/timeline.ts'
import { createStorage, type Storage, type StorageOptions } from '../simulation/storage/storage.ts'
import { inTime } from './in-time.ts'
import { reasonOf } from '../adapters/reason-of.ts'

type Ground = Pick<StorageOptions, 'kind' | 'durability'>

const GROUNDS: readonly Ground[] = [
  { kind: 'memory' },
  { kind: 'journal', durability: 'disk' },
  { kind: 'indexeddb', durability: 'disk' },
]

interface Scene {
  readonly storage: Storage
  readonly timeline: Timeline
  readonly landed: string[]
}

function play(ground: Ground, act: (scene: Scene) => Promise<void>): Promise<void> {
  const timeline = new Timeline()
  const landed: string[] = []
  const storage = createStorage({
    ...ground,
    timeline,
    chance: chance(7),
    landed: ({ records }) => landed.push(records.join()),
  })
  return inTime(timeline, () => act({ storage, timeline, landed }))
}

function open(store: SessionStore): Promise<Journal> {
  return store.open('a', { blocked: () => undefined, signal: new AbortController().signal })
}

async function contents(storage: Storage): Promise<JournalContents> {
  const journal = await open(storage.open().store)
  const found = await journal.read()
  await journal.close()
  return found
}

async function write(storage: Storage, ...records: string[]): Promise<void> {
  const journal = await open(storage.open().store)
  try {
    await journal.read()
    for (const record of records) await journal.commit({ records: [record] })
  } finally {
    await journal.close()
  }
}

describe.each(GROUNDS)('[ST-1] $kind', (ground) => {
  test('[ST-1] what landed is told, and survives the process', () =>
    play(ground, async ({ storage, landed }) => {
      const view = storage.open()
      const journal = await open(view.store)
      await journal.commit({ records: ['1'] })
      expect(landed).toEqual(['1'])
      view.crash()
      expect(view.isDead).toBe(true)
      expect(storage.survived()).toEqual(['1'])
      expect(await contents(storage)).toMatchObject({ records: ['1'] })
    }))

  test('[ST-20] the death of the holder lets the next one in', () =>
    play(ground, async ({ storage }) => {
      const view = storage.open()
      await (await open(view.store)).commit({ records: ['1'] })
      let blocked = 0
      const signal = new AbortController().signal
      const next = storage.open().store.open('a', { blocked: () => (blocked += 1), signal })
      await storage.open().store.open('b', { blocked: () => (blocked += 10), signal })
      expect(blocked).toBe(1)
      view.crash()
      expect(await (await next).read()).toMatchObject({ records: ['1'] })
    }))

  test('[ST-1] F72 a wipe fails the next commit or the journal, and what comes next begins anew', () =>
    play(ground, async ({ storage }) => {
      const journal = await open(storage.open().store)
      await journal.commit({ records: ['1'] })
      storage.wipe()
      expect(storage.survived()).toEqual([])
      expect(await reasonOf(journal.commit({ records: ['2'] }))).toMatchObject({ code: 'store-failed' })
      expect(await journal.reopen()).toMatchObject({ snapshot: undefined, records: [] })
      await journal.commit({ records: ['3'] })
      await journal.close()
      expect(await contents(storage)).toMatchObject({ records: ['3'] })
    }))

  test('[ST-1] F74 an old copy that is restored is what the next process finds', () =>
    play(ground, async ({ storage }) => {
      await write(storage, '1')
      const saved = storage.save()
      await write(storage, '2')
      for (let time = 1; time <= 2; time += 1) {
        storage.restore(saved)
        expect(storage.survived()).toEqual(['1'])
        await write(storage, 'else')
        expect(await contents(storage)).toMatchObject({ records: ['1', 'else'] })
      }
    }))

  test('[ST-1] F74 a clone goes its own way while the first one lives', () =>
    play(ground, async ({ storage, landed }) => {
      const journal = await open(storage.open().store)
      await journal.commit({ records: ['1'] })
      const told: string[] = []
      const clone = storage.clone(({ records }) => told.push(records.join()))
      const twin = await open(clone.open().store)
      expect(await twin.read()).toMatchObject({ records: ['1'] })
      await journal.commit({ records: ['2'] })
      await twin.commit({ records: ['B'] })
      expect([storage.survived(), clone.survived()]).toEqual([
        ['1', '2'],
        ['1', 'B'],
      ])
      expect([landed, told]).toEqual([['1', '2'], ['B']])
    }))

  test('[ST-1] the same seed is the same life, to the millisecond', async () => {
    const life = async (): Promise<unknown[]> => {
      const seen: unknown[] = []
      await play(ground, async ({ storage, timeline }) => {
        const luck = chance(3)
        const faults = Object.values(storage.faults)
        for (let turn = 0; turn < 40; turn += 1) {
          luck.pick(faults)(luck, (ms, end) => void timeline.pause(ms).then(end))
          await write(storage, `${turn}`).catch((reason: unknown) => seen.push(String(reason)))
          if (luck.happens(0.3)) storage.cutPower(luck)
          seen.push(timeline.now, storage.survived().join())
        }
      })
      return seen
    }
    const first = await life()
    expect(new Set(first).size).toBeGreaterThan(40)
    expect(await life()).toEqual(first)
  })
})

describe('[ST-7] Web Locks in the simulated browser', () => {
  const ground: Ground = { kind: 'indexeddb' }
  const never = (): void => undefined

  test('[ST-7] F81 a stolen lock is heard of, and nothing more is written', () =>
    play(ground, async ({ storage }) => {
      const journal = await open(storage.open().store)
      storage.faults['F81 locks stolen']?.(chance(1), never)
      await journal.lost
      expect(await reasonOf(journal.commit({ records: ['1'] }))).toMatchObject({ code: 'store-fenced' })
      expect(storage.survived()).toEqual([])
    }))

  test('[ST-7] F81 where locks are denied the newest tab wins', () =>
    play(ground, async ({ storage }) => {
      storage.faults['F81 locks denied']?.(chance(1), never)
      const first = await open(storage.open().store)
      const second = await open(storage.open().store)
      expect(await reasonOf(first.commit({ records: ['1'] }))).toMatchObject({ code: 'store-fenced' })
      await second.commit({ records: ['2'] })
      expect(storage.survived()).toEqual(['2'])
    }))
})
