/**
 * A client that speaks the protocol by hand: it sends what a test says, and remembers what it hears.
 */
import { randomBytes } from 'node:crypto'
import { WebSocket } from 'ws'
import type {
  Ack,
  Gap,
  Hello,
  Live,
  Messages,
  Ping,
  Pong,
  Refusal,
  ServerFrame,
  Shutdown,
  Snapshot,
  Welcome,
} from '../../src/protocol/frames.ts'

export interface Frames {
  welcome: Welcome
  messages: Messages
  ack: Ack
  gap: Gap
  live: Live
  snapshot: Snapshot
  ping: Ping
  pong: Pong
  shutdown: Shutdown
  error: Refusal
}

/** What a client keeps between connections. */
export interface Identity {
  readonly session: string
  readonly secret: string
  generation: number
}

export function identity(): Identity {
  return { session: randomBytes(16).toString('hex'), secret: randomBytes(32).toString('hex'), generation: 0 }
}

/** A hello of the next generation. */
export function hello(who: Identity, more: Partial<Hello> = {}): Hello {
  who.generation += 1
  const { session, secret, generation } = who
  return {
    type: 'hello',
    version: 1,
    session,
    secret,
    generation,
    received: 0,
    acked: 0,
    client: 'raw',
    ...more,
  }
}

export class RawClient {
  readonly socket: WebSocket
  readonly heard: ServerFrame[] = []
  /** The code that it was closed with. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  private wake: (() => void)[] = []
  private isOver = false

  constructor(
    port: number,
    options: { readonly path?: string; readonly origin?: string; readonly autoPong?: boolean } = {},
  ) {
    const { path = '/', origin, autoPong = true } = options
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, 'holdfast.v1', {
      ...(origin !== undefined && { origin }),
    })
    this.socket.on('error', () => {})
    this.socket.on('message', (message: Buffer) => {
      const frame = JSON.parse(message.toString()) as ServerFrame
      this.heard.push(frame)
      if (frame.type === 'ping' && autoPong) this.say({ type: 'pong', id: frame.id, received: 0 })
      this.stir()
    })
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        this.isOver = true
        resolve({ code, reason: reason.toString() })
        this.stir()
      })
    })
  }

  /** A client whose socket is open. */
  static async open(
    port: number,
    options: ConstructorParameters<typeof RawClient>[1] = {},
  ): Promise<RawClient> {
    const client = new RawClient(port, options)
    await new Promise((resolve, reject) => {
      client.socket.once('open', resolve)
      client.socket.once('close', (code) => reject(new Error(`closed with ${code} before it opened`)))
    })
    return client
  }

  /** A client that has said hello and was welcomed. */
  static async welcomed(
    port: number,
    who: Identity,
    more: Partial<Hello> = {},
  ): Promise<RawClient & { readonly welcome: Welcome }> {
    const client = await RawClient.open(port)
    client.say(hello(who, more))
    const welcome = await client.next('welcome')
    return Object.assign(client, { welcome })
  }

  say(frame: object | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  up(from: number, ...data: unknown[]): void {
    this.say({ type: 'messages', from, data })
  }

  ack(received: number): void {
    this.say({ type: 'ack', received })
  }

  all<Type extends keyof Frames>(type: Type): Frames[Type][] {
    return this.heard.filter((frame) => frame.type === type) as unknown as Frames[Type][]
  }

  /** The numbers and values of all down messages. */
  downs(): (readonly [number, unknown])[] {
    return this.all('messages').flatMap(({ from, data }) =>
      data.map((value, index) => [from + index, value] as const),
    )
  }

  acked(): number {
    return Math.max(
      0,
      ...this.all('ack').map(({ received }) => received),
      ...this.all('pong').map(({ received }) => received),
    )
  }

  /** The first frame of a type, heard or to come. */
  async next<Type extends keyof Frames>(type: Type): Promise<Frames[Type]> {
    await this.until(() => this.all(type).length > 0, `a ${type}`)
    return this.all(type)[0] as Frames[Type]
  }

  /** Waits until something is true of what was heard. */
  async until(isTrue: () => boolean, what: string, withinMs = 5000): Promise<void> {
    const giveUpAt = Date.now() + withinMs
    while (!isTrue()) {
      if (this.isOver)
        throw new Error(`closed while waiting for ${what}; heard ${JSON.stringify(this.heard).slice(0, 500)}`)
      const left = giveUpAt - Date.now()
      if (left <= 0)
        throw new Error(`no ${what} within ${withinMs} ms; heard ${JSON.stringify(this.heard).slice(0, 500)}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 50))
        this.wake.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  close(code = 1000): void {
    this.socket.close(code)
  }

  private stir(): void {
    const { wake } = this
    this.wake = []
    for (const one of wake) one()
  }
}

/** Waits until something is true. */
export async function until(isTrue: () => boolean, what: string, withinMs = 5000): Promise<void> {
  const giveUpAt = Date.now() + withinMs
  while (!isTrue()) {
    if (Date.now() > giveUpAt) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
