/** The incarnations of the log that a session has seen. */
export class Epochs {
  /** In the order in which they began. */
  private readonly all: string[] = []

  get areNone(): boolean {
    return this.all.length === 0
  }

  /** The log says so. @returns whether it is news */
  begins(epoch: string): boolean {
    if (this.all.includes(epoch)) return false
    this.all.push(epoch)
    return true
  }

  /** Whether a message of that one may be shown to who was told of this one: it may be older, and never newer. */
  isTold(epoch: string | undefined, told: string | undefined): boolean {
    if (epoch === undefined) return true
    return told !== undefined && this.all.indexOf(epoch) <= this.all.indexOf(told)
  }
}
