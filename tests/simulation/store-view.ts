/**
 * The store as one process has it: its own until it dies, watched from outside.
 */
import { isHoldfastError } from '../../src/base/errors.ts'
import type { Journal, SessionStore } from '../../src/ports/session-store.ts'
import type { Device, Writer } from './device.ts'

export interface StoreView {
  readonly store: SessionStore
  /** The process is dead: it holds nothing, waits for nothing and hears nothing any more. */
  crash(): void
}

export function storeView(device: Device, writer: Writer, guard: (work: () => void) => void): StoreView {
  const view = device.open()
  const dying = new AbortController()
  const isToldOfClaims = 'claimed' in view
  if (isToldOfClaims) view.claimed = () => device.lets(writer)
  const alive = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      const value = await work()
      return dying.signal.aborted ? await never<Value>() : value
    } catch (error) {
      if (dying.signal.aborted) return never<Value>()
      throw error
    }
  }
  const watch = (journal: Journal, opened: number): Journal => ({
    read: () =>
      alive(async () => {
        const contents = await journal.read().catch((error: unknown) => {
          if (isHoldfastError(error, 'store-fenced')) device.refuses(writer)
          throw error
        })
        guard(() => device.read(writer, contents, opened))
        return contents
      }),
    commit: (commit) =>
      alive(async () => {
        const writing = device.asked(writer, commit)
        await device.lag()
        if (dying.signal.aborted) return
        await journal.commit(commit)
        guard(() => device.answered(writing))
      }),
    reopen: () => alive(() => journal.reopen()),
    erase: () =>
      alive(async () => {
        const erased = device.erasing()
        await journal.erase()
        guard(erased)
      }),
    close: () => alive(() => journal.close()),
    lost: journal.lost,
  })
  return {
    store: {
      // What survives here is the device's to lose; `memory` then says that the process has no store.
      durability: view.store.durability === 'memory' ? 'process' : view.store.durability,
      open: (name, { blocked, signal }) =>
        alive(async () => {
          const aborted = eitherOf(signal, dying.signal)
          const opened = device.opening()
          const journal = await view.store.open(name, { blocked, signal: aborted })
          // A process that died in the queue must not be let in.
          if (dying.signal.aborted) await journal.close()
          else if (!isToldOfClaims) device.lets(writer)
          return watch(journal, opened)
        }),
    },
    crash() {
      dying.abort()
      view.crash()
    },
  }
}

/** Is aborted with either. One of `AbortSignal.any` is kept, with all of its world, while anybody listens to it. */
function eitherOf(...signals: readonly AbortSignal[]): AbortSignal {
  const both = new AbortController()
  for (const signal of signals) {
    if (signal.aborted) both.abort()
    else signal.addEventListener('abort', () => both.abort(), { once: true })
  }
  return both.signal
}

const never = <Value>(): Promise<Value> => new Promise(() => undefined)
