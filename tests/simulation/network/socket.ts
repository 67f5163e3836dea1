/**
 * A WebSocket over a simulated wire, as browsers make it and as `ws` does, with the ways in which either tells
 * its end late, twice or never. The real adapter dials through it.
 */
import { after, milliseconds } from '../../../src/base/time.ts'
import type { WebSocketConstructor, WebSocketLike } from '../../../src/adapters/websocket-like.ts'
import type { Host } from '../../../src/testing/virtual/host.ts'
import type { DialedConnection, Network } from '../../../src/testing/virtual/network.ts'
import type { Timeline } from '../../../src/testing/virtual/timeline.ts'
import type { WireLoss } from '../../../src/testing/virtual/wire.ts'
import { during } from './timers.ts'

export type Make = 'browser' | 'node'

/** How a client's sockets behave. Each is looked up when it matters. */
export interface Manners {
  /** How long after `close()` the event comes; endless: it never does. */
  closesAfter: number
  /** An `error`, and no `close` after it. */
  errorAlone: boolean
  /** Messages are shown even after `close()`. */
  talksOn: boolean
  /** A socket that is closed before it opened opens all the same. */
  opensLate: boolean
}

export const MANNERED: Manners = { closesAfter: 60, errorAlone: false, talksOn: false, opensLate: false }

/** What was shown to a socket that its owner had let go of. */
export type Orphaned = 'opened late' | 'message after close' | 'close never' | 'close late'

export interface SocketParts {
  readonly make: Make
  readonly host: Host
  readonly network: Network
  readonly timeline: Timeline
  readonly manners: Manners
  readonly orphaned: (what: Orphaned) => void
  /** An `error` that nobody listens to ends a Node process. */
  readonly uncaught: (what: string) => void
}

const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3]

type Event = 'onopen' | 'onmessage' | 'onerror' | 'onclose'
type RefusalListener = (request: { destroy(): void }, response: object) => void

export function socketsOf(parts: SocketParts): WebSocketConstructor {
  return parts.make === 'node'
    ? class extends NodeSocket {
        constructor(url: string, protocol?: string | string[]) {
          super(parts, url, protocol)
        }
      }
    : class extends SimulatedSocket {
        constructor(url: string, protocol?: string | string[]) {
          super(parts, url, protocol)
        }
      }
}

class SimulatedSocket implements WebSocketLike {
  readyState = CONNECTING
  binaryType = 'blob'
  onopen: ((event: never) => void) | null = null
  onmessage: ((event: never) => void) | null = null
  onerror: ((event: never) => void) | null = null
  onclose: ((event: never) => void) | null = null
  protected readonly parts: SocketParts
  protected readonly connection: DialedConnection

  constructor(parts: SocketParts, url: string, protocol?: string | string[]) {
    this.parts = parts
    const subprotocol = typeof protocol === 'string' ? protocol : ''
    this.connection = parts.network.dial(
      parts.host,
      { url, subprotocol },
      {
        opened: () => this.opened(),
        received: (data) => this.received(data),
        dropped: (loss) => this.dropped(loss),
      },
    )
  }

  get bufferedAmount(): number {
    return this.connection.buffered()
  }

  send(text: string): void {
    if (this.readyState === CONNECTING) throw new Error('InvalidStateError')
    if (this.readyState === OPEN) this.connection.send(text)
  }

  close(code = 1000, reason = ''): void {
    if (code !== 1000 && (code < 3000 || code > 4999)) throw new Error('InvalidAccessError')
    if (Buffer.byteLength(reason) > 123) throw new Error('SyntaxError')
    if (this.readyState >= CLOSING) return
    const { manners, orphaned } = this.parts
    if (this.readyState === CONNECTING && manners.opensLate) return
    const { closesAfter } = manners
    if (closesAfter === Infinity) orphaned('close never')
    this.readyState = CLOSING
    this.connection.close(code, reason, true)
    this.later(closesAfter, () => {
      if (closesAfter > MANNERED.closesAfter) orphaned('close late')
      this.end(code, reason)
    })
  }

  protected opened(): void {
    // Closed while it was opening: it goes on as if nobody had said so.
    if (this.onopen === null) this.parts.orphaned('opened late')
    this.readyState = OPEN
    this.fire('onopen', {})
  }

  /** The loss is told as this make tells it. */
  protected dropped(loss: WireLoss): void {
    if (loss.code !== 1006) return this.end(loss.code, loss.reason)
    this.fire('onerror', {})
    if (this.parts.manners.errorAlone) this.readyState = CLOSED
    else this.end(1006, '')
  }

  protected end(code: number, reason: string): void {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED
    this.fire('onclose', { code, reason, wasClean: code !== 1006 })
  }

  protected fire(event: Event, about: object): void {
    const listener = this[event]
    // Timers that the adapter sets are to ring in our time.
    if (event === 'onerror') during(this.parts.host.clock, () => listener?.(about as never))
    else listener?.(about as never)
  }

  /** Nobody's alarm: a socket is the system's, and may outlive whoever opened it. */
  protected later(ms: number, run: () => void): void {
    if (ms === Infinity) return
    const { timeline, host } = this.parts
    timeline.schedule(after(timeline.now, milliseconds(ms)), () => host.run(run))
  }

  private received(data: unknown): void {
    if (this.readyState !== OPEN) {
      if (!this.parts.manners.talksOn) return
      this.parts.orphaned('message after close')
    }
    this.fire('onmessage', { data })
  }
}

/** `ws`: it can be cut, it shows what a refused upgrade was answered with, and its errors want a listener. */
class NodeSocket extends SimulatedSocket {
  private onRefusal: RefusalListener | undefined

  on(event: string, listener: RefusalListener): void {
    if (event === 'unexpected-response') this.onRefusal = listener
  }

  terminate(): void {
    if (this.readyState === CLOSED) return
    const wasConnecting = this.readyState === CONNECTING
    if (wasConnecting && this.parts.manners.opensLate) return
    this.connection.close(1006, '')
    if (this.readyState === CLOSING) return
    this.readyState = CLOSING
    this.later(0, () => {
      if (wasConnecting) this.fire('onerror', {})
      this.end(1006, '')
    })
  }

  protected override dropped(loss: WireLoss): void {
    const { onRefusal } = this
    if (loss.status === undefined || onRefusal === undefined) return super.dropped(loss)
    const headers = { 'retry-after': retryAfter(loss) }
    const request = { destroy: () => this.later(0, () => super.dropped(loss)) }
    during(this.parts.host.clock, () =>
      onRefusal(request, { statusCode: loss.status, headers, destroy: () => undefined }),
    )
  }

  protected override fire(event: Event, about: object): void {
    if (event === 'onerror' && this.onerror === null) this.parts.uncaught('an `error` that nobody listens to')
    super.fire(event, about)
  }
}

/** As servers write it: in seconds, as a date, as nonsense, or not at all. */
function retryAfter({ retryAfterMs, status }: WireLoss): string | undefined {
  if (retryAfterMs !== undefined) return String(retryAfterMs / 1000)
  if (status === 429) return 'soon'
  return status === 503 ? 'Wed, 02 Jan 2030 07:28:00 GMT' : undefined
}
