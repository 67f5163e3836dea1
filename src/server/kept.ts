/**
 * Messages that are kept in memory until it is their turn: a contiguous run, and not too much of it.
 */
export interface Kept {
  readonly seq: number
  readonly data: unknown
  readonly characters: number
}

const MOST = 1024
const MOST_CHARACTERS = 1024 * 1024

export class KeptRun {
  private run: (Kept | undefined)[] = []
  /** The place of the first one. */
  private start = 0
  private characters = 0

  /** Keeps a message if it follows on the last one, or on `after` if there is none, and if there is room. */
  push(one: Kept, after: number): void {
    const last = this.run[this.run.length - 1]?.seq ?? after
    if (one.seq !== last + 1 || this.run.length - this.start >= MOST || this.characters > MOST_CHARACTERS)
      return
    this.run.push(one)
    this.characters += one.characters
  }

  /** Takes the first one out, if it has this number. */
  take(seq: number): Kept | undefined {
    const one = this.run[this.start]
    if (one?.seq !== seq) return undefined
    this.run[this.start] = undefined
    this.start += 1
    this.characters -= one.characters
    if (this.start === this.run.length) this.clear()
    else if (this.start >= 64 && this.start * 2 >= this.run.length) {
      this.run = this.run.slice(this.start)
      this.start = 0
    }
    return one
  }

  clear(): void {
    this.run = []
    this.start = 0
    this.characters = 0
  }
}
