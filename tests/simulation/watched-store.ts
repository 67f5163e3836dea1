/**
 * A store that tells what has landed in it, so that the ledger need not believe the client.
 */
import type { Commit, Journal, SessionStore } from 'holdfast'

export function watchedStore(inner: SessionStore, landed: (cursor: number) => void): SessionStore {
  return {
    durability: inner.durability,
    open: async (name, request) => watched(await inner.open(name, request), landed),
  }
}

function watched(inner: Journal, landed: (cursor: number) => void): Journal {
  return {
    read: () => inner.read(),
    async commit(commit) {
      await inner.commit(commit)
      const cursor = cursorIn(commit)
      if (cursor !== undefined) landed(cursor)
    },
    reopen: () => inner.reopen(),
    erase: () => inner.erase(),
    close: () => inner.close(),
    lost: inner.lost,
  }
}

/** The last cursor that a commit writes. Our messages hold no such key. */
function cursorIn({ records, snapshot }: Commit): number | undefined {
  for (const text of [snapshot, ...records.toReversed()]) {
    const found = text === undefined ? undefined : /"c":(\d+)/.exec(text)?.[1]
    if (found !== undefined) return Number(found)
  }
  return undefined
}
