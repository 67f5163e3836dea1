/**
 * Where a process touches the outside: each such moment has a number, and at one of them it dies.
 *
 * Counted over all lives of one side in one run. After a planned death the count begins again, so that a second
 * death is told by its place in what follows the first.
 */
export class Boundaries {
  /** How many were passed since the start, or since the last planned death. */
  passed = 0
  /** The number at which it died last; how a death looks from outside is told by it. */
  diedAt = 0
  /** The names of those at which it died by plan. */
  readonly deaths: string[] = []
  private readonly plan: number[]
  private readonly passing: (what: string) => void

  /** @param plan - the number of the boundary to die at, from 1; then of the next, counted from there */
  constructor(plan: readonly number[], passing: (what: string) => void) {
    this.plan = [...plan]
    this.passing = passing
  }

  /** @returns whether it dies here */
  pass(name: string): boolean {
    this.passed += 1
    this.passing(`· ${this.passed} ${name}`)
    if (this.plan[0] !== this.passed) return false
    this.plan.shift()
    this.diedAt = this.passed
    this.passed = 0
    this.deaths.push(name)
    this.passing(`DIES at ${name}`)
    return true
  }
}

/** What a dead process asks for never answers. */
export const never = <Answer>(): Promise<Answer> => new Promise<Answer>(() => undefined)
