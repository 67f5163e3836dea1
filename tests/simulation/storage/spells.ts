/**
 * Faults that last: each ends once, after its time or when everything is healed, whichever comes first.
 */
import type { Lasts, StorageFault } from './storage.ts'

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

/** Knows of which fault something is an effect, and counts the effects of each. */
export class Strikes {
  readonly counts = new Map<string, number>()
  /** The fault that is being injected. */
  current = ''

  count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
  }

  named(faults: Readonly<Record<string, StorageFault>>): Readonly<Record<string, StorageFault>> {
    const named = Object.entries(faults).map(([name, inject]): [string, StorageFault] => [
      name,
      (luck, lasts) => {
        this.current = name
        inject(luck, lasts)
      },
    ])
    return Object.fromEntries(named)
  }
}
