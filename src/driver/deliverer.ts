/**
 * Hands the server's messages to the application: one at a time, in order, and waits for each.
 *
 * Nothing is handed over until somebody listens: the messages stay here, uncommitted and unacknowledged, and
 * the server's window bounds how many that can be.
 */
import type { Parcel } from '../core/effect.ts'
import type { Message } from '../protocol/message.ts'

export interface Consumer {
  /** Whether anybody listens, or a state is folded. */
  isReady(): boolean
  /** Must not throw. @returns a promise if the message is not done with when this returns. */
  consume(message: Message): Promise<void> | undefined
  missed(gap: Extract<Parcel, { kind: 'gap' }>): void
}

interface Run {
  readonly from: number
  readonly data: readonly unknown[]
}

export class Deliverer {
  private readonly consumer: Consumer
  private readonly keeps: boolean
  private readonly handled: (upTo: number) => void
  private readonly parcels: Parcel[] = []
  /** The messages that are being handed to listeners now. */
  private current: Run | undefined
  private isBusy = false
  private isStopped = false
  /** Processed, and not yet taken for the store. */
  private readonly done: Run[] = []

  constructor(consumer: Consumer, keeps: boolean, handled: (upTo: number) => void) {
    this.consumer = consumer
    this.keeps = keeps
    this.handled = handled
  }

  deliver(parcel: Parcel): void {
    if (this.isStopped) return
    this.parcels.push(parcel)
    this.go()
  }

  /** Somebody may have begun to listen. */
  go(): void {
    if (!this.isBusy && this.parcels.length > 0) void this.run()
  }

  /** [SU-10] Nothing more is handed over; what the application was done with by now is still told. */
  stop(): void {
    this.isStopped = true
    this.parcels.length = 0
  }

  /** The messages up to this number, for the commit that says they are processed; a gap has none. */
  takeDone(upTo: number): Run | undefined {
    return this.done[0] !== undefined && this.done[0].from <= upTo ? this.done.shift() : undefined
  }

  /** Everything that came and is in no commit yet, in order; a part of it may stand there twice. */
  inHand(): Run[] {
    const waiting = this.parcels.filter((parcel) => parcel.kind === 'messages')
    return [...this.done, ...(this.current === undefined ? [] : [this.current]), ...waiting]
  }

  private async run(): Promise<void> {
    this.isBusy = true
    for (
      let parcel = this.parcels[0];
      parcel !== undefined && this.consumer.isReady();
      parcel = this.parcels[0]
    ) {
      this.parcels.shift()
      if (parcel.kind === 'gap') {
        this.consumer.missed(parcel)
        this.handled(parcel.to)
      } else {
        this.current = parcel
        await this.handOver(parcel)
        this.current = undefined
      }
    }
    this.isBusy = false
  }

  private async handOver(parcel: Extract<Parcel, { kind: 'messages' }>): Promise<void> {
    let told = parcel.from - 1
    for (const [index, data] of parcel.data.entries()) {
      const seq = parcel.from + index
      if (this.isStopped) return this.tell(parcel, told, seq - 1)
      if (!this.consumer.isReady()) {
        this.parcels.unshift({ ...parcel, from: seq, data: parcel.data.slice(index) })
        this.tell(parcel, told, seq - 1)
        return
      }
      const pending = this.consumer.consume({ seq, data, redelivered: seq <= parcel.redelivered })
      if (pending !== undefined) {
        // What came before is done, whatever this one does.
        if (seq - 1 > told) this.tell(parcel, told, seq - 1)
        told = Math.max(told, seq - 1)
        await pending
      }
    }
    this.tell(parcel, told, parcel.from + parcel.data.length - 1)
  }

  private tell(parcel: Extract<Parcel, { kind: 'messages' }>, after: number, upTo: number): void {
    if (upTo <= after) return
    if (this.keeps)
      this.done.push({
        from: after + 1,
        data: parcel.data.slice(after + 1 - parcel.from, upTo + 1 - parcel.from),
      })
    this.handled(upTo)
  }
}

/** [SU-10] Who closes from within a listener is done with its message a few turns later, if the listener is async. */
export async function listenersReturned(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve()
}
