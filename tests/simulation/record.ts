/**
 * What happened, as a hash that two runs of one seed must share, and as lines for a reader who asks for them.
 */
export class Recording {
  private readonly print: ((line: string) => void) | undefined
  private high = 0xdeadbeef
  private low = 0x41c6ce57

  /** @param print - shown each line at once, so that even an endless run leaves a trace */
  constructor(print?: (line: string) => void) {
    this.print = print
  }

  note(now: number, what: string): void {
    const line = `${now.toFixed(3)} ${what}`
    for (let index = 0; index < line.length; index += 1) {
      const code = line.charCodeAt(index)
      this.high = Math.imul(this.high ^ code, 2654435761)
      this.low = Math.imul(this.low ^ code, 1597334677)
    }
    this.print?.(line)
  }

  get hash(): string {
    return [this.high, this.low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }
}
