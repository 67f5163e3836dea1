/** A clock that stands still until a test lets time pass. */
import { after, at, type Instant, milliseconds } from '../../src/base/time.ts'
import type { Clock } from '../../src/ports/clock.ts'

interface Alarm {
  readonly at: Instant
  readonly ring: () => void
}

export class VirtualClock implements Clock {
  private moment: Instant = at(1000)
  private readonly alarms = new Set<Alarm>()

  now(): Instant {
    return this.moment
  }

  wallTime(): number {
    return 1_800_000_000_000 + this.moment
  }

  alarm(moment: Instant, ring: () => void): () => void {
    const alarm = { at: moment, ring }
    this.alarms.add(alarm)
    return () => void this.alarms.delete(alarm)
  }

  /** How many alarms are set: what would keep a program alive. */
  get pending(): number {
    return this.alarms.size
  }

  /** Lets time pass, with every alarm on time and every promise in between. */
  async pass(length: number): Promise<void> {
    const end = after(this.moment, milliseconds(length))
    await settled()
    for (;;) {
      const [next] = [...this.alarms].filter(({ at: due }) => due <= end).toSorted((a, b) => a.at - b.at)
      if (next === undefined) break
      this.alarms.delete(next)
      if (next.at > this.moment) this.moment = next.at
      next.ring()
      await settled()
    }
    this.moment = end
    await settled()
  }
}

/** Lets everything that waits for nothing but its turn have it. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
