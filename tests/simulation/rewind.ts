/**
 * A memory log that can be put back to how it was: what a replica that lagged behind, or a backup, brings about.
 *
 * The log itself has no such thing, and must not: nothing but a test wants it. So this reaches into its maps.
 */
import type { MemoryLog } from '../../src/server/memory-log.ts'

/** Everything that the log keeps; its rules and its clock are not of it. */
interface Inside {
  sessions: unknown
  tombstones: unknown
}

/** @returns puts the log back to this moment, as often as it is called */
export function keep(log: MemoryLog): () => void {
  // The interface hides what this file is about.
  const inside = log as unknown as Inside
  const kept = copy({ sessions: inside.sessions, tombstones: inside.tombstones }) as Inside
  return () => Object.assign(inside, copy(kept))
}

/** A twin with the same prototypes. Entries never change, so lists share them. */
function copy(value: unknown): unknown {
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, copy(one)]))
  if (Array.isArray(value)) return [...(value as unknown[])]
  if (typeof value !== 'object' || value === null) return value
  const twin: unknown = Object.create(Object.getPrototypeOf(value) as object | null)
  return Object.assign(
    twin as object,
    Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copy(one)])),
  )
}
