/**
 * The one alarm of a session, set to the core's next deadline.
 */
import { at, type Instant, NEVER } from '../base/time.ts'
import type { Clock } from '../ports/clock.ts'

export class Alarm {
  private readonly clock: Clock
  private readonly ring: () => void
  private alarmAt: Instant = NEVER
  private cancelAlarm: (() => void) | undefined

  constructor(clock: Clock, ring: () => void) {
    this.clock = clock
    this.ring = ring
  }

  setTo(due: Instant): void {
    // An alarm that rings too early costs one look; but with nothing to wait for, it would keep a program alive.
    if (this.alarmAt <= due && due !== NEVER && this.cancelAlarm !== undefined) return
    this.cancelAlarm?.()
    this.cancelAlarm = undefined
    this.alarmAt = due
    if (due === NEVER) return
    // A deadline that a tick did not move would ring for ever; a millisecond keeps the loop breathing.
    const ringAt = due <= this.clock.now() ? at(this.clock.now() + 1) : due
    this.cancelAlarm = this.clock.alarm(ringAt, () => {
      this.cancelAlarm = undefined
      this.alarmAt = NEVER
      this.ring()
    })
  }
}
