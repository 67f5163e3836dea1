/**
 * A session store around another one that fails as the script says: before its effect or after it, slowly,
 * or by forgetting what it had promised when the process dies.
 *
 * It knows no clock and no chance: a simulation decides from its seed what the script answers, and from its
 * own time when a slow operation ends.
 */
import { HoldfastError } from '../base/errors.ts'
import type { Commit, Journal, JournalContents, OpenRequest, SessionStore } from '../ports/session-store.ts'

/** What is about to happen, as the script is asked about it. */
export interface StoreOperation {
  readonly type: 'open' | 'read' | 'commit' | 'reopen' | 'erase'
  readonly name: string
  /** Counts all operations of this store from 0. */
  readonly count: number
}

export type StoreFault =
  /** Rejects and does nothing. */
  | { readonly kind: 'refused'; readonly error?: HoldfastError }
  /** Does it, and rejects all the same: the answer was lost. */
  | { readonly kind: 'answer-lost'; readonly error?: HoldfastError }
  /** Does it when the promise resolves. */
  | { readonly kind: 'slow'; readonly until: Promise<unknown> }

/** @returns what goes wrong with the operation; nothing if `undefined`. */
export type FaultScript = (operation: StoreOperation) => StoreFault | undefined

export interface FaultyStoreOptions {
  /**
   * How many resolved commits a power cut may take back, as with relaxed durability.
   *
   * @defaultValue 0
   */
  readonly unsynced?: number
}

export interface FaultyStore extends SessionStore {
  /**
   * The process dies: every open journal is let go, and what was asked of it never answers. Of the last
   * `unsynced` commits of each, the last `losing` have not happened.
   */
  crash(losing?: number): Promise<void>
}

/** One open journal, as `crash` sees it. */
interface Handle {
  readonly die: (losing: number) => Promise<void>
}

export function faultyStore(
  inner: SessionStore,
  script: FaultScript,
  { unsynced = 0 }: FaultyStoreOptions = {},
): FaultyStore {
  const open = new Set<Handle>()
  let count = 0
  const ask = (type: StoreOperation['type'], name: string): StoreFault | undefined => {
    count += 1
    return script({ type, name, count: count - 1 })
  }
  return {
    durability: inner.durability,
    async open(name: string, request: OpenRequest): Promise<Journal> {
      const journal = await undergo(
        ask('open', name),
        () => inner.open(name, request),
        (opened) => opened.close(),
      )
      const [handle, faulty] = faultyJournal(
        journal,
        unsynced,
        (type) => ask(type, name),
        (one) => open.delete(one),
      )
      open.add(handle)
      return faulty
    },
    async crash(losing = 0): Promise<void> {
      const dying = [...open]
      open.clear()
      await Promise.all(dying.map((handle) => handle.die(losing)))
    },
  }
}

function faultyJournal(
  inner: Journal,
  unsynced: number,
  ask: (type: StoreOperation['type']) => StoreFault | undefined,
  gone: (handle: Handle) => void,
): [Handle, Journal] {
  /** Resolved, but not in the inner journal yet. */
  const held: Commit[] = []
  let dead = false
  let unsure = false
  let closed = false
  const sync = async (keep: number): Promise<void> => {
    while (held.length > keep) {
      const [commit] = held.splice(0, 1)
      if (commit !== undefined) await inner.commit(commit)
    }
  }
  /** What is asked of a dead process never answers. */
  const alive = async <T>(work: () => Promise<T>): Promise<T> => {
    const outcome = await (dead
      ? never<T>()
      : work().catch((reason: unknown) => (dead ? never<T>() : rethrow(reason))))
    return dead ? never<T>() : outcome
  }
  const handle: Handle = {
    async die(losing) {
      dead = true
      held.splice(Math.max(0, held.length - losing))
      await sync(0)
      await inner.close()
    },
  }
  const commit = async ({ records, snapshot }: Commit): Promise<void> => {
    if (unsure)
      throw new HoldfastError('store-failed', 'A commit failed before this one.', { hint: 'Reopen.' })
    try {
      await undergo(ask('commit'), async () => {
        if (dead) return
        held.push({ records: [...records], snapshot })
        await sync(closed ? 0 : unsynced)
      })
    } catch (reason) {
      unsure = true
      throw reason
    }
  }
  const reopen = async (): Promise<JournalContents> => {
    const contents = await undergo(ask('reopen'), async () => {
      await sync(0)
      return inner.reopen()
    })
    unsure = false
    return contents
  }
  const letGo = async (how: () => Promise<void>): Promise<void> => {
    closed = true
    // What cannot be written any more is lost with the handle, as it is when a real one closes.
    await sync(0).catch(() => undefined)
    gone(handle)
    await how()
  }
  const journal: Journal = {
    read: () => alive(() => undergo(ask('read'), () => inner.read())),
    commit: (asked) => alive(() => commit(asked)),
    reopen: () => alive(reopen),
    erase: () => alive(() => undergo(ask('erase'), () => letGo(() => inner.erase()))),
    close: () => alive(() => letGo(() => inner.close())),
    lost: inner.lost,
  }
  return [handle, journal]
}

/** Does the work as the fault lets it; `undo` takes back a result that nobody will receive. */
async function undergo<T>(
  fault: StoreFault | undefined,
  work: () => Promise<T>,
  undo: (result: T) => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  if (fault === undefined) return work()
  switch (fault.kind) {
    case 'refused':
      throw fault.error ?? new HoldfastError('store-failed', 'The script refuses this operation.')
    case 'answer-lost':
      await undo(await work())
      throw fault.error ?? new HoldfastError('store-failed', 'The script loses the answer of this operation.')
    case 'slow':
      await fault.until
      return work()
  }
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined)
}

function rethrow(reason: unknown): never {
  throw reason
}
