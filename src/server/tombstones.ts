/**
 * What is left of the sessions that are over: enough to know their owners and never to use a number twice.
 */
import type { MemorySession } from './memory-session.ts'

export interface Tombstone extends Readonly<
  Pick<MemorySession, 'secretHash' | 'subject' | 'generation' | 'up' | 'head'>
> {
  readonly kind: 'ended' | 'expired'
  readonly until: number
}

export class Tombstones {
  private readonly most: number
  /** Oldest first. */
  private readonly stones = new Map<string, Tombstone>()

  constructor(most: number) {
    this.most = most
  }

  get(id: string): Tombstone | undefined {
    return this.stones.get(id)
  }

  add(id: string, session: MemorySession, kind: Tombstone['kind'], until: number): void {
    const { secretHash, subject, generation, up, head } = session
    this.stones.set(id, { kind, secretHash, subject, generation, up, head, until })
  }

  delete(id: string): void {
    this.stones.delete(id)
  }

  clear(): void {
    this.stones.clear()
  }

  /** Clears away what is old or too much. */
  sweep(now: number): void {
    for (const [id, { until }] of this.stones) {
      if (this.stones.size <= this.most && until > now) break
      this.stones.delete(id)
    }
  }
}
