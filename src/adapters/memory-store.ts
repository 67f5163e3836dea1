/**
 * The session store that forgets with the process.
 *
 * The journals live inside the store object: who opens the same object again finds them, as a tab that is
 * reloaded finds its database. A commit costs an array push and one microtask, because simulations make
 * millions of them and benchmarks measure everything else against it.
 */
import { HoldfastError } from '../base/errors.ts'
import type { Commit, Journal, JournalContents, OpenRequest, SessionStore } from '../ports/session-store.ts'

/** What is kept under one name. Records that a snapshot stands for are dropped, so it stays bounded. */
interface Shelf {
  snapshot: string | undefined
  records: string[]
}

/** Those who want one name, first come, first served; the first of them holds it. */
type Queue = (() => void)[]

const DONE = Promise.resolve()

/** Keeps sessions for as long as the returned object lives. */
export function memoryStore(): SessionStore {
  const shelves = new Map<string, Shelf>()
  const queues = new Map<string, Queue>()

  return {
    durability: 'memory',
    async open(name: string, { blocked, signal }: OpenRequest): Promise<Journal> {
      if (signal.aborted) throw aborted(name)
      const letGo = await hold(queues, name, blocked, signal)
      return openShelf(shelves, name, letGo)
    },
  }
}

/** Waits for one's turn. @returns lets the next one in; harmless when called again. */
function hold(
  queues: Map<string, Queue>,
  name: string,
  blocked: () => void,
  signal: AbortSignal,
): Promise<() => void> {
  const queue = queues.get(name) ?? []
  queues.set(name, queue)
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      const place = queue.indexOf(enter)
      if (place < 0) return
      queue.splice(place, 1)
      if (place === 0) queue[0]?.()
      if (queue.length === 0) queues.delete(name)
    }
    const giveUp = (): void => {
      leave()
      reject(aborted(name))
    }
    const enter = (): void => {
      signal.removeEventListener('abort', giveUp)
      resolve(leave)
    }
    queue.push(enter)
    if (queue.length === 1) return enter()
    signal.addEventListener('abort', giveUp, { once: true })
    blocked()
  })
}

function openShelf(shelves: Map<string, Shelf>, name: string, letGo: () => void): Journal {
  const shelf = shelves.get(name) ?? { snapshot: undefined, records: [] }
  let open = true
  const contents = (): JournalContents => ({ snapshot: shelf.snapshot, records: [...shelf.records] })
  const close = (): Promise<void> => {
    open = false
    letGo()
    return DONE
  }
  return {
    read: () => (open ? Promise.resolve(contents()) : Promise.reject(notOpen(name))),
    commit({ records, snapshot }: Commit): Promise<void> {
      if (!open) return Promise.reject(notOpen(name))
      if (snapshot === undefined) for (const record of records) shelf.records.push(record)
      else {
        shelf.snapshot = snapshot
        shelf.records = []
      }
      shelves.set(name, shelf)
      return DONE
    },
    reopen: () => (open ? Promise.resolve(contents()) : Promise.reject(notOpen(name))),
    erase(): Promise<void> {
      if (open) shelves.delete(name)
      return close()
    },
    close,
    lost: new Promise(() => undefined),
  }
}

function aborted(name: string): HoldfastError<'closed'> {
  return new HoldfastError('closed', 'Opening the store was given up.', { facts: { session: name } })
}

function notOpen(name: string): HoldfastError<'store-failed'> {
  return new HoldfastError('store-failed', 'The journal is closed.', {
    hint: 'Open it again.',
    facts: { session: name },
  })
}
