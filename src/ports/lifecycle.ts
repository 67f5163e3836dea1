/**
 * What the surroundings say about themselves.
 *
 * Hints, never facts: `offline` is a reason to probe, `online` one to dial sooner, and no hint by itself ends
 * or makes a connection.
 */
export type Hint = 'online' | 'offline' | 'visible' | 'hidden' | 'frozen' | 'resumed'

export interface Lifecycle {
  /** @returns stops listening; idempotent. */
  subscribe(listener: (hint: Hint) => void): () => void
}
