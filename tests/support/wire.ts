/** A transport by hand: the test is the network and the server. */
import { decodeClientFrame } from '../../src/protocol/decode-client-frame.ts'
import { encode } from '../../src/protocol/encode.ts'
import type { ClientFrame, ServerFrame, Welcome } from '../../src/protocol/frames.ts'
import type {
  Connection,
  ConnectionListener,
  DialRequest,
  Loss,
  Transport,
} from '../../src/ports/transport.ts'
import { welcome } from './frames.ts'

export class Socket {
  readonly url: string
  readonly subprotocol: string
  /** Everything the client said, read as a server reads it. */
  readonly heard: ClientFrame[] = []
  closed: { readonly code: number; readonly reason: string } | undefined
  private readonly listener: ConnectionListener

  constructor(request: DialRequest, listener: ConnectionListener) {
    this.url = request.url
    this.subprotocol = request.subprotocol
    this.listener = listener
  }

  open(): void {
    this.listener.opened()
  }

  say(frame: ServerFrame): void {
    this.listener.received(encode(frame))
  }

  /** Something that is no frame. */
  sayRaw(message: unknown): void {
    this.listener.received(message)
  }

  drop(loss: Partial<Loss> = {}): void {
    this.listener.dropped({ code: 1006, reason: '', ...loss })
  }

  of<Type extends ClientFrame['type']>(type: Type): readonly Extract<ClientFrame, { type: Type }>[] {
    return this.heard.filter((frame): frame is Extract<ClientFrame, { type: Type }> => frame.type === type)
  }

  /** The data of all messages that came up over this socket. */
  get messages(): readonly unknown[] {
    return this.of('messages').flatMap(({ data }) => data)
  }
}

export class Wire implements Transport {
  readonly sockets: Socket[] = []
  /** What the next dial throws, if anything. */
  refuses: Error | undefined

  open(request: DialRequest, listener: ConnectionListener): Connection {
    if (this.refuses !== undefined) throw this.refuses
    const socket = new Socket(request, listener)
    this.sockets.push(socket)
    return {
      send(text) {
        const decoded = decodeClientFrame(text)
        if ('fault' in decoded) throw new Error(`the client sent no frame: ${decoded.fault}`)
        socket.heard.push(decoded.frame)
      },
      buffered: () => 0,
      close(code, reason) {
        socket.closed = { code, reason }
      },
    }
  }

  /** The socket dialed last. */
  get last(): Socket {
    const socket = this.sockets.at(-1)
    if (socket === undefined) throw new Error('nobody has dialed')
    return socket
  }

  /** Opens the last socket and welcomes the hello that must follow in the same turn. */
  async welcome(change: Partial<Welcome> = {}): Promise<Socket> {
    const socket = this.last
    socket.open()
    await new Promise((resolve) => setImmediate(resolve))
    socket.say(welcome(change))
    await new Promise((resolve) => setImmediate(resolve))
    return socket
  }
}
