/**
 * What became of each `send()`: promises and marks, derived from the outbox's watermarks.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { Outbox } from '../core/parts/outbox.ts'
import type { Delivery, DeliveryState } from './events.ts'

const RANK: Readonly<Record<DeliveryState, number>> = {
  accepted: 0,
  stored: 1,
  sent: 2,
  acknowledged: 3,
  failed: 3,
}

/** One delivery, as the session moves it on. It only ever moves forwards. */
export class Tracked {
  seq: number | undefined
  readonly face: Delivery
  private state: DeliveryState = 'accepted'
  private readonly listeners = new Set<(state: DeliveryState) => void>()
  private readonly report: (error: unknown) => void
  private readonly whenStored = new Settleable()
  private readonly whenAcknowledged = new Settleable()

  constructor(report: (error: unknown) => void) {
    this.report = report
    this.face = faceOf(this)
  }

  get now(): DeliveryState {
    return this.state
  }

  promise(of: 'stored' | 'acknowledged'): Promise<void> {
    return of === 'stored' ? this.whenStored.promise() : this.whenAcknowledged.promise()
  }

  listen(listener: (state: DeliveryState) => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  advance(to: 'stored' | 'sent' | 'acknowledged'): void {
    if (RANK[to] <= RANK[this.state]) return
    this.state = to
    // What the server has is also safe from a crash here: nobody needs to wait for our store any more.
    this.whenStored.resolve()
    if (to === 'acknowledged') this.whenAcknowledged.resolve()
    this.tell()
  }

  fail(error: HoldfastError): void {
    if (RANK[this.state] === RANK.failed) return
    this.state = 'failed'
    this.whenStored.reject(error)
    this.whenAcknowledged.reject(error)
    this.tell()
  }

  private tell(): void {
    for (const listener of [...this.listeners]) {
      try {
        listener(this.state)
      } catch (error) {
        this.report(error)
      }
    }
  }
}

function faceOf(tracked: Tracked): Delivery {
  return {
    get seq() {
      return tracked.seq
    },
    get state() {
      return tracked.now
    },
    get stored() {
      return tracked.promise('stored')
    },
    get acknowledged() {
      return tracked.promise('acknowledged')
    },
    onChange: (listener) => tracked.listen(listener),
  }
}

/** A promise that is made only if somebody asks for it, and whose rejection never goes unhandled. */
class Settleable {
  private outcome: { readonly error: HoldfastError | undefined } | undefined
  private waiting:
    | {
        readonly promise: Promise<void>
        readonly resolve: () => void
        readonly reject: (error: HoldfastError) => void
      }
    | undefined

  promise(): Promise<void> {
    if (this.waiting !== undefined) return this.waiting.promise
    let resolve = (): void => undefined
    let reject: (error: HoldfastError) => void = () => undefined
    const promise = new Promise<void>((done, failed) => {
      resolve = done
      reject = failed
    })
    promise.catch(() => undefined)
    this.waiting = { promise, resolve, reject }
    if (this.outcome !== undefined) this.settle(this.outcome.error)
    return promise
  }

  resolve(): void {
    this.settle(undefined)
  }

  reject(error: HoldfastError): void {
    this.settle(error)
  }

  private settle(error: HoldfastError | undefined): void {
    this.outcome ??= { error }
    if (this.waiting === undefined) return
    if (this.outcome.error === undefined) this.waiting.resolve()
    else this.waiting.reject(this.outcome.error)
  }
}

/** All deliveries under way, in the order of their numbers. */
export class Deliveries {
  private readonly bySeq = new Map<number, Tracked>()
  private acked = 0
  private sent = 0
  private stored = 0

  track(seq: number, tracked: Tracked): void {
    tracked.seq = seq
    this.bySeq.set(seq, tracked)
  }

  /** What an earlier process left is not ours to track. */
  begin(outbox: Outbox): void {
    this.acked = outbox.acked
    this.sent = outbox.acked
    this.stored = outbox.last
  }

  /** Moves everything on to where the outbox now is. */
  follow(outbox: Outbox): void {
    for (let seq = this.stored + 1; seq <= outbox.stored; seq += 1) this.bySeq.get(seq)?.advance('stored')
    for (let seq = this.sent + 1; seq <= outbox.sent; seq += 1) this.bySeq.get(seq)?.advance('sent')
    for (let seq = this.acked + 1; seq <= outbox.acked; seq += 1) {
      this.bySeq.get(seq)?.advance('acknowledged')
      this.bySeq.delete(seq)
    }
    this.stored = Math.max(this.stored, outbox.stored)
    this.sent = Math.max(this.sent, outbox.sent)
    this.acked = Math.max(this.acked, outbox.acked)
  }

  fail(seqs: readonly number[], error: HoldfastError): void {
    for (const seq of seqs) this.bySeq.get(seq)?.fail(error)
  }

  failAll(error: HoldfastError): void {
    for (const tracked of this.bySeq.values()) tracked.fail(error)
    this.bySeq.clear()
  }
}
