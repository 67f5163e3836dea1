/**
 * A welcomed connection: what its client says, and what the session says to it.
 */
import type { HoldfastError } from '../base/errors.ts'
import { assertNever } from '../base/invariant.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import type { ClientFrame, Gap, Messages, Restore } from '../protocol/frames.ts'
import { BATCH } from '../protocol/limits.ts'
import { Acks } from './acks.ts'
import type { Connection } from './connection.ts'
import { Delivery, type DeliveryStart } from './delivery.ts'
import type { LiveSession } from './live-session.ts'
import { endByClient } from './session-parts.ts'
import { isTooLarge } from './outgoing.ts'
import { Pulse } from './pulse.ts'
import type { Numbered } from './session-log.ts'
import { Throttle } from './throttle.ts'
import type { UpBatch } from './up-batch.ts'

export class Line {
  private readonly connection: Connection
  private readonly session: LiveSession
  private readonly acks: Acks
  private readonly delivery: Delivery
  private readonly pulse: Pulse
  private readonly throttle: Throttle
  /** Highest up number that came, stored or not. */
  private accepted: number
  private pings = 0
  /** Whether the client said goodbye, and has nothing more to say. */
  isLeaving = false

  constructor(connection: Connection, session: LiveSession, start: DeliveryStart) {
    this.connection = connection
    this.session = session
    const { clock, settings, draw } = connection.instance
    const { intervalMs, timeoutMs } = settings.heartbeat
    this.accepted = session.writer.up
    this.throttle = new Throttle(connection.socket)
    this.acks = new Acks(clock, session.writer.up, (received) => connection.send({ type: 'ack', received }))
    this.delivery = new Delivery(
      {
        socket: connection.socket,
        clock,
        window: settings.limits.window,
        bufferedBytes: settings.limits.bufferedBytes,
        head: () => session.writer.head,
        read: (from, limit) => readDown(session, from, limit),
        snapshot: () => session.mirror?.snapshot() ?? [],
        coming: () => (session.mirror?.isWanted === false ? session.mirror.coming : undefined),
        isOurs: () => session.ledger.isOurs(),
        failed: (cause) => session.logFailed(cause),
      },
      start,
    )
    this.pulse = new Pulse({
      clock,
      intervalMs,
      timeoutMs,
      draw,
      ping: () => connection.send({ type: 'ping', id: (this.pings += 1), received: this.acks.carried() }),
      dead: () => connection.kill('no sign of life'),
      // While we do not read we cannot judge.
      isDeaf: () => this.throttle.isPaused,
    })
  }

  start(): void {
    this.delivery.kick()
  }

  stop(): void {
    this.acks.stop()
    this.delivery.stop()
    this.pulse.stop()
  }

  /** Anything that arrived is life, whatever it is. */
  heard(): void {
    this.pulse.heard()
  }

  hear(frame: ClientFrame): void {
    switch (frame.type) {
      case 'messages':
        return this.hearMessages(frame)
      case 'gap':
        return this.hearGap(frame)
      case 'ack':
        return this.hearAck(frame.received)
      case 'ping':
        // A client that writes but does not read gets no more answers than fit.
        if (!this.connection.isFlooded) {
          this.connection.send({ type: 'pong', id: frame.id, received: this.acks.carried() })
        }
        return this.hearAck(frame.received)
      case 'pong':
        return this.hearAck(frame.received)
      case 'restore':
        return this.hearRestore(frame)
      case 'auth':
        return this.connection.authenticateAgain(frame.token, this.session)
      case 'bye':
        this.isLeaving = true
        return endByClient(this.session)
      case 'hello':
        return this.connection.fault('a second hello')
      default:
        assertNever(frame)
    }
  }

  storedDown(from: number, texts: readonly string[]): void {
    this.delivery.appended(from, texts)
  }

  storedUp(upTo: number): void {
    this.acks.reached(upTo)
    this.throttle.loosen(this.session.writer.queued)
  }

  failedUp(error: HoldfastError): void {
    this.connection.refuse('overloaded', CLOSE.tryAgainLater, error.message, this.connection.instance.soon())
  }

  private hearMessages({ from, data }: Messages): void {
    const to = from + data.length - 1
    const fresh = this.freshFrom(from, to)
    if (fresh === undefined) return
    const { messageBytes } = this.connection.instance.settings.limits
    const values = fresh === from ? data : data.slice(fresh - from)
    const texts: string[] = []
    let characters = 0
    for (const value of values) {
      const text = JSON.stringify(value)
      if (isTooLarge(text, messageBytes)) {
        return this.connection.refuse(
          'too-large',
          CLOSE.tooLarge,
          `a message has more than ${messageBytes} bytes`,
        )
      }
      texts.push(text)
      characters += text.length
    }
    this.take({ from: fresh, to, texts, values, characters })
  }

  private hearGap({ from, to, reason }: Gap): void {
    if (reason !== 'cancelled') return this.connection.fault('a gap that only a server can know of')
    const fresh = this.freshFrom(from, to)
    if (fresh !== undefined) this.take({ from: fresh, to, texts: [], values: [], characters: 0 })
  }

  /** The first number that is new; `undefined` if nothing is, or if something is missing before. */
  private freshFrom(from: number, to: number): number | undefined {
    const next = this.accepted + 1
    if (to < next) {
      this.acks.again()
      return undefined
    }
    if (from > next) {
      this.connection.fault(`message ${from} came when ${next} was next`)
      return undefined
    }
    return next
  }

  private take(batch: UpBatch): void {
    const { writer } = this.session
    const { limits } = this.connection.instance.settings
    this.accepted = batch.to
    writer.store(batch)
    const isBeyond = batch.texts.length > 0 && batch.to - writer.up > 2 * limits.window + BATCH
    if (this.throttle.tighten(writer.queued) || isBeyond) {
      const wait = this.connection.instance.soon()
      this.connection.refuse('overloaded', CLOSE.slowDown, 'more in flight than the window allows', wait)
    }
  }

  private hearAck(received: number): void {
    if (!this.delivery.acknowledged(received))
      return this.connection.fault(`an ack for ${received}, which never was`)
    this.session.acknowledged(received)
  }

  private hearRestore(piece: Restore): void {
    const taken = this.session.mirror?.take(piece) ?? { fault: 'a state that nobody asked for' }
    if (taken !== 'taken') this.connection.fault(taken.fault)
  }
}

/** [SV-50] What is read may show that an append has landed which was taken for failed: with all of it, if so. */
async function readDown(
  { ledger, writer }: LiveSession,
  from: number,
  limit: number,
): Promise<readonly Numbered[] | undefined> {
  const entries = await ledger.readDown(from, limit)
  let last = entries?.at(-1)?.seq ?? 0
  for (let next = last; next > writer.head;) {
    const more = await ledger.readDown(last + 1, BATCH)
    next = more?.at(-1)?.seq ?? 0
    // A log that answers nonsense must not keep us here.
    if (next <= last) break
    last = next
  }
  writer.wasRead(last)
  return entries
}
