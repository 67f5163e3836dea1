/**
 * Whether the client is still there. Anything it sends is life; silence is answered with a ping, and long
 * silence with the end.
 */
import { after, between, type Duration, type Instant, milliseconds } from '../base/time.ts'
import type { Clock } from '../ports/clock.ts'

export interface PulseOptions {
  readonly clock: Clock
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Spreads the first pings of many connections that began together: from [0, 1). */
  readonly draw: () => number
  readonly ping: () => void
  readonly dead: () => void
  /** Whether we have stopped reading. */
  readonly isDeaf: () => boolean
}

export class Pulse {
  private readonly options: PulseOptions
  private readonly interval: Duration
  private readonly deadAfter: Duration
  private patience: Duration
  private heardAt: Instant
  private askedAt: Instant | undefined
  private dueAt: Instant
  private isStopped = false
  private cancel: () => void = () => {}

  constructor(options: PulseOptions) {
    const { clock, intervalMs, timeoutMs, draw } = options
    this.options = options
    this.interval = milliseconds(intervalMs)
    this.deadAfter = milliseconds(2 * intervalMs + timeoutMs)
    this.patience = milliseconds(intervalMs * (0.5 + draw() / 2))
    this.heardAt = clock.now()
    this.dueAt = after(this.heardAt, this.patience)
    this.arm(this.dueAt)
  }

  heard(): void {
    this.heardAt = this.options.clock.now()
  }

  stop(): void {
    this.isStopped = true
    this.cancel()
  }

  private arm(at: Instant): void {
    this.dueAt = at
    this.cancel = this.options.clock.alarm(at, () => this.check())
  }

  private check(): void {
    if (this.isStopped) return
    const { clock, dead, ping, isDeaf, timeoutMs } = this.options
    const now = clock.now()
    // We were asleep ourselves: what the client sent meanwhile is still unread, so ask before judging.
    if (between(this.dueAt, now) > timeoutMs)
      this.heardAt = latest(this.heardAt, (now - this.interval) as Instant)
    if (isDeaf()) this.heardAt = now
    const deadAt = after(this.heardAt, this.deadAfter)
    if (now >= deadAt) return dead()
    const isAsked = this.askedAt !== undefined && between(this.askedAt, now) < this.interval
    if (between(this.heardAt, now) >= this.patience && !isAsked) {
      this.askedAt = now
      this.patience = this.interval
      ping()
    }
    const pingAt = after(latest(this.heardAt, this.askedAt ?? this.heardAt), this.patience)
    const nextAt = pingAt > now ? pingAt : after(now, this.interval)
    this.arm(nextAt < deadAt ? nextAt : deadAt)
  }
}

const latest = (one: Instant, other: Instant): Instant => (one > other ? one : other)
