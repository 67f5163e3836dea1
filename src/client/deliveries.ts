/**
 * What became of each `send()`: promises and marks, derived from the outbox's watermarks.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { Outbox } from '../core/parts/outbox.ts'
import { callSafely } from './emitter.ts'
import type { Delivery, DeliveryState } from './events.ts'

const RANK: Readonly<Record<DeliveryState, number>> = {
  accepted: 0,
  stored: 1,
  sent: 2,
  acknowledged: 3,
  failed: 3,
}

/** One delivery, as the session moves it on. It only ever moves forwards. */
export class Tracked implements Delivery {
  seq: number | undefined
  state: DeliveryState = 'accepted'
  private readonly report: (error: unknown) => void
  private listeners: Set<(state: DeliveryState) => void> | undefined
  private whenStored: Settleable | undefined
  private whenAcknowledged: Settleable | undefined
  private failure: HoldfastError | undefined

  constructor(report: (error: unknown) => void) {
    this.report = report
  }

  get stored(): Promise<void> {
    const failure = this.state === 'failed' ? this.failure : undefined
    this.whenStored ??= new Settleable(RANK[this.state] >= RANK.stored, failure)
    return this.whenStored.promise
  }

  get acknowledged(): Promise<void> {
    const isSettled = RANK[this.state] >= RANK.acknowledged || this.failure !== undefined
    this.whenAcknowledged ??= new Settleable(isSettled, this.failure)
    return this.whenAcknowledged.promise
  }

  onChange(listener: (state: DeliveryState) => void): () => void {
    this.listeners ??= new Set()
    const own = (state: DeliveryState) => listener(state)
    this.listeners.add(own)
    return () => void this.listeners?.delete(own)
  }

  advance(to: 'stored' | 'sent' | 'acknowledged'): void {
    if (RANK[to] <= RANK[this.state]) return
    this.state = to
    // What the server has is also safe from a crash here: nobody needs to wait for our store any more.
    this.whenStored?.settle(undefined)
    if (to === 'acknowledged') this.whenAcknowledged?.settle(undefined)
    this.tell()
  }

  fail(error: HoldfastError): void {
    if (RANK[this.state] === RANK.failed) return
    // What has been stored stays stored: only what has not happened yet fails.
    if (this.state === 'accepted') this.whenStored?.settle(error)
    else this.whenStored ??= new Settleable(true, undefined)
    this.state = 'failed'
    this.failure = error
    this.whenAcknowledged?.settle(error)
    this.tell()
  }

  /**
   * [SU-8] The session was closed. What is in the store has not failed, it goes out with the next session; only
   * nobody here will hear of its acknowledgement.
   */
  leave(error: HoldfastError): void {
    if (this.state === 'accepted') return this.fail(error)
    if (RANK[this.state] === RANK.failed) return
    this.failure = error
    this.whenAcknowledged?.settle(error)
  }

  private tell(): void {
    if (this.listeners === undefined) return
    for (const listener of [...this.listeners]) void callSafely(() => listener(this.state), this.report)
  }
}

/** A promise that is made only if somebody asks for it, and whose rejection never goes unhandled. */
class Settleable {
  readonly promise: Promise<void>
  private resolve = (): void => undefined
  private reject: (error: HoldfastError) => void = () => undefined

  /** @param isSettled - whether what it waits for has come, or has failed, already */
  constructor(isSettled: boolean, failure: HoldfastError | undefined) {
    this.promise = new Promise<void>((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    this.promise.catch(() => undefined)
    if (isSettled) this.settle(failure)
  }

  /** Only the first time counts. */
  settle(failure: HoldfastError | undefined): void {
    if (failure === undefined) this.resolve()
    else this.reject(failure)
  }
}

/** All deliveries under way, in the order of their numbers. */
export class Deliveries {
  private readonly bySeq = new Map<number, Tracked>()
  private acked = 0
  private sent = 0
  private stored = 0
  /** The highest number that was tracked. */
  private last = 0

  track(seq: number, tracked: Tracked): void {
    tracked.seq = seq
    this.bySeq.set(seq, tracked)
    this.last = seq
  }

  /** What an earlier process left is not ours to track. */
  begin(outbox: Outbox): void {
    this.acked = outbox.acked
    this.sent = outbox.acked
    this.stored = outbox.last
  }

  /** Moves everything on to where the outbox now is. */
  follow(outbox: Outbox): void {
    // Nobody waits for more than was tracked, whatever number a server may name.
    const upTo = (watermark: number) => Math.min(watermark, this.last)
    for (let seq = this.stored + 1; seq <= upTo(outbox.stored); seq += 1)
      this.bySeq.get(seq)?.advance('stored')
    for (let seq = this.sent + 1; seq <= upTo(outbox.sent); seq += 1) this.bySeq.get(seq)?.advance('sent')
    for (let seq = this.acked + 1; seq <= upTo(outbox.acked); seq += 1) {
      this.bySeq.get(seq)?.advance('acknowledged')
      this.bySeq.delete(seq)
    }
    this.stored = Math.max(this.stored, outbox.stored)
    this.sent = Math.max(this.sent, outbox.sent)
    this.acked = Math.max(this.acked, outbox.acked)
  }

  /** @returns whether anybody here has sent it. */
  fail(seq: number, error: HoldfastError): boolean {
    const tracked = this.bySeq.get(seq)
    tracked?.fail(error)
    return tracked !== undefined
  }

  failAll(error: HoldfastError): void {
    for (const tracked of this.bySeq.values()) tracked.fail(error)
    this.bySeq.clear()
  }

  /** The session was closed, with everything to `storedTo` in the store for the next one. */
  leaveAll(storedTo: number, error: HoldfastError): void {
    for (const [seq, tracked] of this.bySeq) {
      if (seq <= storedTo) tracked.advance('stored')
      tracked.leave(error)
    }
    this.bySeq.clear()
  }
}
