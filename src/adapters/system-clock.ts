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
      let timer: ReturnType<typeof setTimeout>
      const arm = () => {
        // Timers count whole milliseconds and may round down; an alarm must not ring early.
        const wait = Math.max(Math.ceil(moment - performance.now()), 0)
        timer = wait > LONGEST_TIMER ? setTimeout(arm, LONGEST_TIMER) : setTimeout(ring, wait)
      }
      arm()
      return () => clearTimeout(timer)
    },
  }
}
