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
  /** When it would be due on a line on which nothing takes longer for its size. */
  readonly fastDueAt: Instant
}

/** Stands on the way: is shown each thing that is sent, and passes on what it likes, as often as it likes. */
export type Middlebox<Item> = (item: Item, pass: (item: Item, size?: number) => void) => void

/** What a socket takes before it says that it is full. */
const SOCKET_BUFFER = 64 * 1024
/** What a proxy that gathers small things calls small, in characters. */
const SMALL = 1024

export class Lane<Item> {
  /** Taken away, everything passes again. */
  middlebox: Middlebox<Item> | undefined
  /** Milliseconds that each character takes, for a line that carries them one by one. */
  characterMs = 0
  /** What is due within so many milliseconds after another arrives together with it. */
  bunchMs = 0
  /** What is small waits so long for company. */
  holdMs = 0
  /** Something on its way was lost: no line shows what came after that as if it had not been. */
  hasLost = false
  private readonly timeline: Timeline
  private readonly rule: LaneRule
  private readonly arrive: (item: Item) => void
  private queue: OnItsWay<Item>[] = []
  private characters = 0
  private lastDueAt: Instant = at(0)
  private lastFastDueAt: Instant = at(0)
  /** When the last character of what was sent so far has been put on the line. */
  private busyUntil: Instant = at(0)
  private heldUntil: Instant = at(0)
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

  send(item: Item, size = 0): void {
    const { middlebox } = this
    if (middlebox === undefined) return this.put(item, size)
    middlebox(item, (passed, length = size) => this.put(passed, length))
  }

  /** Whatever is sent from now on arrives that much later at least. */
  delay(ms: number): void {
    const earliestAt = after(this.timeline.now, milliseconds(ms))
    this.lastDueAt = later(this.lastDueAt, earliestAt)
    this.lastFastDueAt = later(this.lastFastDueAt, earliestAt)
  }

  /** Nothing arrives until then; afterwards everything does. */
  stall(ms: number): void {
    const until = after(this.timeline.now, milliseconds(ms))
    this.stalledUntil = later(this.stalledUntil, until)
    this.cancel?.()
    this.cancel = undefined
    this.arm()
  }

  /** What was stalled flows again. */
  release(): void {
    this.stalledUntil = at(0)
    this.cancel?.()
    this.cancel = undefined
    this.arm()
  }

  /** The line is narrow no more and nobody holds anything back: that goes for what is on its way already, too. */
  widen(): void {
    this.characterMs = 0
    this.bunchMs = 0
    this.holdMs = 0
    this.busyUntil = this.timeline.now
    this.lastDueAt = this.lastFastDueAt
    this.queue = this.queue.map((one) => ({ ...one, dueAt: one.fastDueAt }))
    this.cancel?.()
    this.cancel = undefined
    this.arm()
  }

  /** What is on its way is lost: all of it, or the last so many. */
  lose(count = this.queue.length): void {
    for (const { size } of this.queue.splice(Math.max(0, this.queue.length - count))) {
      this.characters -= size
      this.hasLost = true
    }
    if (this.queue.length > 0) return
    this.cancel?.()
    this.cancel = undefined
  }

  private put(item: Item, size: number): void {
    const { rate } = this.rule
    const { now } = this.timeline
    const perCharacter = this.characterMs + (rate === undefined ? 0 : 1000 / rate)
    this.busyUntil = after(later(this.busyUntil, now), milliseconds(size * perCharacter))
    const latency = milliseconds(this.rule.latency())
    const dueAt = later(this.lastDueAt, later(after(this.busyUntil, latency), this.companyFor(size)))
    const fastDueAt = later(this.lastFastDueAt, after(now, latency))
    this.lastDueAt = dueAt
    this.lastFastDueAt = fastDueAt
    this.characters += size
    this.queue.push({ item, size, dueAt, fastDueAt })
    if (this.queue.length === 1) this.arm()
  }

  /** Until when a proxy that gathers small things keeps this one. */
  private companyFor(size: number): Instant {
    const { now } = this.timeline
    if (this.holdMs === 0 || size > SMALL) return now
    if (this.heldUntil <= now) this.heldUntil = after(now, milliseconds(this.holdMs))
    return this.heldUntil
  }

  private arm(): void {
    const head = this.queue[0]
    if (head === undefined || this.stalledUntil === NEVER || this.cancel !== undefined) return
    this.cancel = this.timeline.schedule(later(head.dueAt, this.stalledUntil), () => {
      this.cancel = undefined
      const together = after(this.timeline.now, milliseconds(this.bunchMs))
      do {
        const arrived = this.queue.shift()
        if (arrived === undefined) return
        this.characters -= arrived.size
        if (this.bunchMs === 0) this.arm()
        this.arrive(arrived.item)
      } while (this.bunchMs > 0 && (this.queue[0]?.dueAt ?? NEVER) <= together)
      this.arm()
    })
  }
}
