/**
 * How long a client's line has been silent, seen from outside: a dead one must be found in time, and none may be
 * called dead because the client itself stood still.
 */
import type { Wire } from '../../src/testing/virtual/wire.ts'
import type { Tab } from './tab.ts'

/** Grace, patience at its longest, and an alarm that was late enough to judge nobody. */
const SLACK = 10_000
/** A stall that no alarm of a probe can have come through on time. */
const LONG_STALL = 8000
/** No probe is given less. */
const PATIENCE = 1900

interface Line {
  heardAt: number
  /** The longer of the two heartbeats. */
  interval: number
}

export class LineWatch {
  /** Since when the page has been seen, and its alarms ring when they are due. */
  visibleSince: number | undefined = 0
  private stalledUntil = Number.NEGATIVE_INFINITY
  private readonly tab: Tab
  private readonly lines = new Map<Wire, Line>()

  constructor(tab: Tab) {
    this.tab = tab
  }

  get hasLine(): boolean {
    const { lines } = this.tab.client.world
    for (const wire of this.lines.keys()) if (lines.isBelievedIn(wire)) return true
    return false
  }

  heard(wire: Wire, type: string, text: string): void {
    const { now } = this.tab.client.world
    const line = this.lines.get(wire)
    if (line !== undefined) line.heardAt = now
    else if (type === 'welcome') {
      for (const one of this.lines.keys()) if (one.isOver) this.lines.delete(one)
      const asked = Number(/"intervalMs":(\d+)/.exec(text)?.[1] ?? 0)
      this.lines.set(wire, { heardAt: now, interval: Math.max(10_000, asked) })
    }
  }

  /** While it says that it is online. */
  look(): void {
    const { machine, client, name } = this.tab
    const { host } = machine
    if (this.visibleSince === undefined || host.isFrozen || host.isDead) return
    const since = Math.max(this.visibleSince, host.thawedAt)
    const { now, laws } = client.world
    for (const [wire, { heardAt, interval }] of this.lines) {
      if (!wire.reachesClient) continue
      const silent = now - Math.max(heardAt, since)
      const isKnown = silent <= interval + SLACK
      laws.must('I19', isKnown, () => `${name} has heard nothing on ${wire.name} for ${silent} ms`)
    }
  }

  /** It stands still, or its machine sleeps. */
  stall(ms: number): void {
    const { now } = this.tab.client.world
    if (ms > LONG_STALL) this.stalledUntil = Math.max(this.stalledUntil, now + ms)
  }

  /** It called its line dead. */
  lost(): void {
    const { client, name } = this.tab
    const { now, laws } = client.world
    const awake = now - this.stalledUntil
    const isFair = this.visibleSince === undefined || awake >= PATIENCE
    laws.must('I19', isFair, () => `${name} calls its line dead ${awake} ms after it stood still itself`)
    const last = [...this.lines.values()].at(-1)
    const silent = last === undefined ? Number.POSITIVE_INFINITY : now - last.heardAt
    laws.must('I20', silent >= PATIENCE, () => `${name} calls its line silent, ${silent} ms after it was not`)
  }
}
