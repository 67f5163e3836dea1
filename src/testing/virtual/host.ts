/**
 * A process in virtual time: it runs, stands still for a while, sleeps with its machine, or is dead.
 *
 * Everything from outside, an alarm or a frame, comes in by `run`. A process that stands still takes it in
 * when it goes on, in the order in which it came; a dead one never does.
 */
import { after, at, type Instant, milliseconds, NEVER, earliest } from '../../base/time.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Timeline } from './timeline.ts'

/** Where the wall clock stood when virtual time began: 2030-01-01. No order ever depends on it. */
const WALL_START = 1_893_456_000_000

/** Milliseconds. */
const SHORTEST = 0.001

interface Alarm {
  cancel: () => void
  arm(leastMs?: number): void
}

export class Host {
  readonly clock: Clock
  isDead = false
  /** When it last went on after it had stood still, or will. */
  thawedAt: Instant = at(0)
  /** How many milliseconds late an alarm rings, however little else is going on. */
  lateBy: () => number = () => 0
  private readonly timeline: Timeline
  private thawAt: Instant = at(0)
  private readonly deferred: (() => void)[] = []
  private readonly armed = new Set<Alarm>()
  /** How far the wall clock is off, and for how long the monotonic clock has stood still. */
  private wallOffset = 0
  private asleep = 0
  /** When the present sleep began, and when it ends by itself. */
  private sleepsSince: Instant = NEVER
  private wakesAt: Instant = at(0)
  private cancelWake: () => void = () => undefined
  /** Alarms ring at its multiples alone; 0 for when they are due. */
  private ringsEvery = 0

  constructor(timeline: Timeline) {
    this.timeline = timeline
    this.clock = {
      now: () => at(Math.min(timeline.now, this.sleepsSince) - this.asleep),
      wallTime: () => WALL_START + timeline.now + this.wallOffset,
      alarm: (when, ring) => this.setAlarm(when, ring),
    }
  }

  /** Alarms that are set and have not rung: what a program that is done must not leave behind. */
  get alarms(): number {
    return this.armed.size
  }

  get isFrozen(): boolean {
    return this.timeline.now < this.thawAt
  }

  /** Whether its alarms are held back, as those of a hidden page are. */
  get isThrottled(): boolean {
    return this.ringsEvery > 0
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
    this.thawedAt = this.thawAt
  }

  /** Stands still, and so does the monotonic clock; the wall clock goes on. */
  sleep(ms: number): void {
    this.freeze(ms)
    this.sleepsSince = earliest(this.sleepsSince, this.timeline.now)
    const until = after(this.timeline.now, milliseconds(ms))
    if (until > this.wakesAt) this.wakesAt = until
    // Of several sleeps the one that lasts longest ends them all, and none of them a later one.
    this.cancelWake()
    this.cancelWake = this.timeline.schedule(this.wakesAt, () => this.wake())
  }

  /** Goes on at once, however long it was to stand still. */
  thaw(): void {
    this.wake()
    if (!this.isFrozen) return
    this.thawAt = this.timeline.now
    this.thawedAt = this.thawAt
    if (this.deferred.length > 0) this.timeline.schedule(this.thawAt, () => this.catchUp())
  }

  /** Somebody sets the wall clock. */
  setWallClock(byMs: number): void {
    this.wallOffset += byMs
  }

  /** As a browser does in a hidden page: alarms ring together, once in so long. 0 ends it. */
  throttle(everyMs: number): void {
    this.ringsEvery = everyMs
    for (const alarm of this.armed) {
      alarm.cancel()
      alarm.arm()
    }
  }

  die(): void {
    this.isDead = true
    this.deferred.length = 0
  }

  /** The monotonic clock goes on from where it stood. */
  private wake(): void {
    if (this.sleepsSince === NEVER) return
    this.cancelWake()
    this.wakesAt = this.timeline.now
    this.asleep += this.timeline.now - this.sleepsSince
    this.sleepsSince = NEVER
  }

  private setAlarm(when: Instant, ring: () => void): () => void {
    const { timeline, armed } = this
    const alarm: Alarm = {
      cancel: () => undefined,
      arm: (least = 0) => {
        const due = Math.max(when + this.asleep, timeline.now + least) + this.lateBy()
        const { ringsEvery: slot } = this
        const ringsAt = at(slot === 0 ? due : Math.ceil(due / slot) * slot)
        alarm.cancel = timeline.schedule(ringsAt, () =>
          this.run(() => {
            if (!armed.has(alarm)) return
            // It slept meanwhile, or the sum of two moments was not quite exact.
            if (this.clock.now() < when) return alarm.arm(SHORTEST)
            armed.delete(alarm)
            ring()
          }),
        )
      },
    }
    armed.add(alarm)
    alarm.arm()
    return () => {
      armed.delete(alarm)
      alarm.cancel()
    }
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
