/**
 * The stage's door: every dial comes by here, and goes to the newest process that takes dials, or to whom the
 * balancer picks, if there is one and the script lets it.
 */
import type { Instance } from './instance.ts'
import type { Timeline } from './timeline.ts'
import type { Wire } from './wire.ts'

interface Refusal {
  left: number
  readonly retryAfterMs: number | undefined
  readonly done: () => void
}

interface Delay {
  readonly ms: number
  readonly done: () => void
}

export class Door {
  readonly dials: { readonly at: number }[] = []
  /** Newest last. */
  readonly instances: Instance[] = []
  /** Picks the process for a dial; nobody takes it if it picks none, or one that is dead. */
  balancer: (wire: Wire) => Instance | undefined = () => this.open
  private readonly timeline: Timeline
  private readonly refusals: Refusal[] = []
  private readonly delays: Delay[] = []

  constructor(timeline: Timeline) {
    this.timeline = timeline
  }

  /** The process that takes dials. */
  get open(): Instance | undefined {
    return this.instances.findLast((instance) => instance.isListening && !instance.isDead)
  }

  refuse(times: number, retryAfterMs: number | undefined): Promise<void> {
    return new Promise((done) => this.refusals.push({ left: times, retryAfterMs, done }))
  }

  delay(ms: number): Promise<void> {
    return new Promise((done) => this.delays.push({ ms, done }))
  }

  /** Refuses and delays nobody any more. */
  forgive(): void {
    for (const { done } of this.refusals.splice(0)) done()
    for (const { done } of this.delays.splice(0)) done()
  }

  connect(wire: Wire): void {
    this.dials.push({ at: this.timeline.now })
    const [refusal] = this.refusals
    if (refusal !== undefined) {
      refusal.left -= 1
      if (refusal.left === 0) {
        this.refusals.shift()
        refusal.done()
      }
      return wire.refuse(refusal.retryAfterMs)
    }
    const picked = this.balancer(wire)
    if (picked === undefined || picked.isDead) return wire.refuse()
    picked.connect(wire)
    const delay = this.delays.shift()
    if (delay === undefined) return
    wire.down.delay(delay.ms)
    delay.done()
  }
}
