/**
 * Where the databases of one origin lie: what transactions see, what stable storage has, and the commits on
 * their way from the one to the other. A relaxed commit is told before it is stable; a strict one after.
 */
import { Contents, type Change } from './idb-records.ts'

interface Unflushed {
  readonly at: number
  readonly database: string
  readonly changes: readonly Change[]
}

/** The browser or the system below it flushes by itself after so long. */
const WRITEBACK_MS = 30_000

export class Ground {
  private live = new Map<string, Contents>()
  private stable = new Map<string, Contents>()
  private unflushed: Unflushed[] = []
  private readonly now: () => number

  constructor(now: () => number, start: ReadonlyMap<string, Contents> = new Map()) {
    this.now = now
    this.restore(start)
  }

  contents(database: string): Contents {
    return have(this.live, database)
  }

  /** Changes that the live contents have already. */
  commit(database: string, changes: readonly Change[], durability: 'relaxed' | 'strict'): void {
    this.unflushed.push({ at: this.now(), database, changes })
    this.flush(durability === 'strict' ? Number.POSITIVE_INFINITY : this.now() - WRITEBACK_MS)
  }

  /** @param keep - of so many commits that are not stable, how many are. */
  cut(keep: (unflushed: number) => number): void {
    this.flush(this.now() - WRITEBACK_MS)
    for (const one of this.unflushed.splice(0, keep(this.unflushed.length))) this.settle(one)
    this.restore(this.stable)
  }

  save(): ReadonlyMap<string, Contents> {
    return copied(this.stable)
  }

  restore(saved: ReadonlyMap<string, Contents>): void {
    this.live = copied(saved)
    this.stable = copied(saved)
    this.unflushed = []
  }

  /** What transactions see, of all databases in the order of their names. */
  all(): Contents[] {
    return [...this.live].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, contents]) => contents)
  }

  private flush(before: number): void {
    const kept = this.unflushed.findIndex(({ at }) => at >= before)
    const settled = this.unflushed.splice(0, kept < 0 ? this.unflushed.length : kept)
    for (const one of settled) this.settle(one)
  }

  private settle({ database, changes }: Unflushed): void {
    for (const change of changes) change(have(this.stable, database))
  }
}

function have(databases: Map<string, Contents>, name: string): Contents {
  const contents = databases.get(name) ?? new Contents()
  databases.set(name, contents)
  return contents
}

function copied(databases: ReadonlyMap<string, Contents>): Map<string, Contents> {
  return new Map([...databases].map(([name, contents]) => [name, contents.copy()]))
}
