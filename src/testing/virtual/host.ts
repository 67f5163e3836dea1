/**
 * A process in virtual time: it runs, stands still for a while, or is dead.
 *
 * Everything from outside, an alarm or a frame, comes in by `run`. A process that stands still takes it in
 * when it goes on, in the order in which it came; a dead one never does.
 */
import { after, at, type Instant, milliseconds } from '../../base/time.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Timeline } from './timeline.ts'

/** Where the wall clock stood when virtual time began: 2030-01-01. No order ever depends on it. */
const WALL_START = 1_893_456_000_000

export class Host {
  readonly clock: Clock
  isDead = false
  /** Alarms that are set and have not rung: what a program that is done must not leave behind. */
  alarms = 0
  private readonly timeline: Timeline
  private thawAt: Instant = at(0)
  private readonly deferred: (() => void)[] = []

  constructor(timeline: Timeline) {
    this.timeline = timeline
    this.clock = {
      now: () => timeline.now,
      wallTime: () => WALL_START + timeline.now,
      alarm: (when, ring) => {
        let isOver = false
        this.alarms += 1
        const end = (): boolean => {
          if (isOver) return false
          isOver = true
          this.alarms -= 1
          return true
        }
        const cancel = timeline.schedule(when, () => this.run(() => (end() ? ring() : undefined)))
        return () => {
          end()
          cancel()
        }
      },
    }
  }

  get isFrozen(): boolean {
    return this.timeline.now < this.thawAt
  }

  run(work: () => void): void {
    if (this.isDead) return
    if (!this.isFrozen && this.deferred.length === 0) return work()
    this.deferred.push(work)
    if (this.deferred.length === 1) this.timeline.schedule(this.thawAt, () => this.catchUp())
  }

  /** Stands still for so long, from now. */
  freeze(ms: number): void {
    const until = after(this.timeline.now, milliseconds(ms))
    if (until > this.thawAt) this.thawAt = until
  }

  die(): void {
    this.isDead = true
    this.deferred.length = 0
  }

  /** One thing at a time, so that what follows from each has happened before the next. */
  private catchUp(): void {
    if (this.isDead) return
    if (this.isFrozen) return void this.timeline.schedule(this.thawAt, () => this.catchUp())
    const work = this.deferred.shift()
    if (this.deferred.length > 0) this.timeline.schedule(this.timeline.now, () => this.catchUp())
    work?.()
  }
}
