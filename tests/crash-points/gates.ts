/**
 * The client's way to the outside, with a gate at each boundary: before and after every effect, every operation
 * of the store, and everything that comes in. Behind a gate at which the process died nothing happens any more.
 */
import type { Journal, SessionStore } from '../../src/ports/session-store.ts'
import type { Connection } from '../../src/ports/transport.ts'
import type { StageWorld } from '../../src/testing/stage.ts'
import { never } from './boundaries.ts'

/** Passes a boundary. @returns whether the process is dead, from here on or before */
export type Gate = (boundary: string) => boolean

const NOTHING: Connection = { send: () => undefined, buffered: () => 0, close: () => undefined }

export function gatedWorld(inner: StageWorld, gate: Gate): StageWorld {
  const { clock, random, lifecycle, transport } = inner
  /** Something comes in: it may find the process dead, or kill it when it was taken in. */
  const comes = (what: string, takeIn: () => void): void => {
    if (gate(`${what} comes`)) return
    takeIn()
    gate(`${what} taken in`)
  }
  const does = (what: string, effect: () => void): void => {
    if (gate(`before ${what}`)) return
    effect()
    gate(`after ${what}`)
  }
  return {
    random,
    clock: { ...clock, alarm: (at, ring) => clock.alarm(at, () => comes('alarm', ring)) },
    lifecycle: {
      subscribe: (listener) => lifecycle.subscribe((hint) => comes(`hint ${hint}`, () => listener(hint))),
    },
    transport: {
      open: (request, listener) => {
        if (gate('before dial')) return NOTHING
        const connection = transport.open(request, {
          opened: () => comes('opened', () => listener.opened()),
          received: (message) => comes(typeOf(message), () => listener.received(message)),
          dropped: (loss) => comes('dropped', () => listener.dropped(loss)),
        })
        if (gate('after dial')) return NOTHING
        return {
          send: (text) => does(`send ${typeOf(text)}`, () => connection.send(text)),
          buffered: () => connection.buffered(),
          close: (code, reason) => does('hang-up', () => connection.close(code, reason)),
        }
      },
    },
  }
}

export function gatedStore(inner: SessionStore, gate: Gate): SessionStore {
  return {
    durability: inner.durability,
    async open(name, request) {
      if (gate('before store open')) return never()
      const journal = await inner.open(name, request)
      if (!gate('after store open')) return gatedJournal(journal, gate)
      // Its lock goes with the process.
      void journal.close()
      return never()
    },
  }
}

function gatedJournal(inner: Journal, gate: Gate): Journal {
  const through = async <Answer>(name: string, work: () => Promise<Answer>): Promise<Answer> => {
    if (gate(`before store ${name}`)) return never()
    try {
      const answer = await work()
      if (!gate(`after store ${name}`)) return answer
    } catch (error) {
      if (gate(`after store ${name} failed`)) return never()
      throw error
    }
    return never()
  }
  return {
    read: () => through('read', () => inner.read()),
    commit: (commit) => through('commit', () => inner.commit(commit)),
    reopen: () => through('reopen', () => inner.reopen()),
    erase: () => through('erase', () => inner.erase()),
    close: () => through('close', () => inner.close()),
    lost: inner.lost,
  }
}

/** What a frame is, from its text. */
export function typeOf(text: unknown): string {
  return typeof text === 'string' ? (/^\{"type":"([a-z]+)"/.exec(text)?.[1] ?? 'nonsense') : 'nonsense'
}
