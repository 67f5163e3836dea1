/**
 * How far a client is behind what was appended for it, in messages and in characters.
 *
 * A connected client that falls behind holds back what is appended next, so that a fast writer is slowed down to
 * its reader's pace, and not taken for one whose client is away: then the log's bounds would make a gap of it.
 */
interface Step {
  readonly to: number
  readonly characters: number
}

/** Beyond eight windows and a bit, or this many characters, nothing more is appended: less than a log keeps. */
const WINDOWS = 8
const SOME = 1024
const CHARACTERS = 8 * 1024 * 1024

export class Backlog {
  private readonly most: number
  private steps: Step[] = []
  /** The first step that is not acknowledged. */
  private start = 0
  private characters = 0

  constructor(window: number) {
    this.most = WINDOWS * window + SOME
  }

  /** How many more messages may be appended for a client that has `acked` of `head`. */
  room(head: number, acked: number): number {
    this.release(acked)
    return this.characters > CHARACTERS ? 0 : Math.max(0, this.most - (head - acked))
  }

  clear(): void {
    this.steps = []
    this.start = 0
    this.characters = 0
  }

  /** These were appended. */
  add(to: number, texts: readonly string[]): void {
    let characters = 0
    for (const text of texts) characters += text.length
    this.characters += characters
    this.steps.push({ to, characters })
  }

  private release(acked: number): void {
    let { start } = this
    for (; start < this.steps.length; start += 1) {
      const { to, characters } = this.steps[start] as Step
      if (to > acked) break
      this.characters -= characters
    }
    this.start = start
    if (start < 64 || start * 2 < this.steps.length) return
    this.steps = this.steps.slice(start)
    this.start = 0
  }
}
