/**
 * The session as it stands in the store, or will when the commits under way have landed.
 *
 * It is a fold over changes: the same function applies them when they are made and when they are read back, so
 * what a restart finds cannot differ from what the last process held. The application's state is folded here
 * too, entry by entry, in the order of the commits.
 */
import type { Identity } from '../core/state.ts'
import type { Kept } from '../core/input.ts'
import { type Adopted, readChange, readSnapshot, type StoredChange, writeSnapshot } from './record.ts'

/** The application's reducer, made safe: it never throws, and tells its trouble elsewhere. */
export interface Fold {
  readonly initial: unknown
  readonly reduce: (state: unknown, entry: FoldEntry) => unknown
}

export interface FoldEntry {
  readonly direction: 'up' | 'down'
  readonly seq: number
  readonly data: unknown
}

export class Image {
  identity: Identity
  generation = 0
  welcomed = 0
  epoch: string | undefined
  distrusted = false
  failures = 0
  acked = 0
  wired = 0
  cursor = 0
  /** The application's state, and which messages it stands for. */
  folded: Adopted
  isNew = true
  aside: readonly string[] = []
  private readonly outbox = new Map<number, string | undefined>()
  private last = 0
  private readonly fold: Fold | undefined

  constructor(identity: Identity, fold: Fold | undefined) {
    this.identity = identity
    this.fold = fold
    this.folded = { state: fold?.initial, up: 0, down: 0 }
  }

  /** The highest number that a message of ours has. */
  get lastUp(): number {
    return this.last
  }

  /**
   * Applies one change, and folds in the messages that come with it.
   *
   * @returns whether the application's state may have changed
   */
  apply(
    change: Omit<StoredChange, 'up' | 'down'>,
    up?: StoredChange['up'],
    down?: StoredChange['down'],
  ): boolean {
    if (change.identity !== undefined) this.identity = change.identity
    if (change.generation !== undefined) this.generation = change.generation
    if (change.welcomed !== undefined) this.welcomed = change.welcomed
    if (change.epoch !== undefined) {
      this.epoch = change.epoch
      this.distrusted = false
    }
    if (change.distrusted) this.distrusted = true
    if (change.failures !== undefined) this.failures = change.failures
    if (change.acked !== undefined) this.acknowledge(change.acked)
    if (change.wired !== undefined) this.wired = Math.max(this.wired, change.wired)
    if (change.givenUp !== undefined) for (const seq of change.givenUp) this.outbox.set(seq, undefined)
    if (change.cursor !== undefined) this.cursor = change.cursor
    if (change.adopted !== undefined) this.adopt(change.adopted)
    return change.adopted !== undefined || this.foldIn(up, down)
  }

  /** Puts a message of ours into the outbox; `text` is its JSON. */
  append(seq: number, text: string): void {
    this.outbox.set(seq, text)
    this.last = seq
  }

  /**
   * [RS-4] Folds in what is in hand, before it is processed: where the server's log has lost it, it is in no other state.
   *
   * @returns whether the state, or what it stands for, is another one
   */
  foldAhead(runs: readonly { readonly from: number; readonly data: readonly unknown[] }[]): boolean {
    const before = this.folded.down
    for (const run of runs) this.foldIn(undefined, run)
    // Not whether the state is another object: a reducer may change the one that it was given.
    return this.folded.down !== before
  }

  /** The application's state as JSON. @throws TypeError if it is not. */
  stateText(): string | undefined {
    return this.fold === undefined ? undefined : (JSON.stringify(this.folded.state) ?? 'null')
  }

  snapshot(): string {
    const { identity, generation, welcomed, epoch, distrusted, failures, acked, wired, cursor, aside } = this
    const outbox = Array.from({ length: this.last - acked }, (_, index) => this.outbox.get(acked + index + 1))
    const text = this.stateText()
    const folded = text === undefined ? undefined : { text, up: this.folded.up, down: this.folded.down }
    return writeSnapshot(
      { identity, generation, welcomed, epoch, distrusted, failures, acked, wired, outbox, cursor, aside },
      folded,
    )
  }

  kept(): Kept {
    const texts = Array.from({ length: this.last - this.acked }, (_, index) =>
      this.outbox.get(this.acked + index + 1),
    )
    return {
      identity: this.identity,
      generation: this.generation,
      welcomed: this.welcomed,
      epoch: this.epoch,
      distrusted: this.distrusted,
      outbox: { acked: this.acked, wired: this.wired, texts },
      cursor: this.cursor,
      stands: this.folded.down,
      failures: this.failures,
      isNew: this.isNew,
    }
  }

  /** Takes what a store holds. @throws if it is not ours, or not whole. */
  restore(snapshot: string | undefined, records: readonly string[]): void {
    if (snapshot !== undefined) this.takeSnapshot(snapshot)
    for (const record of records) {
      const change = readChange(record)
      if (this.isNew && change.identity === undefined) throw new TypeError('a session without a name')
      if (change.up !== undefined) {
        if (change.up.from !== this.last + 1) throw new TypeError('a message out of its place')
        this.append(change.up.from, JSON.stringify(change.up.data))
      }
      this.apply(change, change.up, change.down)
      this.isNew = false
    }
  }

  private takeSnapshot(text: string): void {
    const stored = readSnapshot(text)
    this.isNew = false
    this.identity = stored.identity
    this.generation = stored.generation
    this.welcomed = stored.welcomed
    this.epoch = stored.epoch
    this.distrusted = stored.distrusted
    this.failures = stored.failures
    this.acked = stored.acked
    this.wired = stored.wired
    this.cursor = stored.cursor
    this.aside = stored.aside
    this.last = stored.acked
    for (const message of stored.outbox) {
      this.last += 1
      this.outbox.set(this.last, message)
    }
    if (stored.folded !== undefined && this.fold !== undefined) this.folded = stored.folded
  }

  private acknowledge(received: number): void {
    // A server may have more than we know of, and name a number that nobody can count to.
    const known = Math.min(received, this.last)
    for (let seq = this.acked + 1; seq <= known; seq += 1) this.outbox.delete(seq)
    this.acked = Math.max(this.acked, received)
    this.last = Math.max(this.last, received)
  }

  private foldIn(up: StoredChange['up'], down?: StoredChange['down']): boolean {
    if (this.fold === undefined || (up === undefined && down === undefined)) return false
    let { state, up: foldedUp, down: foldedDown } = this.folded
    if (up !== undefined && up.from > foldedUp) {
      state = this.fold.reduce(state, { direction: 'up', seq: up.from, data: up.data })
      foldedUp = up.from
    }
    if (down !== undefined) {
      for (const [index, data] of down.data.entries()) {
        const seq = down.from + index
        if (seq <= foldedDown) continue
        state = this.fold.reduce(state, { direction: 'down', seq, data })
        foldedDown = seq
      }
    }
    const isSame = state === this.folded.state
    this.folded = { state, up: foldedUp, down: foldedDown }
    return !isSame
  }

  /** The server's copy replaces ours; what it does not stand for yet is folded on top. */
  private adopt(adopted: Adopted): void {
    if (this.fold === undefined) return
    this.folded = adopted
    for (let seq = Math.max(this.acked, adopted.up) + 1; seq <= this.last; seq += 1) {
      const text = this.outbox.get(seq)
      if (text !== undefined) this.foldIn({ from: seq, data: JSON.parse(text) as unknown })
    }
  }
}
