/**
 * The entries of one direction of a session's log, in the order of their numbers.
 *
 * Numbers rise but need not be contiguous: a reset or a given-up message leaves a hole. It is a queue that is
 * read anywhere and cut at the front, both without copying the rest.
 */
export interface Entry {
  readonly seq: number
  readonly text: string
  /** Its place among the entries of both directions. */
  readonly order: number
}

/** What one read may carry, beside its limit in messages, so that large messages do not pile up. */
const READ_CHARACTERS = 1024 * 1024

export class Lane {
  private entries: Entry[] = []
  private start = 0

  get count(): number {
    return this.entries.length - this.start
  }

  get first(): Entry | undefined {
    return this.entries[this.start]
  }

  push(entry: Entry): void {
    this.entries.push(entry)
  }

  /** Takes the first entry off. */
  shift(): Entry | undefined {
    const entry = this.entries[this.start]
    if (entry === undefined) return undefined
    this.start += 1
    // Cutting the dead front off only when it is half of everything makes it free on average.
    if (this.start >= 32 && this.start * 2 >= this.entries.length) {
      this.entries = this.entries.slice(this.start)
      this.start = 0
    }
    return entry
  }

  /** At most `limit` entries whose numbers are at least `from`. */
  read(from: number, limit: number): Entry[] {
    const found: Entry[] = []
    let characters = 0
    for (let index = this.indexOf(from); index < this.entries.length && found.length < limit; index += 1) {
      const entry = this.entries[index] as Entry
      characters += entry.text.length
      if (found.length > 0 && characters > READ_CHARACTERS) break
      found.push(entry)
    }
    return found
  }

  /** Every entry above a number. */
  above(seq: number): Entry[] {
    return this.entries.slice(this.indexOf(seq + 1))
  }

  /** Where the first entry with at least this number stands. */
  private indexOf(seq: number): number {
    const { first } = this
    if (first === undefined || seq <= first.seq) return this.start
    // Without holes the place follows from the number.
    const guess = this.start + (seq - first.seq)
    if (this.entries[guess]?.seq === seq) return guess
    let low = this.start
    let high = this.entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.entries[middle] as Entry).seq < seq) low = middle + 1
      else high = middle
    }
    return low
  }
}
