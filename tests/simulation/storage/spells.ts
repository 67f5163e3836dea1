/**
 * Faults that last: each ends once, after its time or when everything is healed, whichever comes first.
 */
import type { Lasts } from './storage.ts'

/** Shorter than what a client takes to give up a store. */
export const LONGEST_MS = 1100

export class Spells {
  private readonly ends = new Set<() => void>()

  begin(ms: number, lasts: Lasts, end: () => void): void {
    const once = (): void => {
      if (this.ends.delete(once)) end()
    }
    this.ends.add(once)
    lasts(ms, once)
  }

  endAll(): void {
    for (const end of [...this.ends]) end()
  }
}
