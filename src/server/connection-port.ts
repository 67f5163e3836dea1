/**
 * One socket as the server's logic sees it: `ws` in production, a simulator's pipe in a test.
 */
export interface ServerConnection {
  /** Hands a text to the socket. Harmless after the end. */
  send(text: string): void
  /** Characters or bytes that were handed over and are not on their way yet. */
  buffered(): number
  /** Ends in order: what was sent before still arrives, and the peer sees the code. */
  close(code: number, reason: string): void
  /** Ends at once, without a word. */
  terminate(): void
  /** Stops reading, so that the peer's own writing fills up; a connection that cannot is closed instead. */
  pause?(): void
  resume?(): void
}

/** What the socket tells the logic. Anything that comes after `dropped`, or after our own end, is ignored. */
export interface ConnectionInputs {
  /** @param message - a string; anything else is refused as binary */
  received(message: unknown): void
  /** The connection is over, whoever ended it. */
  dropped(code: number, reason: string): void
}
