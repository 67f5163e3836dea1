/**
 * One connection between a client and a server: two lanes, two ends, and the ways in which it can break.
 *
 * Each end learns of a break for itself, when the news reaches it, or never: that is where most bugs live.
 */
import { CLOSE } from '../../protocol/close-codes.ts'
import type { ConnectionListener } from '../../ports/transport.ts'
import type { ConnectionInputs, ServerConnection } from '../../server/connection-port.ts'
import type { Host } from './host.ts'
import { Lane, type LaneRule } from './lane.ts'
import type { Timeline } from './timeline.ts'

export type Item =
  | { readonly kind: 'opened' }
  | { readonly kind: 'text'; readonly text: unknown }
  | { readonly kind: 'end'; readonly code: number; readonly reason: string; readonly retryAfterMs?: number }

export interface WireRules {
  readonly up: LaneRule
  readonly down: LaneRule
}

/** Sees every text when it is handed to the wire and when it comes out of it. */
export type Tap = (step: 'sent' | 'arrived', way: 'up' | 'down', text: string, wire: Wire) => void

export class Wire {
  readonly up: Lane<Item>
  readonly down: Lane<Item>
  readonly url: string
  /** For traces. */
  readonly name: string
  private readonly client: Host
  private readonly listener: ConnectionListener
  private readonly tap: Tap | undefined
  private isClientOver = false
  private server: { readonly host: Host; readonly inputs: ConnectionInputs } | undefined
  private isServerOver = false

  constructor(
    timeline: Timeline,
    rules: WireRules,
    call: { readonly url: string; readonly name: string },
    client: Host,
    listener: ConnectionListener,
    tap?: Tap,
  ) {
    this.url = call.url
    this.name = call.name
    this.client = client
    this.listener = listener
    this.tap = tap
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
    return !this.isClientOver && !this.client.isDead
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
    this.down.send({ kind: 'opened' })
    this.server = { host, inputs: take(socket) }
  }

  /** Nobody takes the call, or it is refused in HTTP. */
  refuse(retryAfterMs?: number): void {
    this.isServerOver = true
    const loss = { kind: 'end', code: CLOSE.abnormal, reason: '' } as const
    this.down.send(retryAfterMs === undefined ? loss : { ...loss, retryAfterMs })
  }

  /** Puts a text on the line in the server's name. */
  sayDown(text: string): void {
    this.tap?.('sent', 'down', text, this)
    this.down.send({ kind: 'text', text }, text.length)
  }

  sayUp(text: string): void {
    if (this.isClientOver || this.client.isDead) return
    this.tap?.('sent', 'up', text, this)
    this.up.send({ kind: 'text', text }, text.length)
  }

  hangUp(code: number, reason: string): void {
    if (this.isClientOver) return
    this.isClientOver = true
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

  /** A reset: what is on its way is lost. An end that is spared hears nothing of it. */
  reset(spares?: 'client' | 'server'): void {
    this.up.lose()
    this.down.lose()
    const end: Item = { kind: 'end', code: CLOSE.abnormal, reason: '' }
    if (spares !== 'client') this.down.send(end)
    if (spares !== 'server') this.up.send(end)
  }

  private reachServer(item: Item): void {
    const { server } = this
    if (server === undefined) return
    switch (item.kind) {
      case 'opened':
        return
      case 'text':
        // A closed socket still reads; what it reads means nothing any more, and the core knows that.
        if (typeof item.text === 'string') this.tap?.('arrived', 'up', item.text, this)
        return server.inputs.received(item.text)
      case 'end':
        this.isServerOver = true
        return server.inputs.dropped(item.code, item.reason)
    }
  }

  private reachClient(item: Item): void {
    if (this.isClientOver) return
    switch (item.kind) {
      case 'opened':
        return this.listener.opened()
      case 'text':
        if (typeof item.text === 'string') this.tap?.('arrived', 'down', item.text, this)
        return this.listener.received(item.text)
      case 'end': {
        this.isClientOver = true
        const { code, reason, retryAfterMs } = item
        return this.listener.dropped(
          retryAfterMs === undefined ? { code, reason } : { code, reason, retryAfterMs },
        )
      }
    }
  }
}
