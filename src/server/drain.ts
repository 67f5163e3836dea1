/**
 * Stopping in order: everybody is told when to come back, and where nobody has to wait for it, may go at once.
 */
import { after, between, type Instant, milliseconds } from '../base/time.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import type { Shutdown } from '../protocol/frames.ts'
import { MAX_HINT } from '../protocol/limits.ts'
import { windowMs } from './admissions.ts'
import type { DrainOptions } from './api.ts'
import { checkKind, checkRange, checkText } from './check.ts'
import type { Instance } from './instance.ts'

const CLOSES_IN = 10_000
const COMES_BACK_WITHIN = 5_000
/** For whoever leaves at the end of the window. */
const GRACE = 5_000
/** How often to look whether a session has been handed over: each second, or at most five times a millisecond in all. */
const LEAST_LOOK = 1_000
const LOOKS_PER_MS = 5
/** A client that is sent to another instance, and was let in here once more, tries again this soon. */
const RETRY_HANDOFF = 250

/** What a shutdown frame may say, besides `MAX_HINT`. */
const LONGEST = 3_600_000
const LONGEST_REASON = 1024

/** @throws {@link HoldfastError} `invalid-option` */
export function checkDrain(options: DrainOptions): void {
  checkKind('options', options, 'object')
  const { closesInMs, reason, reconnect = {}, handoff = false } = options
  checkKind('reconnect', reconnect, 'object')
  checkKind('handoff', handoff, 'boolean')
  if (closesInMs !== undefined) checkRange('closesInMs', closesInMs, 0, LONGEST)
  if (reason !== undefined) checkText('reason', reason)
  for (const name of ['afterMs', 'withinMs'] as const) {
    const wait = reconnect[name]
    if (wait !== undefined) checkRange(`reconnect.${name}`, wait, 0, MAX_HINT)
  }
}

export interface Plan {
  readonly closesInMs: number
  readonly afterMs: number
  readonly withinMs: number
}

/** [SV-99] What was not asked for is long enough for whoever takes the clients over to let them all in. */
export function planOf(options: DrainOptions, clients: number, perSecond: number): Plan {
  const { afterMs = 0, withinMs } = options.reconnect ?? {}
  const fairMs = Math.min(MAX_HINT, Math.max(COMES_BACK_WITHIN, windowMs(clients, perSecond)))
  const windowEndsMs = afterMs + (withinMs ?? fairMs)
  const closesInMs = options.closesInMs ?? Math.max(CLOSES_IN, windowEndsMs + GRACE)
  return { closesInMs, afterMs, withinMs: withinMs ?? Math.max(0, Math.min(fairMs, closesInMs - afterMs)) }
}

export class Drain {
  /** Resolves when every client has left or was closed, listeners are done or time is up, and every session was let go of. */
  readonly done: Promise<void>
  /** What a client that comes now is told. */
  readonly retryAfterMs: number
  private readonly instance: Instance
  private resolve: () => void = () => {}
  private isSaved = false
  private isFinishing = false
  private timeIsUp: () => void = () => {}
  private readonly timeUp = new Promise<void>((resolve) => (this.timeIsUp = resolve))
  private readonly cancel: () => void
  private readonly words: Shutdown
  private readonly closeAt: Instant

  constructor(instance: Instance, options: DrainOptions) {
    const { reason = 'restarting' } = options
    const { closesInMs, afterMs, withinMs } = planOf(
      options,
      instance.connections.size,
      instance.settings.limits.admissionsPerSecond,
    )
    this.instance = instance
    this.done = new Promise((resolve) => (this.resolve = resolve))
    const handoff = options.handoff === true && instance.log.shared
    this.retryAfterMs = handoff ? RETRY_HANDOFF : Math.max(RETRY_HANDOFF, afterMs)
    const cut = reason.slice(0, LONGEST_REASON)
    this.words = { type: 'shutdown', reason: cut, closesInMs, reconnect: { afterMs, withinMs }, handoff }
    this.closeAt = after(instance.clock.now(), milliseconds(closesInMs))
    this.cancel = instance.clock.alarm(this.closeAt, () => this.closeAll())
    void this.begin()
  }

  /** What clients are told, as of now. */
  get notice(): Shutdown {
    const leftMs = between(this.instance.clock.now(), this.closeAt)
    return { ...this.words, closesInMs: Math.max(0, Math.round(leftMs)) }
  }

  /** Looks whether all is done. */
  check(): void {
    if (!this.isSaved || this.isFinishing || this.instance.connections.size > 0) return
    this.isFinishing = true
    void this.finish()
  }

  /** States first: whoever leaves must find them. */
  private async begin(): Promise<void> {
    const sessions = [...this.instance.sessions.values()]
    for (const connection of this.instance.connections) connection.announce(this.notice)
    const everyMs = Math.max(LEAST_LOOK, sessions.length / LOOKS_PER_MS)
    if (this.words.handoff) for (const session of sessions) session.vigil.hurry(everyMs)
    await Promise.all(sessions.map(async (session) => session.mirror?.save()))
    this.isSaved = true
    this.check()
  }

  private closeAll(): void {
    this.isSaved = true
    this.timeIsUp()
    for (const connection of [...this.instance.connections]) connection.close(CLOSE.restart, 'restarting')
    this.check()
  }

  private async finish(): Promise<void> {
    const { sessions, handling } = this.instance
    for (const session of sessions.values()) void session.offers.rest()
    if (handling.size > 0) await Promise.race([this.timeUp, Promise.all(handling)])
    this.cancel()
    await Promise.all([...sessions.values()].map((session) => session.depart()))
    this.resolve()
  }
}
