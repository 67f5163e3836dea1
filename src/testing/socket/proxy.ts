/**
 * A TCP proxy in front of the stage's server: the network's failures on real sockets, and one address for
 * clients whatever becomes of the processes behind it.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { CrashSign, Way } from '../script/cues.ts'
import { closeFrame, FrameReader, textFrame } from './frames.ts'
import { Pipe } from './pipe.ts'

export interface ProxyListener {
  /** A text of the session protocol has passed. */
  passed(way: 'up' | 'down', text: string): void
}

interface Link {
  readonly client: Socket
  readonly server: Socket
  readonly up: Pipe
  readonly down: Pipe
}

interface Refusal {
  left: number
  readonly head: string
  readonly done: () => void
}

export class Proxy {
  readonly dials: { readonly at: number }[] = []
  /** Where new dials go; nowhere if the server is down. */
  target: number | undefined
  /** What clients see when the server's side of a connection ends. */
  sign: CrashSign = 'fin'
  private readonly listener: ProxyListener
  private readonly links = new Set<Link>()
  private readonly refusals: Refusal[] = []
  private readonly delays: { readonly ms: number; readonly done: () => void }[] = []
  private readonly server: Server = createServer((socket) => this.take(socket))
  /** Every socket there is, so that none outlives the stage. */
  private readonly sockets = new Set<Socket>()

  constructor(listener: ProxyListener) {
    this.listener = listener
  }

  /** @returns the port */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(0, '127.0.0.1', () => {
        const address = this.server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  }

  refuse(times: number, status: number, retryAfterMs: number | undefined): Promise<void> {
    const hint = retryAfterMs === undefined ? '' : `Retry-After: ${Math.ceil(retryAfterMs / 1000)}\r\n`
    const head = `HTTP/1.1 ${status} Refused\r\n${hint}Connection: close\r\nContent-Length: 0\r\n\r\n`
    return new Promise((done) => this.refusals.push({ left: times, head, done }))
  }

  delay(ms: number): Promise<void> {
    return new Promise((done) => this.delays.push({ ms, done }))
  }

  mute(ms: number, way: Way): void {
    for (const link of this.links) {
      if (way !== 'down') link.up.shut(ms)
      if (way !== 'up') link.down.shut(ms)
    }
  }

  say(text: string): void {
    for (const { down } of this.links) down.pass(textFrame(text))
  }

  closeAll(code: number, reason: string): void {
    for (const { client, server, down } of this.links) {
      down.pass(closeFrame(code, reason))
      client.end()
      server.destroy()
    }
  }

  resetAll(): void {
    for (const { client, server } of this.links) {
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
  }

  close(): Promise<void> {
    for (const link of this.links) {
      link.up.stop()
      link.down.stop()
    }
    for (const socket of this.sockets) socket.destroy()
    return new Promise((resolve) => this.server.close(() => resolve()))
  }

  private take(client: Socket): void {
    this.dials.push({ at: performance.now() })
    this.track(client)
    const [refusal] = this.refusals
    if (refusal !== undefined) return this.turnAway(client, refusal)
    if (this.target === undefined) return void client.resetAndDestroy()
    const server = connect(this.target, '127.0.0.1')
    this.track(server)
    this.join(client, server)
  }

  private turnAway(client: Socket, refusal: Refusal): void {
    refusal.left -= 1
    if (refusal.left === 0) this.refusals.shift()
    client.once('data', () => {
      client.end(refusal.head)
      if (refusal.left === 0) refusal.done()
    })
  }

  private join(client: Socket, server: Socket): void {
    const ups = new FrameReader((text) => this.listener.passed('up', text))
    const downs = new FrameReader((text) => this.listener.passed('down', text))
    const link: Link = {
      client,
      server,
      up: new Pipe(client, server, (chunk) => ups.take(chunk)),
      down: new Pipe(server, client, (chunk) => downs.take(chunk)),
    }
    this.links.add(link)
    const delay = this.delays.shift()
    if (delay !== undefined) {
      link.down.shut(delay.ms)
      delay.done()
    }
    client.on('close', () => {
      link.up.end(() => server.destroy())
      this.links.delete(link)
    })
    server.on('close', () => {
      const { sign } = this
      if (sign === 'silence') return link.down.shut(Number.POSITIVE_INFINITY)
      link.down.end(() => (sign === 'reset' ? client.resetAndDestroy() : client.end()))
    })
  }

  private track(socket: Socket): void {
    this.sockets.add(socket)
    socket.setNoDelay(true)
    // What breaks here broke because it was meant to.
    socket.on('error', () => undefined)
    socket.on('close', () => this.sockets.delete(socket))
  }
}
