/**
 * The session as an application holds it.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { Message } from '../protocol/message.ts'
import type { Delivery, SessionEvents } from './events.ts'
import type { Status } from './status.ts'
import type { Durability } from '../protocol/frames.ts'

export interface Session<Up = unknown, Down = unknown, State = undefined> {
  /** The session's name on the server; `undefined` until the store has been read. */
  readonly id: string | undefined
  readonly status: Status
  /** What a `stored` delivery has survived here. */
  readonly durability: Durability
  /** The fold over everything committed; what is shown after a reload before the network is up. */
  readonly state: State
  /** Messages accepted and not yet acknowledged. */
  readonly pending: number
  /** Resolves when the store has been read: `state` and `pending` are then what the last process left. */
  readonly restored: Promise<void>
  /** Resolves when the session is closed, with the error that closed it, if one did. Never rejects. */
  readonly closed: Promise<HoldfastError | undefined>

  /**
   * Accepts a message: numbers it, folds it into the state, stores it, then sends it, over as many
   * connections as it takes. Works at any time before `close()`, online or not.
   *
   * @param data - anything that JSON can carry. It is written down at once: later changes to it change nothing.
   * @throws {@link HoldfastError} `not-serializable`, `message-too-large`, `outbox-full`, `closed`, `ended`:
   *   at the call, and nothing was numbered.
   */
  send(data: Up): Delivery
  /**
   * The messages from the server, one by one, each processed when the next is asked for.
   *
   * Beside the `message` event, not instead of it: with both, a message waits for both.
   */
  messages(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<Message<Down>>
  /** @returns removes the listener; idempotent. */
  on<Name extends keyof SessionEvents<Up, Down, State>>(
    name: Name,
    listener: SessionEvents<Up, Down, State>[Name],
  ): () => void
  once<Name extends keyof SessionEvents<Up, Down, State>>(
    name: Name,
    listener: SessionEvents<Up, Down, State>[Name],
  ): () => void
  /** Dials now instead of later, with fresh credentials; if online, makes a new connection before it leaves the old one. */
  reconnect(): void
  /** Leaves: what is unsent stays in the store, and the next `connect()` with this name resumes. */
  close(): Promise<void>
  /**
   * Ends the session for good, here and at the server, and erases what is stored.
   *
   * A session that is closed stays closed: after `close()` this erases nothing, and the next session of the name
   * goes on. To end that one, connect once more and call `end()` instead of `close()`.
   */
  end(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
