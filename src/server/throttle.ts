/**
 * Stops reading from a client whose messages cannot be stored as fast as they come.
 */
import type { ServerConnection } from './connection-port.ts'

/** Characters that wait to be stored at which we stop reading, and at which we read on. */
const HIGH = 4 * 1024 * 1024
const LOW = 1024 * 1024
/** What a connection that cannot be paused may have waiting. */
const MOST = 16 * 1024 * 1024

export class Throttle {
  isPaused = false
  private readonly socket: ServerConnection

  constructor(socket: ServerConnection) {
    this.socket = socket
  }

  /** More waits now. @returns whether it is too much, and nothing can be done about it */
  tighten(queued: number): boolean {
    if (this.socket.pause === undefined) return queued > MOST
    if (queued > HIGH && !this.isPaused) {
      this.isPaused = true
      this.socket.pause()
    }
    return false
  }

  /** Less waits now. */
  loosen(queued: number): void {
    if (!this.isPaused || queued > LOW) return
    this.isPaused = false
    this.socket.resume?.()
  }
}
