/**
 * What one client's machine stores on, simulated: it outlives the client's processes, loses power, forgets,
 * fails and comes back, all in virtual time. What runs over it are the real stores.
 */
import type { Commit, SessionStore } from '../../../src/ports/session-store.ts'
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { Timeline } from '../../../src/testing/virtual/timeline.ts'
import { indexedDBStorage } from './indexeddb.ts'
import { journalStorage } from './journal.ts'
import { memoryStorage } from './memory.ts'

export interface Storage {
  readonly kind: 'memory' | 'journal' | 'indexeddb'
  /** What a resolved commit survives: `process` may lose its newest commits when the power goes. */
  readonly durability: SessionStore['durability']
  /** A view for a new process (or tab); the store that `connect` is given. */
  open(): StorageView
  /**
   * Power cut: every view is dead, and what is not on stable storage may be lost, by luck.
   *
   * @returns whether commits that were resolved may be lost: the level of durability is `process`. At `disk`
   * only what was not resolved may be; `survived()` tells in any case what is there.
   */
  cutPower(luck: Chance): boolean
  /** Everything stored is gone (F72), while views may be open. */
  wipe(): void
  /** A copy of what is on stable storage, to be restored later or cloned (F74). */
  save(): Saved
  /** Puts an old copy in the place of what is there. Views that are open find the ground changed. */
  restore(saved: Saved): void
  /** A second machine with a copy of what is on stable storage. Its commits are told to `landed`. */
  clone(landed?: StorageOptions['landed']): Storage
  /**
   * What the next process will read, as raw texts: each session's snapshot, then its records. To be asked
   * after whatever may lose something: a power cut, a wipe, a restored copy, a bit flip.
   */
  survived(): readonly string[]
  /** The faults of the menu that this kind can have, by names such as `F67 torn write`. */
  readonly faults: Readonly<Record<string, StorageFault>>
  /** How often each of them has really befallen something. */
  readonly struck: ReadonlyMap<string, number>
  /** Ends all faults that last: the quiet phase begins. */
  heal(): void
}

export interface StorageView {
  readonly store: SessionStore
  /** The process died (SIGKILL): the kernel keeps the page cache, and locks are let go. */
  crash(): void
  readonly isDead: boolean
  /**
   * For a kind where whose the store is stands in the store itself: told when the word of this view lies there, which is
   * before the view hears of it.
   */
  claimed?: (() => void) | undefined
}

/** Injects a fault. One that lasts asks to be ended after so long. */
export type StorageFault = (luck: Chance, lasts: Lasts) => void

export type Lasts = (ms: number, end: () => void) => void

/** Whatever a kind needs to come back to it; of no meaning to others. */
export interface Saved {
  readonly kind: Storage['kind']
}

export interface StorageOptions {
  readonly kind: Storage['kind']
  readonly timeline: Timeline
  readonly chance: Chance
  /**
   * Told of each commit when it has really happened, before the answer: from here on a next process reads it.
   * A commit that is rejected may have landed, and one that landed may be lost with the power. A snapshot
   * whose sync failed has landed in the cache, and the `reopen` of the same process takes it back, even
   * one that fails: whoever keeps account begins again at what is read next, or at `survived()`.
   */
  readonly landed: (commit: Commit) => void
  /** What the real store promises; by luck if it is left out. Memory has none to choose. */
  readonly durability?: 'process' | 'disk'
  /** No fault lasts longer: a client gives up a store that fails for longer than this. */
  readonly longestMs?: number
}

export function createStorage(options: StorageOptions): Storage {
  switch (options.kind) {
    case 'memory':
      return memoryStorage(options)
    case 'journal':
      return journalStorage(options)
    case 'indexeddb':
      return indexedDBStorage(options)
  }
}
