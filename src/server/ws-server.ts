/**
 * The server over `ws`: listens or attaches itself to an HTTP server, and lets upgrades in.
 */
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
  STATUS_CODES,
} from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { HoldfastError } from '../base/errors.ts'
import { SUBPROTOCOL } from '../protocol/frames.ts'
import { MAX_FRAME_BYTES } from '../protocol/limits.ts'
import type { HoldfastServer, ServerOptions } from './api.ts'
import { checkHas, checkKind, checkRange, checkText, checkTexts } from './check.ts'
import { createServerCore, type ServerCore } from './core.ts'
import { memoryLog } from './memory-log.ts'
import { systemClock, systemRandom } from './system.ts'
import { plug, Socket } from './ws-connection.ts'

type Address = { readonly host: string; readonly port: number }

/**
 * Serves sessions over WebSocket.
 *
 * @throws {@link HoldfastError} `invalid-option`
 */
export function createServer<Up = unknown, Down = unknown, State = unknown>(
  options: ServerOptions<Up, Down, State> = {},
): HoldfastServer<Up, Down, State> {
  checkKind('options', options, 'object')
  if ((options.server === undefined) === (options.port === undefined)) {
    throw new HoldfastError('invalid-option', 'Either `server` or `port` must be given.')
  }
  if (options.server !== undefined) checkHas('server', options.server, 'on')
  else checkRange('port', options.port, 0, 65_535)
  if (options.host !== undefined) checkText('host', options.host)
  if (options.path !== undefined) checkText('path', options.path, '/')
  if (options.origins !== undefined) checkTexts('origins', options.origins)
  const log = options.log ?? memoryLog()
  const core = createServerCore({ ...options, log, clock: systemClock(), random: systemRandom() })
  const http = options.server ?? ownServer()
  const gate = new Gate(core, http, options)
  const listening = options.server === undefined ? listen(http, options) : attached(http)
  // Whoever does not ask whether it listens learns of the failure by the event.
  listening.catch(() => {})
  return {
    name: core.name,
    listening,
    sessions: core.sessions,
    get connections() {
      return core.connections
    },
    on: (name, listener) => core.on(name, listener),
    drain: (wishes) => core.drain(wishes),
    async close() {
      gate.close()
      await core.close()
      if (options.server === undefined) await closeServer(http)
      if (options.log === undefined) await log.close()
    },
  }
}

/** Decides about each upgrade. */
class Gate {
  private readonly core: Pick<ServerCore, 'accept' | 'isFull'>
  private readonly http: HttpServer
  private readonly options: Pick<ServerOptions, 'path' | 'origins'>
  private readonly sockets = new WebSocketServer<typeof Socket>({
    noServer: true,
    clientTracking: false,
    // Compression costs memory per connection, and lets a small message become a huge one.
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    WebSocket: Socket,
    maxFragments: 128,
    maxBufferedChunks: 4096,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })
  private readonly onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Until the handshake is done, a broken socket would otherwise be an uncaught exception.
    socket.on('error', () => socket.destroy())
    const refusal = this.refusal(request)
    if (refusal === 'not-ours') return
    if (refusal !== undefined) return decline(socket, ...refusal)
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
      plug(webSocket, (connection) => this.core.accept(connection, request))
    })
  }

  constructor(
    core: Pick<ServerCore, 'accept' | 'isFull'>,
    http: HttpServer,
    options: Pick<ServerOptions, 'path' | 'origins'>,
  ) {
    this.core = core
    this.http = http
    this.options = options
    this.sockets.on('wsClientError', (_error, socket) => decline(socket, 400))
    http.on('upgrade', this.onUpgrade)
  }

  close(): void {
    // Others may still be served by an HTTP server that is not ours.
    this.http.off('upgrade', this.onUpgrade)
  }

  private refusal(request: IncomingMessage): 'not-ours' | readonly [number, string?] | undefined {
    const { path, origins } = this.options
    if (path !== undefined && pathOf(request) !== path) {
      return this.http.listenerCount('upgrade') > 1 ? 'not-ours' : [404]
    }
    if (this.core.isFull) return [503, 'Retry-After: 1\r\n']
    const { origin } = request.headers
    // Only browsers send an origin, and only they carry somebody else's cookies.
    if (origins !== undefined && origin !== undefined && !origins.includes(origin)) return [403]
    const offered = request.headers['sec-websocket-protocol'] ?? ''
    if (!offered.split(',').some((one) => one.trim() === SUBPROTOCOL)) return [400]
    return undefined
  }
}

/** The path without its query; nothing is decoded, so nothing can be disguised. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? ''
}

function decline(socket: Duplex, status: number, headers = ''): void {
  if (!socket.writable) return void socket.destroy()
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${headers}Connection: close\r\nContent-Length: 0\r\n\r\n`,
  )
}

/** An HTTP server for nothing but upgrades. */
function ownServer(): HttpServer {
  const server = createHttpServer((_request, response) => {
    response.writeHead(426, { Connection: 'close', Upgrade: 'websocket' }).end()
  })
  server.headersTimeout = 10_000
  server.requestTimeout = 10_000
  return server
}

function listen(http: HttpServer, options: Pick<ServerOptions, 'port' | 'host'>): Promise<Address> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(options.port, options.host ?? '127.0.0.1', () => {
      http.off('error', reject)
      http.on('error', () => {})
      resolve(addressOf(http))
    })
  })
}

/** The address of a server that somebody else makes listen, once it does. */
function attached(http: HttpServer): Promise<Address> {
  if (http.listening) return Promise.resolve(addressOf(http))
  return new Promise((resolve) => http.once('listening', () => resolve(addressOf(http))))
}

function addressOf(http: HttpServer): Address {
  const address = http.address()
  if (address === null || typeof address === 'string') return { host: address ?? '', port: 0 }
  return { host: address.address, port: address.port }
}

function closeServer(http: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve())
    http.closeAllConnections()
  })
}
