/**
 * Up messages on their way to the log, in the pieces in which they came.
 */

/** `texts` and `values` are the same messages twice; with neither, the numbers were given up. */
export interface UpBatch {
  readonly from: number
  readonly to: number
  readonly texts: readonly string[]
  readonly values: readonly unknown[]
  /** The length of all texts. */
  readonly characters: number
}

/** Most that one call to the log carries. */
export const MOST_MESSAGES = 1024
export const MOST_CHARACTERS = 1024 * 1024

export class UpQueue {
  /** Characters that wait. */
  characters = 0
  private batches: UpBatch[] = []
  /** The first that was not taken. */
  private start = 0

  get isEmpty(): boolean {
    return this.start === this.batches.length
  }

  push(batch: UpBatch): void {
    this.batches.push(batch)
    this.characters += batch.characters
  }

  clear(): void {
    this.batches = []
    this.start = 0
    this.characters = 0
  }

  /** The first batch, with as many of its successors as fit in one call. */
  take(): UpBatch | undefined {
    const first = this.batches[this.start]
    if (first === undefined) return undefined
    let { start } = this
    let { characters } = first
    let messages = first.texts.length
    for (start += 1; start < this.batches.length && messages > 0; start += 1) {
      const next = this.batches[start] as UpBatch
      messages += next.texts.length
      if (
        next.texts.length === 0 ||
        messages > MOST_MESSAGES ||
        characters + next.characters > MOST_CHARACTERS
      )
        break
      characters += next.characters
    }
    const taken = start - this.start === 1 ? first : merged(this.batches.slice(this.start, start))
    this.characters -= characters
    this.start = start
    if (this.isEmpty) {
      this.batches = []
      this.start = 0
    }
    return taken
  }
}

/** @param batches - at least one, each beginning where the one before it ended */
function merged(batches: readonly UpBatch[]): UpBatch {
  const texts: string[] = []
  const values: unknown[] = []
  let characters = 0
  for (const batch of batches) {
    for (const text of batch.texts) texts.push(text)
    for (const value of batch.values) values.push(value)
    characters += batch.characters
  }
  const [first, last] = [batches[0] as UpBatch, batches.at(-1) as UpBatch]
  return { from: first.from, to: last.to, texts, values, characters }
}
