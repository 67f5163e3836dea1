/**
 * What goes wrong with a store or a log by the script: so many operations of a kind pass, then so many fail.
 */
import type { LogFault } from '../../src/testing/faulty-log.ts'
import type { StoreFault } from '../../src/testing/faulty-store.ts'
import type { Timeline } from '../../src/testing/virtual/timeline.ts'
import type { LogTrouble, StoreTrouble } from './scenario.ts'

type Trouble = StoreTrouble | LogTrouble
type Fault = StoreFault & LogFault

export class Troubles<Kind extends Trouble> {
  private readonly timeline: Timeline
  private readonly spent: (trouble: Kind) => void
  private readonly open: { readonly trouble: Kind; skip: number; times: number }[] = []

  /** @param spent - told of a trouble that has gone wrong as often as it was to */
  constructor(timeline: Timeline, spent: (trouble: Kind) => void) {
    this.timeline = timeline
    this.spent = spent
  }

  add(trouble: Kind): void {
    this.open.push({ trouble, skip: trouble.skip, times: trouble.times })
  }

  clear(): void {
    this.open.length = 0
  }

  /** @returns what goes wrong with the next operation of this type */
  of(type: Kind['type']): Fault | undefined {
    const entry = this.open.find(({ trouble, times }) => trouble.type === type && times > 0)
    if (entry === undefined) return undefined
    if (entry.skip > 0) {
      entry.skip -= 1
      return undefined
    }
    entry.times -= 1
    if (entry.times === 0) this.spent(entry.trouble)
    const { fault, ms = 0 } = entry.trouble
    return fault === 'slow' ? { kind: 'slow', until: this.timeline.pause(ms) } : { kind: fault }
  }
}

export class StoreTroubles extends Troubles<StoreTrouble> {}
export class LogTroubles extends Troubles<LogTrouble> {}
