/**
 * All states that a store has been in, commit by commit: whatever is read from it must be one of them.
 */
import { EMPTY, type Shelf, shelve } from './shelf.ts'
import type { Commit } from '../../src/ports/session-store.ts'

/** After a commit. That two states of one store have as many texts and the same last one does not happen. */
export interface Moment {
  readonly shelf: Shelf
  readonly count: number
  readonly first: string | undefined
  readonly last: string | undefined
  /** Its promise was resolved: it must survive whatever the store's durability survives. */
  isResolved: boolean
}

const START: Moment = { shelf: EMPTY, count: 0, first: undefined, last: undefined, isResolved: true }

/** Far more than gather while writes wait for the disk. */
const KEPT = 5000

export class Past {
  private moments: Moment[] = [START]

  get now(): Moment {
    return this.moments.at(-1) ?? START
  }

  /** What a commit leaves: a snapshot stands for its records and all before. */
  add({ records, snapshot }: Commit): Moment {
    const { now } = this
    const moment: Moment =
      snapshot === undefined
        ? {
            shelf: records.reduce(shelve, now.shelf),
            count: now.count + records.length,
            first: now.first ?? records[0],
            last: records.at(-1) ?? now.last,
            isResolved: false,
          }
        : {
            shelf: shelve(EMPTY, snapshot),
            count: 1,
            first: snapshot,
            last: snapshot,
            isResolved: false,
          }
    this.moments.push(moment)
    if (this.moments.length > KEPT * 2) this.moments.splice(0, KEPT)
    return moment
  }

  /** The newest moment at which the store held exactly this. */
  find(texts: readonly string[]): Moment | undefined {
    const [first] = texts
    const last = texts.at(-1)
    return this.moments.findLast(
      (moment) => moment.count === texts.length && moment.first === first && moment.last === last,
    )
  }

  /** How many commits that were answered for came after a moment. */
  resolvedAfter(moment: Moment): number {
    return this.moments.slice(this.moments.lastIndexOf(moment) + 1).filter(({ isResolved }) => isResolved)
      .length
  }

  /** The store has gone back, to a moment of its own or to one that it never had. */
  goTo(moment: Moment): void {
    this.moments.push({ ...moment, isResolved: false })
  }

  /** Another store with the same past. */
  copy(): Past {
    const twin = new Past()
    twin.moments = [...this.moments]
    return twin
  }
}
