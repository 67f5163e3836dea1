/**
 * Opens connections, and carries text over them.
 *
 * The contract of a connection: `opened` at most once, before any `received`; then `dropped` exactly once, and
 * silence for ever after. Whatever goes wrong, at whatever time, is folded into `dropped`. After `close()` or
 * `abandon()` nothing more is said, not even `dropped`.
 */
export interface Transport {
  open(request: DialRequest, listener: ConnectionListener): Connection
}

export interface DialRequest {
  readonly url: string
  readonly subprotocol: string
}

export interface ConnectionListener {
  opened(): void
  /** @param message - a string; anything else arrived as binary and is passed on for the decoder to refuse. */
  received(message: unknown): void
  dropped(loss: Loss): void
}

export interface Loss {
  /** A WebSocket close code; 1006 for everything that has none. */
  readonly code: number
  readonly reason: string
  /** Node alone can see it: the server's wish in an HTTP refusal's `Retry-After`. */
  readonly retryAfterMs?: number
}

export interface Connection {
  /** Hands a text to the socket. A return proves nothing; only an acknowledgement does. */
  send(text: string): void
  /** Characters or bytes that the socket still holds, for back-pressure. */
  buffered(): number
  /** Closes in order and goes silent at once; the peer may see the code. A socket that will not close is orphaned. */
  close(code: number, reason: string): void
}
