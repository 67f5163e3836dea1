/** The platform's clock: `performance.now` for order, `Date.now` for people, timers for alarms. */
import { at } from '../base/time.ts'
import type { Clock } from '../ports/clock.ts'

/** The longest that a timer takes: beyond 2^31 - 1 ms it would ring at once. */
const LONGEST_TIMER = 2 ** 31 - 1

export function systemClock(): Clock {
  return {
    now: () => at(performance.now()),
    wallTime: () => Date.now(),
    alarm(moment, ring) {
      // Timers count whole milliseconds and may round down; an alarm must not ring early.
      const wait = Math.min(Math.ceil(moment - performance.now()), LONGEST_TIMER)
      const timer = setTimeout(ring, Math.max(wait, 0))
      return () => clearTimeout(timer)
    },
  }
}
