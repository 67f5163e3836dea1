/**
 * Up messages on their way to the log, in the pieces in which they came.
 */

/** `texts` and `values` are the same messages twice; with neither, the numbers were given up. */
export interface UpBatch {
  readonly from: number
  readonly to: number
  readonly texts: readonly string[]
  readonly values: readonly unknown[]
}

/** Most that one call to the log carries. */
export const MOST_MESSAGES = 1024
export const MOST_CHARACTERS = 1024 * 1024

export class UpQueue {
  /** Characters that wait. */
  characters = 0
  private batches: UpBatch[] = []

  get isEmpty(): boolean {
    return this.batches.length === 0
  }

  push(batch: UpBatch): void {
    this.batches.push(batch)
    this.characters += lengthOf(batch)
  }

  clear(): void {
    this.batches = []
    this.characters = 0
  }

  /** The first batch, with as many of its successors as fit in one call. */
  take(): UpBatch | undefined {
    const [first] = this.batches
    if (first === undefined) return undefined
    let count = 1
    let characters = lengthOf(first)
    let messages = first.texts.length
    for (; count < this.batches.length && messages > 0; count += 1) {
      const next = this.batches[count] as UpBatch
      characters += lengthOf(next)
      messages += next.texts.length
      if (next.texts.length === 0 || messages > MOST_MESSAGES || characters > MOST_CHARACTERS) break
    }
    const taken = this.batches.splice(0, count)
    for (const one of taken) this.characters -= lengthOf(one)
    const last = taken[taken.length - 1]
    if (last === undefined || last === first) return first
    return {
      from: first.from,
      to: last.to,
      texts: taken.flatMap(({ texts }) => texts),
      values: taken.flatMap(({ values }) => values),
    }
  }
}

function lengthOf(batch: UpBatch): number {
  let characters = 0
  for (const text of batch.texts) characters += text.length
  return characters
}
