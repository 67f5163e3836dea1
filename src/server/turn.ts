/**
 * Does something at the end of the turn.
 *
 * A promise's callback instead of `queueMicrotask`, which in Node makes a resource for its hooks each time.
 */
const SETTLED = Promise.resolve()

/** @param work - must not throw */
export function atTurnsEnd(work: () => void): void {
  void SETTLED.then(work)
}
