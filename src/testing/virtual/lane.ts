/**
 * One direction of a connection: whatever is put in comes out later, in order, or not at all.
 */
import { after, at, type Instant, later, milliseconds, NEVER } from '../../base/time.ts'
import type { Timeline } from './timeline.ts'

/** How a direction of a line behaves. Draws are made for each thing that is sent. */
export interface LaneRule {
  /** How long the next thing is on its way, in milliseconds. */
  latency(): number
  /** Characters a second; endless if absent. */
  readonly rate?: number | undefined
}

interface OnItsWay<Item> {
  readonly item: Item
  readonly size: number
  readonly dueAt: Instant
}

/** What a socket takes before it says that it is full. */
const SOCKET_BUFFER = 64 * 1024

export class Lane<Item> {
  private readonly timeline: Timeline
  private readonly rule: LaneRule
  private readonly arrive: (item: Item) => void
  private queue: OnItsWay<Item>[] = []
  private characters = 0
  private lastDueAt: Instant = at(0)
  private stalledUntil: Instant = at(0)
  private cancel: (() => void) | undefined

  constructor(timeline: Timeline, rule: LaneRule, arrive: (item: Item) => void) {
    this.timeline = timeline
    this.rule = rule
    this.arrive = arrive
  }

  /** How many things are on their way. */
  get count(): number {
    return this.queue.length
  }

  /** Characters that the socket would still hold. */
  get buffered(): number {
    return Math.max(0, this.characters - SOCKET_BUFFER)
  }

  send(item: Item, size = 0, extraMs = 0): void {
    const { rate } = this.rule
    const travel = this.rule.latency() + extraMs + (rate === undefined ? 0 : (size / rate) * 1000)
    const dueAt = later(this.lastDueAt, after(this.timeline.now, milliseconds(travel)))
    this.lastDueAt = dueAt
    this.characters += size
    this.queue.push({ item, size, dueAt })
    if (this.queue.length === 1) this.arm()
  }

  /** Whatever is sent from now on arrives that much later at least. */
  delay(ms: number): void {
    this.lastDueAt = later(this.lastDueAt, after(this.timeline.now, milliseconds(ms)))
  }

  /** Nothing arrives until then; afterwards everything does. */
  stall(ms: number): void {
    const until = after(this.timeline.now, milliseconds(ms))
    this.stalledUntil = later(this.stalledUntil, until)
    this.cancel?.()
    this.cancel = undefined
    this.arm()
  }

  /** What is on its way is lost: all of it, or the last so many. */
  lose(count = this.queue.length): void {
    for (const { size } of this.queue.splice(Math.max(0, this.queue.length - count))) this.characters -= size
    if (this.queue.length > 0) return
    this.cancel?.()
    this.cancel = undefined
  }

  private arm(): void {
    const head = this.queue[0]
    if (head === undefined || this.stalledUntil === NEVER || this.cancel !== undefined) return
    this.cancel = this.timeline.schedule(later(head.dueAt, this.stalledUntil), () => {
      this.cancel = undefined
      const arrived = this.queue.shift()
      if (arrived === undefined) return
      this.characters -= arrived.size
      this.arm()
      this.arrive(arrived.item)
    })
  }
}
