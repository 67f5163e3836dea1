/**
 * A `ws` socket as the server's logic wants it.
 */
import { WebSocket } from 'ws'
import { CLOSE } from '../protocol/close-codes.ts'
import { MAX_FRAME } from '../protocol/limits.ts'
import type { ConnectionInputs, ServerConnection } from './connection-port.ts'

/** How long a closing handshake may take before the socket is cut. */
const CLOSES_WITHIN_MS = 1000

/** How `ws` ends a socket that brings more than it may. */
const TOO_BIG = 1009

/** A socket of which a frame that is too long to be read gets the same answer as one that is too long. */
export class Socket extends WebSocket {
  flooded: () => void = () => {}

  override close(code?: number, reason?: string | Buffer): void {
    if (code !== TOO_BIG) return super.close(code, reason)
    this.flooded()
    // Nothing happens if that has closed it.
    super.close(CLOSE.protocol)
  }
}

/** Plugs a socket into the logic. */
export function plug(socket: Socket, accept: (connection: ServerConnection) => ConnectionInputs): void {
  // An error is always followed by a close, which tells the same story.
  socket.on('error', () => {})
  const inputs = accept(connectionOf(socket))
  socket.flooded = () => inputs.received(' '.repeat(MAX_FRAME + 1))
  socket.on('message', (message: Buffer, isBinary) =>
    inputs.received(isBinary ? message : message.toString()),
  )
  socket.on('close', (code, reason) => inputs.dropped(code, reason.toString()))
}

function connectionOf(socket: WebSocket): ServerConnection {
  return {
    // What could not be sent is in the log, and the close tells that the socket is gone.
    send: (text) => socket.send(text),
    buffered: () => socket.bufferedAmount,
    close(code, reason) {
      socket.close(code, reason)
      // A peer that does not answer must not keep the socket; and one that is paused could not.
      socket.resume()
      setTimeout(() => socket.terminate(), CLOSES_WITHIN_MS).unref()
    },
    terminate: () => socket.terminate(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  }
}
