/**
 * The IndexedDB store in a simulated browser: one origin, its tabs, their locks and timers.
 */
import type { Browser } from '../../../src/adapters/browser.ts'
import { interpret } from '../../../src/adapters/indexeddb-contents.ts'
import { indexedDBStoreIn } from '../../../src/adapters/indexeddb-store.ts'
import { after, milliseconds } from '../../../src/base/time.ts'
import type { Commit, Journal, SessionStore } from '../../../src/ports/session-store.ts'
import { Ground } from './idb-ground.ts'
import { Origin, type Tab } from './idb-origin.ts'
import type { Contents, Key } from './idb-records.ts'
import { IdbTroubles } from './idb-troubles.ts'
import { clonedChance } from './memory.ts'
import { Queues } from './queues.ts'
import type { Saved, Storage, StorageOptions, StorageView } from './storage.ts'
import { webLocks } from './web-locks.ts'

interface SavedOrigin extends Saved {
  readonly kind: 'indexeddb'
  readonly databases: ReadonlyMap<string, Contents>
}

/** Milliseconds at most, for one step. */
const TAKES = { open: 2, get: 0.1, put: 0.1, delete: 0.1, commit: 1 } as const
const NEWER = 7

export function indexedDBStorage(options: StorageOptions, start?: SavedOrigin): Storage {
  const { timeline, chance, landed } = options
  const durability = options.durability ?? chance.stream('durability').pick(['process', 'process', 'disk'])
  const luck = chance.stream('indexeddb')
  const later = (ms: number, run: () => void): (() => void) =>
    timeline.schedule(after(timeline.now, milliseconds(ms)), run)
  const ground = new Ground(() => timeline.now, start?.databases)
  const soon = (run: () => void): void => void later(0, run)
  const locks = new Queues(soon)
  const outdate = (isNewer: boolean): void => {
    for (const contents of ground.all()) if (contents.version > 0) contents.version = isNewer ? NEWER : 1
  }
  const troubles: IdbTroubles = new IdbTroubles(options, () => origin, locks, outdate)
  const lockHost = { queues: locks, soon, areDenied: () => troubles.areLocksDenied }
  const origin: Origin = new Origin({
    ground,
    soon: (run, step) => void later(luck.between(0, TAKES[step]) + troubles.slower(step), run),
    onOpen: () => troubles.onOpen(),
    onStep: (step) => troubles.onStep(step),
  })
  const views = new Set<StorageView>()

  const open = (): StorageView => {
    /** The commits that are under way, by session. */
    const underWay = new Map<string, Commit>()
    let isDead = false
    const tab: Tab = {
      get isDead() {
        return isDead
      },
      wrote(keys) {
        if (keys.some((key) => Array.isArray(key) && key[1] === 'holder')) view.claimed?.()
        const name = keys.map(sessionOf).find((one) => one !== undefined)
        const commit = name === undefined ? undefined : underWay.get(name)
        if (name === undefined || commit === undefined) return
        underWay.delete(name)
        landed(commit)
      },
    }
    const browser: Browser = {
      indexedDB: origin.factoryFor(tab),
      // Nothing looks into a range but the simulated database.
      IDBKeyRange: { bound: (lower: Key, upper: Key) => ({ lower, upper }) as unknown as IDBKeyRange },
      navigator: { locks: webLocks(lockHost, tab) },
      crypto: { getRandomValues: (values) => randomly(values, () => luck.next()) },
      setTimeout: (run, ms) =>
        later(ms, () => {
          if (!isDead) run()
        }),
      clearTimeout: (cancel) => (cancel as () => void)(),
    }
    const store = indexedDBStoreIn(browser, { durability: durability === 'disk' ? 'strict' : 'relaxed' })
    const view: StorageView = {
      store: watched(store, underWay),
      claimed: undefined,
      crash() {
        if (isDead) return
        isDead = true
        views.delete(view)
        origin.die(tab)
        locks.die(tab)
      },
      get isDead() {
        return isDead
      },
    }
    views.add(view)
    return view
  }

  const replace = (databases: ReadonlyMap<string, Contents>): void => {
    origin.breakAll(true)
    ground.restore(databases)
  }
  return {
    kind: 'indexeddb',
    durability,
    open,
    cutPower(fate) {
      for (const view of [...views]) view.crash()
      ground.cut((unflushed) => fate.whole(0, unflushed))
      return durability === 'process'
    },
    wipe: () => replace(new Map()),
    save: (): SavedOrigin => ({ kind: 'indexeddb', databases: ground.save() }),
    restore(saved) {
      if (saved.kind !== 'indexeddb') throw new TypeError('a copy of another kind')
      replace((saved as SavedOrigin).databases)
    },
    clone: (told = landed) =>
      indexedDBStorage(
        { ...options, durability, chance: clonedChance(chance), landed: told },
        { kind: 'indexeddb', databases: ground.save() },
      ),
    survived: () => ground.all().flatMap(textsIn),
    faults: troubles.faults,
    struck: troubles.struck,
    heal: () => troubles.heal(),
  }
}

/** The same store, whose commits are known while they are under way. */
function watched(store: SessionStore, underWay: Map<string, Commit>): SessionStore {
  return {
    durability: store.durability,
    async open(name, request) {
      const journal: Journal = await store.open(name, request)
      return {
        read: () => journal.read(),
        async commit(commit) {
          underWay.set(name, commit)
          try {
            await journal.commit(commit)
          } finally {
            if (underWay.get(name) === commit) underWay.delete(name)
          }
        },
        reopen: () => journal.reopen(),
        erase: () => journal.erase(),
        close: () => journal.close(),
        lost: journal.lost,
      }
    },
  }
}

/** Whose records or snapshot lie under this key. */
function sessionOf(key: Key): string | undefined {
  if (typeof key === 'number' || typeof key === 'string') return undefined
  const [name, word] = key
  return typeof name === 'string' && (word === 'records' || word === 'snapshot') ? name : undefined
}

/** What the next tab will read, session by session; nothing of what it will find damaged. */
function textsIn({ stores }: Contents): string[] {
  const records = [...stores.values()]
  const names = new Set(records.flatMap((one) => one.all().flatMap(([key]) => sessionOf(key) ?? [])))
  return [...names].sort().flatMap((name) =>
    records.flatMap((one) => {
      const entries = one.within({ lower: [name], upper: [name, []] })
      const findings = interpret(entries as unknown as Parameters<typeof interpret>[0])
      if (findings.kind === 'damaged') return []
      return findings.snapshot === undefined ? findings.records : [findings.snapshot, ...findings.records]
    }),
  )
}

function randomly<T extends ArrayBufferView | null>(values: T, next: () => number): T {
  if (values instanceof Uint32Array)
    for (let place = 0; place < values.length; place += 1) values[place] = Math.floor(next() * 2 ** 32)
  return values
}
