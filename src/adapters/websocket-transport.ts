/**
 * WebSockets of every make behind one port.
 *
 * Engines differ in how a connection dies: `error` without `close` (Node 22's own), `close` a minute after we
 * asked for it (Chromium on a dead line), code 0 instead of 1006 (Deno). So whatever comes first counts, the
 * rest is ignored, and a socket we have closed is not listened to any more.
 */
import isomorphic from 'isomorphic-ws'
import { HoldfastError } from '../base/errors.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import type { Connection, ConnectionListener, DialRequest, Loss, Transport } from '../ports/transport.ts'
import type { WebSocketConstructor, WebSocketLike } from './websocket-like.ts'

const OPEN = 1
/** After an `error` event a `close` with a better story usually follows; this long we wait for it. */
const CLOSE_FOLLOWS_WITHIN = 100
/** A peer that hangs must not keep a finished program alive while `ws` waits for its answer. */
const CLOSED_WITHIN = 1000
const MAX_REASON_BYTES = 123

export function webSocketTransport(injected?: WebSocketConstructor): Transport {
  return { open: (request, listener) => dial(resolveConstructor(injected), request, listener) }
}

/**
 * The constructor to use, looked up when dialing, so that one that was installed or patched later is found.
 *
 * Node prefers `ws`, which can be terminated and notices failed handshakes; everybody else has a global one.
 */
function resolveConstructor(injected: WebSocketConstructor | undefined): WebSocketConstructor {
  if (injected !== undefined) return injected
  const global = (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket
  // In a browser bundle made from CommonJS the module is a namespace around the constructor; in Node it is `ws` itself.
  const found = (isomorphic as unknown as { default?: unknown } | null | undefined)?.default ?? isomorphic
  const own = typeof found === 'function' ? (found as unknown as WebSocketConstructor) : undefined
  const chosen = isNode() ? (own ?? global) : (global ?? own)
  if (chosen === undefined) {
    throw new HoldfastError('no-websocket', 'There is no WebSocket constructor here.', {
      hint: 'Pass one as the option `WebSocket`.',
    })
  }
  return chosen
}

function isNode(): boolean {
  const scope = globalThis as { process?: { versions?: { node?: string; bun?: string } }; Deno?: unknown }
  return (
    scope.process?.versions?.node !== undefined &&
    scope.process.versions.bun === undefined &&
    scope.Deno === undefined
  )
}

function dial(
  WebSocket: WebSocketConstructor,
  request: DialRequest,
  listener: ConnectionListener,
): Connection {
  const socket = new WebSocket(request.url, request.subprotocol)
  socket.binaryType = 'arraybuffer'
  let isOver = false
  let retryAfterMs: number | undefined
  const end = (loss: Loss) => {
    if (isOver) return
    isOver = true
    silence(socket)
    listener.dropped(retryAfterMs === undefined ? loss : { ...loss, retryAfterMs })
  }
  socket.onopen = () => {
    if (!isOver) listener.opened()
  }
  socket.onmessage = (event: { readonly data: unknown }) => {
    if (!isOver) listener.received(event.data)
  }
  socket.onclose = (event: { readonly code?: number; readonly reason?: string }) => {
    end({ code: event.code || CLOSE.abnormal, reason: event.reason ?? '' })
  }
  socket.onerror = () => {
    setTimeout(() => end({ code: CLOSE.abnormal, reason: '' }), CLOSE_FOLLOWS_WITHIN)
  }
  listenForRefusal(socket, (after) => {
    retryAfterMs = after
  })
  return {
    send: (text) => socket.send(text),
    buffered: () => socket.bufferedAmount,
    close(code, reason) {
      if (isOver) return
      isOver = true
      silence(socket)
      closeOrOrphan(socket, code, reason)
    },
  }
}

/** `ws` alone can see a refusal's status and `Retry-After`; others have no such event. */
function listenForRefusal(socket: WebSocketLike, told: (retryAfterMs: number) => void): void {
  const emitter = socket as {
    on?: (
      event: string,
      listener: (
        request: { destroy(): void },
        response: { headers: Record<string, unknown>; statusCode: number; destroy(): void },
      ) => void,
    ) => void
    terminate?: () => void
  }
  if (typeof emitter.on !== 'function' || typeof emitter.terminate !== 'function') return
  emitter.on('unexpected-response', (request, response) => {
    const seconds = Number(response.headers['retry-after'])
    if (Number.isFinite(seconds) && seconds >= 0) told(seconds * 1000)
    response.destroy()
    request.destroy()
    socket.onerror?.({} as never)
  })
}

/** Nothing it does concerns us any more; `ws` needs an `error` listener nevertheless, or the process dies. */
function silence(socket: WebSocketLike): void {
  socket.onopen = null
  socket.onmessage = null
  socket.onclose = null
  socket.onerror = () => undefined
}

function closeOrOrphan(socket: WebSocketLike, code: number, reason: string): void {
  const { terminate } = socket as { terminate?: () => void }
  try {
    // A dead line answers no close handshake: cut it where that is possible, disown it where it is not.
    if (terminate !== undefined && (code === CLOSE.dead || socket.readyState !== OPEN))
      return terminate.call(socket)
    socket.close(code, shortened(reason))
    if (terminate !== undefined) cutLater(() => terminate.call(socket))
  } catch {
    // It was never open, or is closed already: that is what was wanted.
  }
}

/** The socket itself keeps a program alive until it is closed or cut; the timer must not do so any longer. */
function cutLater(cut: () => void): void {
  const timer: unknown = setTimeout(cut, CLOSED_WITHIN)
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
}

/** A close reason has at most 123 bytes of UTF-8; ours are ASCII, but a fault may quote a peer. */
function shortened(reason: string): string {
  return reason.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_REASON_BYTES)
}
