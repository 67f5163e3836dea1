/**
 * How many handshakes are let in: a second's worth at once, then at the rate of the option.
 *
 * Who comes too early is told when its turn is. The turns are handed out one by one at the same rate, so that
 * those who were sent away do not come back together.
 */
import { after, between, type Duration, type Instant, milliseconds } from '../base/time.ts'
import type { Clock } from '../ports/clock.ts'

/** A lone client is back in a fifth of a second, and nobody is asked to spread over more than a minute. */
const LEAST_SPREAD_MS = 200
const MOST_SPREAD_MS = 60_000
/** A tenth longer than it takes to let them in: else chance alone sends a few away, and they make it worse. */
const SLACK = 1.1
/** Of those who have notice nobody is to be sent away, nor to come in a bunch. */
const SLACK_WITH_NOTICE = 1.2

/** Over how long so many clients are to spread after a loss, to come back no faster than they can be let in. */
export function spreadMs(clients: number, perSecond: number): number {
  const fairMs = ((clients * 1000) / perSecond) * SLACK
  return Math.round(Math.min(MOST_SPREAD_MS, Math.max(LEAST_SPREAD_MS, fairMs)))
}

/** The same for clients that are told beforehand. */
export function windowMs(clients: number, perSecond: number): number {
  return Math.round(((clients * 1000) / perSecond) * SLACK_WITH_NOTICE)
}

/** Nobody is sent away for longer. */
const LONGEST = milliseconds(60_000)
const BURST = milliseconds(1000)

export class Admissions {
  private readonly clock: Clock
  private readonly spacing: Duration
  /** The rate is kept if nobody is let in before this. */
  private freeAt: Instant
  private nextTurn: Instant

  constructor(clock: Clock, perSecond: number) {
    this.clock = clock
    this.spacing = milliseconds(1000 / perSecond)
    this.freeAt = clock.now()
    this.nextTurn = this.freeAt
  }

  /** @returns how long to wait, in milliseconds; `undefined` if there is room now. */
  admit(): number | undefined {
    const now = this.clock.now()
    if (between(now, this.freeAt) < BURST) {
      this.freeAt = after(this.freeAt > now ? this.freeAt : now, this.spacing)
      return undefined
    }
    const soonest = after(now, BURST)
    this.nextTurn = after(this.nextTurn > soonest ? this.nextTurn : soonest, this.spacing)
    return Math.ceil(Math.min(between(now, this.nextTurn), LONGEST))
  }
}
