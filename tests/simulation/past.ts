/**
 * All states that a store has been in, commit by commit: whatever is read from it must be one of them.
 */
import { EMPTY, type Shelf, shelve } from './shelf.ts'
import type { Commit } from '../../src/ports/session-store.ts'

/** After a commit. */
export interface Moment {
  readonly shelf: Shelf
  /** Of all its texts, in their order. */
  readonly print: number
  /** Its promise was resolved: it must survive whatever the store's durability survives. */
  isResolved: boolean
}

const NO_TEXTS = 0

const START: Moment = { shelf: EMPTY, print: NO_TEXTS, isResolved: true }

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
            print: records.reduce(imprint, now.print),
            isResolved: false,
          }
        : { shelf: shelve(EMPTY, snapshot), print: imprint(NO_TEXTS, snapshot), isResolved: false }
    this.moments.push(moment)
    if (this.moments.length > KEPT * 2) this.moments.splice(0, KEPT)
    return moment
  }

  /** The newest moment at which the store held exactly this. */
  find(texts: readonly string[]): Moment | undefined {
    const found = texts.reduce(imprint, NO_TEXTS)
    return this.moments.findLast(({ print }) => print === found)
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

/** FNV-1a, 53 bits of it in two halves: one more text on top of what was printed before. */
function imprint(print: number, text: string): number {
  let low = (print ^ 0x811c9dc5) >>> 0
  let high = (Math.floor(print / 0x1_0000_0000) ^ 0xc9dc5) >>> 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    low = Math.imul(low ^ code, 0x01000193) >>> 0
    high = Math.imul(high ^ code ^ (low & 0xff), 0x01000193) >>> 0
  }
  // So that an empty text is one, too.
  return ((high & 0x1f_ffff) >>> 0) * 0x1_0000_0000 + (Math.imul(low ^ text.length, 0x01000193) >>> 0)
}
