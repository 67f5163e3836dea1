/**
 * The sockets that the core knows by number: at most two at a time, and none after it hung up.
 *
 * A dial first asks the providers for a URL and a token; a provider that throws, rejects or gives nonsense is
 * a failed attempt like any other. The token travels in the hello and nowhere else: the core never sees it.
 */
import { HoldfastError, isHoldfastError } from '../base/errors.ts'
import type { LossCause } from '../core/state.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import { decodeServerFrame } from '../protocol/decode-server-frame.ts'
import { encode, encodeMessages, fitting, piecesOf } from '../protocol/encode.ts'
import { type ClientFrame, type ServerFrame, SUBPROTOCOL } from '../protocol/frames.ts'
import type { Connection, Loss, Transport } from '../ports/transport.ts'

export interface TargetRequest {
  readonly attempt: number
  readonly refresh: boolean
  readonly signal: AbortSignal
  /** Where a notice sent us. */
  readonly url: string | undefined
}

export interface Target {
  readonly url: string
  readonly token: string | undefined
}

export interface ConnectionsListener {
  opened(connection: number): void
  received(connection: number, frame: ServerFrame): void
  garbled(connection: number, fault: string): void
  dropped(connection: number, loss: Loss, cause: LossCause | undefined): void
  /** No dial here can ever succeed. */
  impossible(code: 'no-websocket', message: string): void
  trouble(error: HoldfastError): void
}

interface Open {
  readonly abort: AbortController
  socket: Connection | undefined
  token: string | undefined
}

export class Connections {
  private readonly open = new Map<number, Open>()
  private readonly transport: () => Transport
  private readonly provide: (request: TargetRequest) => Promise<Target>
  private readonly listener: ConnectionsListener

  constructor(
    transport: () => Transport,
    provide: (request: TargetRequest) => Promise<Target>,
    listener: ConnectionsListener,
  ) {
    this.transport = transport
    this.provide = provide
    this.listener = listener
  }

  dial(request: {
    readonly connection: number
    readonly attempt: number
    readonly refresh: boolean
    readonly url: string | undefined
  }): void {
    const { connection, attempt, refresh, url } = request
    const abort = new AbortController()
    const entry: Open = { abort, socket: undefined, token: undefined }
    this.open.set(connection, entry)
    this.provide({ attempt, refresh, signal: abort.signal, url }).then(
      (target) => {
        if (!abort.signal.aborted) this.connect(connection, entry, target)
      },
      (error: unknown) => this.failed(connection, abort.signal, error),
    )
  }

  transmit(connection: number, frame: ClientFrame): void {
    const entry = this.open.get(connection)
    const token = frame.type === 'hello' ? entry?.token : undefined
    this.send(
      entry,
      encode(frame.type === 'hello' && token !== undefined ? { ...frame, auth: token } : frame),
    )
  }

  transmitMessages(connection: number, from: number, texts: readonly string[]): void {
    const entry = this.open.get(connection)
    for (let start = 0; start < texts.length;) {
      const count = fitting(texts, start)
      this.send(entry, encodeMessages(from + start, texts.slice(start, start + count)))
      start += count
    }
  }

  transmitState(connection: number, text: string | undefined, up: number, down: number): void {
    const entry = this.open.get(connection)
    for (const piece of piecesOf(text, up, down)) this.send(entry, encode({ type: 'restore', ...piece }))
  }

  /** From here on nothing is heard of it, whatever the socket does. */
  hangUp(connection: number, code: number, reason: string): void {
    const entry = this.open.get(connection)
    this.open.delete(connection)
    entry?.abort.abort()
    entry?.socket?.close(code, reason)
  }

  closeAll(): void {
    for (const connection of [...this.open.keys()]) this.hangUp(connection, CLOSE.normal, 'closed')
  }

  private connect(connection: number, entry: Open, target: Target): void {
    entry.token = target.token
    const isCurrent = () => this.open.get(connection) === entry
    try {
      entry.socket = this.transport().open(
        { url: target.url, subprotocol: SUBPROTOCOL },
        {
          opened: () => {
            if (isCurrent()) this.listener.opened(connection)
          },
          received: (message) => {
            if (isCurrent()) this.read(connection, message)
          },
          dropped: (loss) => {
            if (!isCurrent()) return
            this.open.delete(connection)
            this.listener.dropped(connection, loss, undefined)
          },
        },
      )
    } catch (error) {
      this.failed(connection, entry.abort.signal, error)
    }
  }

  private read(connection: number, message: unknown): void {
    const decoded = decodeServerFrame(message)
    if ('frame' in decoded) this.listener.received(connection, decoded.frame)
    else this.listener.garbled(connection, decoded.fault)
  }

  private failed(connection: number, signal: AbortSignal, error: unknown): void {
    if (signal.aborted) return
    this.open.delete(connection)
    // [CL-15] Asking again would never help.
    if (isHoldfastError(error, 'no-websocket'))
      return this.listener.impossible(error.code, 'There is no WebSocket constructor here.')
    const hint = 'The attempt counts as failed; the next one asks again.'
    this.listener.trouble(
      isHoldfastError(error)
        ? error
        : new HoldfastError(
            'provider-failed',
            'No URL or token could be had, or the URL could not be dialed.',
            { cause: error, hint },
          ),
    )
    this.listener.dropped(connection, { code: CLOSE.abnormal, reason: '' }, 'provider-failed')
  }

  private send(entry: Open | undefined, text: string): void {
    try {
      entry?.socket?.send(text)
    } catch {
      // A socket that cannot send is about to say so: its `dropped` is the news, this is not.
    }
  }
}
