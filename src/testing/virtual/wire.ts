/**
 * One connection between a client and a server: two lanes, two ends, and the ways in which it can break.
 *
 * Each end learns of a break for itself, when the news reaches it, or never: that is where most bugs live.
 */
import { CLOSE } from '../../protocol/close-codes.ts'
import type { ConnectionListener, Loss } from '../../ports/transport.ts'
import type { ConnectionInputs, ServerConnection } from '../../server/connection-port.ts'
import type { Host } from './host.ts'
import { Lane, type LaneRule } from './lane.ts'
import type { Timeline } from './timeline.ts'

export type Item =
  | { readonly kind: 'opened' }
  | { readonly kind: 'text'; readonly text: unknown; readonly forged?: true }
  | ({ readonly kind: 'end' } & WireLoss)

/** An end as the wire knows it: with the HTTP status, if that is what the dial was answered with. */
export interface WireLoss extends Loss {
  readonly status?: number
}

export type Way = 'up' | 'down'

export interface WireRules {
  readonly up: LaneRule
  readonly down: LaneRule
}

/** Sees every text when it is handed to the wire and when it comes out of it. */
export type Tap = (step: 'sent' | 'arrived', way: Way, text: string, wire: Wire) => void

/** Sees the rest of what happens on wires. */
export interface WireWatch {
  dialed(wire: Wire, client: Host): void
  /** The news of the end comes out at the end of this way; `late` if that end had hung up before. */
  ended(wire: Wire, way: Way, late: boolean): void
  /** A text comes out that its sender did not say, or not now. */
  foreign(wire: Wire, way: Way, text: unknown): void
}

export class Wire {
  readonly up: Lane<Item>
  readonly down: Lane<Item>
  readonly url: string
  /** For traces. */
  readonly name: string
  private readonly client: Host
  private readonly listener: ConnectionListener
  private readonly tap: Tap | undefined
  private readonly watch: WireWatch | undefined
  /** Whether its end was a reset. */
  wasReset = false
  private isClientOver = false
  /** The client's end has hung up and reads on until the server's end has. */
  private lingers = false
  private server: { readonly host: Host; readonly inputs: ConnectionInputs } | undefined
  /** The client counts on it no more, whatever its socket still does. */
  private isDisowned = false
  private isServerOver = false

  constructor(
    timeline: Timeline,
    rules: WireRules,
    call: { readonly url: string; readonly name: string },
    client: Host,
    listener: ConnectionListener,
    tap?: Tap,
    watch?: WireWatch,
  ) {
    this.url = call.url
    this.name = call.name
    this.client = client
    this.listener = listener
    this.tap = tap
    this.watch = watch
    this.up = new Lane(timeline, rules.up, (item) => this.server?.host.run(() => this.reachServer(item)))
    this.down = new Lane(timeline, rules.down, (item) => client.run(() => this.reachClient(item)))
  }

  /** Whether neither end has any use for it. */
  get isOver(): boolean {
    return (
      (this.isClientOver || this.client.isDead) && (this.isServerOver || this.server?.host.isDead !== false)
    )
  }

  /** Whether the client's end still counts on it. */
  get reachesClient(): boolean {
    return !this.isClientOver && !this.isDisowned && !this.client.isDead
  }

  /** Whether a server's end that runs still counts on it. */
  get reachesServer(): boolean {
    return this.serverRuns && !this.isServerOver
  }

  /** Whether the process that took the call is alive. */
  get serverRuns(): boolean {
    return this.server?.host.isDead === false
  }

  get isOpen(): boolean {
    return this.server !== undefined && !this.isClientOver && !this.isServerOver
  }

  /** The server takes the call. */
  accept(host: Host, take: (socket: ServerConnection) => ConnectionInputs): void {
    const end = (code: number, reason: string): void => {
      if (this.isServerOver || host.isDead) return
      this.isServerOver = true
      this.down.send({ kind: 'end', code, reason })
    }
    const socket: ServerConnection = {
      send: (text) => {
        if (!this.isServerOver && !host.isDead) this.sayDown(text)
      },
      buffered: () => this.down.buffered,
      close: end,
      terminate: () => {
        this.down.lose()
        end(CLOSE.abnormal, '')
      },
    }
    if (this.carries('down')) this.down.send({ kind: 'opened' })
    this.server = { host, inputs: take(socket) }
  }

  /** Nobody takes the call, or it is refused in HTTP. */
  refuse(retryAfterMs?: number, status?: number): void {
    this.isServerOver = true
    this.down.send({
      kind: 'end',
      code: CLOSE.abnormal,
      reason: '',
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(status !== undefined && { status }),
    })
  }

  /** The upgrade is answered, by somebody who is no server of ours. */
  pretend(): void {
    this.isServerOver = true
    this.down.send({ kind: 'opened' })
  }

  /** Puts a text on the line in the server's name. */
  sayDown(text: string): void {
    this.tap?.('sent', 'down', text, this)
    if (this.carries('down')) this.down.send({ kind: 'text', text }, text.length)
  }

  sayUp(text: string): void {
    if (this.isClientOver || this.client.isDead) return
    this.tap?.('sent', 'up', text, this)
    if (this.carries('up')) this.up.send({ kind: 'text', text }, text.length)
  }

  /** Puts a text on the line in the name of that end, which knows nothing of it. */
  forge(way: Way, text: unknown): void {
    const size = typeof text === 'string' ? text.length : 0
    if (this.carries(way)) this[way].send({ kind: 'text', text, forged: true }, size)
  }

  /** The client has let go of it; its socket may not have. */
  disown(): void {
    this.isDisowned = true
  }

  /** @param lingers - the client's end goes on reading, as a socket in its closing handshake does */
  hangUp(code: number, reason: string, lingers = false): void {
    if (this.isClientOver) return
    this.isClientOver = true
    this.lingers = lingers
    this.up.send({ kind: 'end', code, reason })
  }

  /** The server's side ends in the server's name, whoever does it: a proxy, or the kernel for a dead process. */
  endByServer(code: number, reason: string): void {
    this.isServerOver = true
    this.down.send({ kind: 'end', code, reason })
  }

  /** The client's process is gone; its kernel says so. */
  endByClient(): void {
    this.isClientOver = true
    this.up.send({ kind: 'end', code: CLOSE.abnormal, reason: '' })
  }

  /** Something between the two closes the line; what is on its way still arrives. */
  close(code: number, reason: string): void {
    this.down.send({ kind: 'end', code, reason })
    this.up.send({ kind: 'end', code: CLOSE.abnormal, reason: '' })
  }

  /** One direction ends, and whoever sends there does not hear of it. */
  halfClose(way: Way): void {
    this[way].send({ kind: 'end', code: CLOSE.abnormal, reason: '' })
  }

  /** A reset: what is on its way is lost. An end that is spared hears nothing of it. */
  reset(spares?: 'client' | 'server'): void {
    this.wasReset = true
    this.up.lose()
    this.down.lose()
    const end: Item = { kind: 'end', code: CLOSE.abnormal, reason: '' }
    if (spares !== 'client') this.down.send(end)
    if (spares !== 'server') this.up.send(end)
  }

  /**
   * An end that has not heard of the reset speaks to nobody: a line that lost something carries nothing after it,
   * whoever says it, but the news of its end.
   */
  private carries(way: Way): boolean {
    return !this.wasReset && !this[way].hasLost
  }

  private reachServer(item: Item): void {
    const { server } = this
    if (server === undefined) return
    switch (item.kind) {
      case 'opened':
        return
      case 'text':
        // A closed socket still reads; what it reads means nothing any more, and the core knows that.
        this.tell('up', item)
        return server.inputs.received(item.text)
      case 'end':
        this.watch?.ended(this, 'up', this.isServerOver)
        this.isServerOver = true
        return server.inputs.dropped(item.code, item.reason)
    }
  }

  private reachClient(item: Item): void {
    if (this.isClientOver && !this.lingers) {
      if (item.kind === 'end') this.watch?.ended(this, 'down', true)
      return
    }
    switch (item.kind) {
      case 'opened':
        return this.listener.opened()
      case 'text':
        // What comes after the client hung up reaches its socket, and nobody behind it.
        if (!this.lingers) this.tell('down', item)
        return this.listener.received(item.text)
      case 'end': {
        this.watch?.ended(this, 'down', this.lingers)
        this.isClientOver = true
        this.lingers = false
        const { kind: _, ...loss } = item
        return this.listener.dropped(loss)
      }
    }
  }

  private tell(way: Way, { text, forged }: Extract<Item, { kind: 'text' }>): void {
    if (forged === true) this.watch?.foreign(this, way, text)
    else if (typeof text === 'string') this.tap?.('arrived', way, text, this)
  }
}
