/**
 * A session while this instance owns it, whether or not its client is connected.
 *
 * It lives until the log says that it is not ours any more; connections come and go meanwhile.
 */
import { HoldfastError } from '../base/errors.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import type { Hello, ResetReason } from '../protocol/frames.ts'
import type { Granted } from './admission.ts'
import { mayLackState, metBy } from './handshake-rules.ts'
import type { ServerSession, ServerSessionEvents } from './api.ts'
import type { Connection } from './connection.ts'
import type { Instance } from './instance.ts'
import { Latest } from './latest.ts'
import { Ledger, logFailed } from './ledger.ts'
import { Line } from './line.ts'
import type { Mirror } from './mirror.ts'
import type { Offers } from './offers.ts'
import { write } from './outgoing.ts'
import { rejected } from './promised.ts'
import { dismiss, mirrorOf, offersOf, vigilOf, writerListener } from './session-parts.ts'
import { atTurnsEnd } from './turn.ts'
import type { Vigil } from './vigil.ts'
import { Voice } from './voice.ts'
import { welcomeFrame } from './welcome.ts'
import { Writer } from './writer.ts'

type Events = ServerSessionEvents<unknown>
export type ReleaseReason = Parameters<Events['released']>[0]['reason']

export class LiveSession implements ServerSession {
  readonly id: string
  readonly subject: string
  readonly outcome: Granted['outcome']
  readonly resetReason: ResetReason | undefined
  readonly epoch: string
  readonly retainMs: number
  readonly instance: Instance
  readonly ledger: Ledger
  readonly writer: Writer
  readonly offers: Offers
  /** Tells the log what the client has. */
  readonly acks: Latest
  readonly voice: Voice
  readonly vigil: Vigil
  /** The state, if the server keeps one. */
  readonly mirror: Mirror | undefined
  /** Why it is over, if it is. */
  released: ReleaseReason | undefined
  /** A second question would be answered that there is no such session, which would pass for a loss. */
  private ending: Promise<void> | undefined
  private readonly abortion = new AbortController()
  private current: { readonly connection: Connection; readonly line: Line } | undefined

  constructor(instance: Instance, hello: Hello, subject: string, answer: Granted) {
    this.instance = instance
    this.id = hello.session
    this.subject = subject
    this.outcome = answer.outcome
    this.resetReason = answer.reason
    this.epoch = answer.epoch
    this.retainMs = answer.retainMs
    const failed = (cause: unknown): void => this.logFailed(cause)
    const voice = new Voice(instance)
    const grant = { epoch: answer.epoch, generation: hello.generation }
    const ledger = new Ledger(instance.log, hello.session, grant, (how) =>
      this.release(how === 'fenced' ? 'superseded' : 'reset'),
    )
    this.voice = voice
    this.ledger = ledger
    this.writer = new Writer(ledger, writerListener(this), { up: answer.up, head: answer.head })
    this.offers = offersOf(this, answer)
    this.mirror = mirrorOf(this, () => this.announce())
    this.acks = new Latest(hello.received, (received) => ledger.acknowledge(received), failed)
    this.vigil = vigilOf(this, answer)
  }

  get connected(): boolean {
    return this.current !== undefined
  }

  get isReleased(): boolean {
    return this.released !== undefined
  }

  get line(): Line | undefined {
    return this.current?.line
  }

  get state(): unknown {
    return this.mirror?.state
  }

  get signal(): AbortSignal {
    return this.abortion.signal
  }

  send(value: unknown): Promise<number> {
    try {
      return this.writer.send(write(value, this.instance.settings.limits.messageBytes))
    } catch (cause) {
      const error = cause as HoldfastError
      this.voice.fail(error)
      return rejected(error)
    }
  }

  on<Name extends keyof Events>(name: Name, listener: Events[Name]): () => void {
    const remove = this.voice.on(name, listener)
    // At the end of the turn, so that all listeners that are added together hear the first message.
    if (name === 'message') atTurnsEnd(() => this.offers.kick())
    return remove
  }

  end(): Promise<void> {
    if (this.ending === undefined) {
      this.ending = this.finish().finally(() => (this.ending = undefined))
      // It is told by an event as well: a caller who does not care need not catch.
      this.ending.catch((cause: unknown) => this.logFailed(cause))
    }
    return this.ending
  }

  /** The client has greeted this instance again, under a higher generation. */
  raise(generation: number, answer: Granted): void {
    this.ledger.grant = { epoch: answer.epoch, generation }
    this.current?.connection.refuse('superseded', CLOSE.superseded, 'a newer connection has taken over')
    this.writer.dropUps()
    // If the log holds what we were never told of, an append that was taken for failed has landed.
    if (answer.up > this.writer.up || answer.head > this.writer.head) void this.mirror?.reload()
    this.writer.up = Math.max(this.writer.up, answer.up)
    this.writer.head = Math.max(this.writer.head, answer.head)
  }

  /** Welcomes the client over a connection. */
  attach(connection: Connection, hello: Hello, answer: Granted): void {
    const { oldest, trimmedBy, outcome } = answer
    const start = {
      seen: metBy(hello),
      to: this.writer.head,
      oldest,
      trimmedBy,
      snapshot: mayLackState(hello, answer),
    }
    this.acknowledged(hello.received)
    this.offers.wake()
    const line = new Line(connection, this, start)
    this.current = { connection, line }
    connection.open(line, this)
    connection.send(welcomeFrame(this.instance, this, answer, start))
    const notice = this.instance.notice()
    if (notice !== undefined) connection.announce(notice)
    this.vigil.attend()
    this.voice.arrival = { outcome, why: hello.why }
    if (this.mirror?.isWanted === true) this.mirror.expect({ up: answer.up, down: answer.head })
    else this.announce()
    line.start()
  }

  /** A connection is over; of no consequence if it is not the one in use. */
  left(connection: Connection, code: number, reason: string): void {
    const wasCurrent = this.current?.connection === connection
    if (wasCurrent) {
      this.current = undefined
      this.voice.arrival = undefined
      this.mirror?.pause()
      this.writer.dropUps()
      this.writer.kick()
      this.voice.emit('disconnected', { code, reason })
    }
    if (this.isReleased || this.current !== undefined) return
    this.vigil.leave()
    if (this.instance.notice() === undefined) return
    const settling = this.offers.rest()
    if (settling === undefined) void this.depart()
    else void settling.then(() => this.depart())
  }

  /** Leaves the session to whoever comes next. Never rejects. */
  async depart(): Promise<void> {
    await this.mirror?.save()
    // It tells whether somebody has taken it already.
    await this.ledger.touch().catch(() => {})
    if (!this.connected) this.release('server-closed')
  }

  release(reason: ReleaseReason): void {
    if (this.released !== undefined) return
    this.released = reason
    if (this.instance.sessions.get(this.id) === this) this.instance.sessions.delete(this.id)
    this.writer.stop(fenced(reason))
    for (const part of [this.offers, this.acks, this.vigil, this.mirror]) part?.stop()
    dismiss(this.current?.connection, reason)
    this.abortion.abort()
    this.voice.emit('released', { reason })
  }

  /** The client has everything to here. */
  acknowledged(received: number): void {
    this.acks.raise(received)
    this.writer.kick()
  }

  logFailed(cause: unknown): void {
    if (!this.isReleased) this.voice.fail(logFailed(cause))
  }

  private async finish(): Promise<void> {
    const { kind } = await this.ledger.end()
    if (kind === 'written') return this.release('ended')
    // [SV-63] What has ended already is as it was to be.
    if (this.released !== 'ended') throw fenced(this.released)
  }

  /** The session is ready for the application, now or long since. */
  private announce(): void {
    // [SV-103] Its state may come after the session was released.
    if (this.isReleased) return
    this.voice.announce(() => this.instance.announce(this))
    this.offers.kick()
  }
}

function fenced(reason: ReleaseReason | undefined): HoldfastError {
  return new HoldfastError('fenced', 'The session is not with this server any more.', { facts: { reason } })
}
