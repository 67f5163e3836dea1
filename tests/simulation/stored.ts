/**
 * What one process has in its store, as it was read and as it has been written since: of this alone it may speak.
 */
import { EMPTY, type Shelf } from './shelf.ts'
import type { Tab } from './tab.ts'

export class Stored {
  /** What the process found; `undefined` until it has read. */
  found: Shelf | undefined
  private readonly tab: Tab
  private held: Shelf = EMPTY

  constructor(tab: Tab) {
    this.tab = tab
  }

  /** The highest number of its own messages. */
  get last(): number {
    return this.held.last
  }

  read(shelf: Shelf): void {
    this.found = shelf
    this.held = shelf
  }

  landed(shelf: Shelf): void {
    const { held } = this
    this.held = {
      ...shelf,
      last: Math.max(held.last, shelf.last),
      wired: Math.max(held.wired, shelf.wired),
      generation: Math.max(held.generation, shelf.generation),
    }
  }

  /** A hello goes out: its generation is above all that the store knew of, and in the store. */
  greets(generation: number): void {
    const { tab, found, held } = this
    if (tab.isInMemory) return
    const { laws } = tab.client.world
    const before = found?.generation ?? 0
    laws.must(
      'I13',
      generation > before,
      () => `${tab.name} found generation ${before}, and greets as ${generation}`,
    )
    laws.must(
      'I13',
      generation <= held.generation,
      () => `${tab.name} greets as ${generation}, the store is at ${held.generation}`,
    )
  }

  /** They may have been on a wire, and nobody knows what became of them. */
  names(unknown: readonly number[]): void {
    const { tab, held } = this
    const { laws } = tab.client.world
    for (const seq of unknown) {
      const mayHave = tab.isInMemory || seq <= held.wired
      laws.must(
        'I11',
        mayHave,
        () => `${tab.name} names ${seq}, and nothing after ${held.wired} may have left`,
      )
    }
  }

  /** Messages up to this one go out: the store says that they may have. */
  transmits(to: number): void {
    const { tab, held } = this
    const isTold = tab.isInMemory || to <= held.wired
    tab.client.world.laws.must(
      'I11',
      isTold,
      () => `${tab.name} sends ${to}, the store says to ${held.wired}`,
    )
  }
}
