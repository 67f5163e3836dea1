/**
 * Some commits, and which of them a journal shows.
 */
import type { Commit, JournalContents } from '../../src/ports/session-store.ts'

export const COMMITS: readonly Commit[] = [
  { records: ['1'] },
  { records: ['2', '3'] },
  { records: ['4'], snapshot: 'S4' },
  { records: ['5'] },
  { records: [], snapshot: 'S5' },
  { records: ['6'] },
  { records: ['7'] },
]

/** What a journal holds after the first `count` commits. */
function after(count: number): {
  readonly snapshot: string | undefined
  readonly records: readonly string[]
} {
  let snapshot: string | undefined
  let records: string[] = []
  for (const commit of COMMITS.slice(0, count)) {
    snapshot = commit.snapshot ?? snapshot
    records = commit.snapshot === undefined ? [...records, ...commit.records] : []
  }
  return { snapshot, records }
}

/** How many commits have landed; -1 if it is no number of them. */
export function landed({ snapshot, records }: JournalContents): number {
  const wanted = JSON.stringify([snapshot, records])
  return [...COMMITS.keys(), COMMITS.length].findIndex((count) => {
    const state = after(count)
    return JSON.stringify([state.snapshot, state.records]) === wanted
  })
}
