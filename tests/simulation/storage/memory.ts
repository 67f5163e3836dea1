/**
 * Storage without a disk below it: the memory store under the faulty store, for speed. Nothing that landed
 * is lost by a power cut, for there is no cache.
 */
import { HoldfastError } from '../../../src/base/errors.ts'
import type { Commit, Journal, JournalContents, SessionStore } from '../../../src/ports/session-store.ts'
import { memoryStore } from '../../../src/adapters/memory-store.ts'
import { faultyStore, type StoreFault } from '../../../src/testing/faulty-store.ts'
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import { processLock } from './process-locks.ts'
import { Queues } from './queues.ts'
import { LONGEST_MS, Spells, Strikes } from './spells.ts'
import type { Saved, Storage, StorageFault, StorageOptions } from './storage.ts'

interface Contents {
  readonly snapshot: string | undefined
  readonly records: readonly string[]
}

interface SavedMemory extends Saved {
  readonly kind: 'memory'
  readonly shelves: ReadonlyMap<string, Contents>
}

/** One store until the next wipe; journals of an earlier one are bottomless. */
interface Ground {
  readonly store: SessionStore
  /** What a restored copy holds and nobody has opened yet. */
  readonly preloaded: Map<string, Contents>
}

export function memoryStorage(options: StorageOptions, start?: SavedMemory): Storage {
  const { timeline, chance, landed, longestMs = LONGEST_MS } = options
  const spells = new Spells()
  const strikes = new Strikes()
  const views = new Set<() => void>()
  const locks = new Queues((run) => queueMicrotask(run))
  let ground: Ground
  let shelves = new Map<string, Contents>()
  let fault: (() => StoreFault | undefined) | undefined

  const lay = (saved: ReadonlyMap<string, Contents>): void => {
    ground = { store: memoryStore(), preloaded: new Map(saved) }
    shelves = new Map(saved)
  }
  lay(start?.shelves ?? new Map())

  const openOn = async (name: string, request: Parameters<SessionStore['open']>[1]): Promise<Journal> => {
    // The lock is the machine's: it outlives what is stored.
    const lock = await processLock(locks, {})('', name, request)
    let below = ground
    let inner = await enter(below, name, request)
    const isGone = (): boolean => below !== ground
    return {
      read: () => inner.read(),
      async commit(commit: Commit) {
        if (isGone()) throw new HoldfastError('store-failed', 'The memory was wiped.', { hint: 'Reopen.' })
        await inner.commit(commit)
        shelves.set(name, folded(shelves.get(name), commit))
        landed(commit)
      },
      async reopen(): Promise<JournalContents> {
        if (isGone()) {
          await inner.close()
          below = ground
          inner = await enter(below, name, request)
        }
        return inner.reopen()
      },
      async erase() {
        if (!isGone()) shelves.delete(name)
        await inner.erase()
        await lock.release()
      },
      async close() {
        await inner.close()
        await lock.release()
      },
      lost: inner.lost,
    }
  }

  /** Fails so often, for a while. */
  const failing = (kind: 'refused' | 'answer-lost'): StorageFault =>
    function (luck, lasts) {
      const often = luck.pick([0.3, 1])
      const mine = (): StoreFault | undefined => (luck.happens(often) ? { kind } : undefined)
      const { current } = strikes
      fault = () => {
        const found = mine()
        if (found !== undefined) strikes.count(current)
        return found
      }
      const counted = fault
      spells.begin(luck.between(5, longestMs), lasts, () => {
        if (fault === counted) fault = undefined
      })
    }
  const slow: StorageFault = (luck, lasts) => {
    let wake = (): void => undefined
    const over = new Promise<void>((resolve) => (wake = resolve))
    const mine = (): StoreFault => {
      strikes.count('F73 slow store')
      return { kind: 'slow', until: Promise.race([timeline.pause(luck.between(1, 3000)), over]) }
    }
    fault = mine
    spells.begin(luck.between(500, 20_000), lasts, () => {
      wake()
      if (fault === mine) fault = undefined
    })
  }

  return {
    kind: 'memory',
    // What the memory store says of itself; here its object outlives the process.
    durability: 'memory',
    open() {
      const store = faultyStore({ durability: 'memory', open: openOn }, ({ type }) =>
        type === 'commit' || type === 'reopen' ? fault?.() : undefined,
      )
      let isDead = false
      const crash = (): void => {
        if (isDead) return
        isDead = true
        views.delete(crash)
        void store.crash()
      }
      views.add(crash)
      return {
        store,
        crash,
        get isDead() {
          return isDead
        },
      }
    },
    cutPower() {
      for (const crash of [...views]) crash()
      return false
    },
    wipe: () => lay(new Map()),
    save: (): SavedMemory => ({ kind: 'memory', shelves: new Map(shelves) }),
    restore(saved) {
      if (saved.kind !== 'memory') throw new TypeError('a copy of another kind')
      lay((saved as SavedMemory).shelves)
    },
    clone: (told = landed) =>
      memoryStorage(
        { ...options, chance: clonedChance(chance), landed: told },
        { kind: 'memory', shelves: new Map(shelves) },
      ),
    survived: () =>
      [...shelves.values()].flatMap(({ snapshot, records }) => [
        ...(snapshot === undefined ? [] : [snapshot]),
        ...records,
      ]),
    faults: strikes.named({
      'F61 store refuses': failing('refused'),
      'F62 store answers lost': failing('answer-lost'),
      'F73 slow store': slow,
    }),
    struck: strikes.counts,
    heal: () => spells.endAll(),
  }
}

async function enter(
  { store, preloaded }: Ground,
  name: string,
  request: Parameters<SessionStore['open']>[1],
): Promise<Journal> {
  const journal = await store.open(name, request)
  const contents = preloaded.get(name)
  if (contents === undefined) return journal
  preloaded.delete(name)
  if (contents.snapshot !== undefined) await journal.commit({ records: [], snapshot: contents.snapshot })
  await journal.commit({ records: contents.records })
  return journal
}

function folded(before: Contents | undefined, { records, snapshot }: Commit): Contents {
  if (snapshot !== undefined) return { snapshot, records: [] }
  return { snapshot: before?.snapshot, records: [...(before?.records ?? []), ...records] }
}

/** A machine that was cloned has luck of its own from there on. */
export function clonedChance(chance: Chance): Chance {
  return chance.stream(`clone ${chance.random.seed()}`)
}
