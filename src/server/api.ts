/**
 * The server half as a back-end author sees it.
 */
import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { LossReport, ResetReason } from '../protocol/frames.ts'
import type { SessionLog } from './session-log.ts'
import type { HoldfastError } from '../base/errors.ts'

export interface ServerOptions<Up = unknown, Down = unknown, State = unknown> {
  /** Attach to this HTTP server's upgrades. */
  readonly server?: HttpServer
  /** Or listen on this port; 0 picks one. */
  readonly port?: number
  /** With `port`. @defaultValue `'127.0.0.1'` */
  readonly host?: string
  /** Answer upgrades of this path only. @defaultValue any */
  readonly path?: string
  /** @defaultValue a new `memoryLog()` */
  readonly log?: SessionLog
  /**
   * Who is calling: returns a subject, to which the session is bound. Called for every hello and for every
   * in-band token.
   *
   * To throw, or to return `undefined`, refuses with 4401: the client then waits for other credentials. If you
   * cannot tell now, because the provider of identities is down, throw an error whose `code` is `'overloaded'`,
   * perhaps with a `retryAfterMs`: the client comes again by itself, after a minute at most. What was thrown is told by the server's
   * `error` event as `cause`, and never to the client.
   *
   * @defaultValue everybody is `'anonymous'`
   */
  readonly authenticate?: (
    token: string | undefined,
    request: IncomingMessage | undefined,
  ) => string | undefined | Promise<string | undefined>
  /** Origins a browser may come from, exactly as in the `Origin` header. @defaultValue any */
  readonly origins?: readonly string[]
  /** A state folded on the server too, from the same entries as the client's, and saved in the log. */
  readonly state?: {
    readonly initial: State
    readonly reduce: (
      state: State,
      entry:
        | { readonly direction: 'up'; readonly seq: number; readonly data: Up }
        | { readonly direction: 'down'; readonly seq: number; readonly data: Down },
    ) => State
  }
  /** Names this instance in welcomes. @defaultValue a random name */
  readonly name?: string
  /**
   * After `intervalMs` of silence a client is pinged; after two intervals and `timeoutMs` of it the connection is
   * closed. @defaultValue 10 000 ms and 2 000 ms
   */
  readonly heartbeat?: { readonly intervalMs?: number; readonly timeoutMs?: number }
  readonly limits?: ServerLimits
}

export interface ServerLimits {
  /** Largest message, in bytes of JSON. @defaultValue 256 KiB */
  readonly messageBytes?: number
  /** Most unacknowledged messages in flight each way. @defaultValue 1 024 */
  readonly window?: number
  /** How long a hello may take. @defaultValue 5 000 ms */
  readonly helloWithinMs?: number
  /** Connections at once; more are refused with `overloaded`. @defaultValue 100 000 */
  readonly connections?: number
  /** Handshakes a second that this instance admits; it shapes `reconnectWithinMs`. @defaultValue 2 000 */
  readonly admissionsPerSecond?: number
  /** Bytes a socket may buffer before the replay waits. @defaultValue 1 MiB */
  readonly bufferedBytes?: number
  /**
   * Largest state that is taken from a client, in characters of JSON; at most 192 Mi. For a larger one an `error`
   * is told, and the session goes on from the initial state. @defaultValue 16 Mi
   */
  readonly stateBytes?: number
}

/** A message from a client. */
export interface UpMessage<Up> {
  readonly seq: number
  readonly data: Up
  /**
   * Whether it may have been offered before, here or at another instance, and its handler did not settle: it was
   * stored before the session came to this instance.
   */
  readonly redelivered: boolean
}

export interface ServerSessionEvents<Up> {
  /**
   * One at a time, in order. Stored and acknowledged before it is offered; marked processed when every
   * listener's promise has settled; offered again after a crash, here or at another instance.
   *
   * After a hand-off, too, a handler that does not look at `session.signal` may still run at the old instance
   * while the new one offers its message again: look at the signal, or make what it does safe to do twice.
   */
  message: (message: UpMessage<Up>) => unknown
  connected: (info: {
    readonly outcome: 'created' | 'resumed' | 'reset'
    readonly why: LossReport | undefined
  }) => void
  disconnected: (info: { readonly code: number; readonly reason: string }) => void
  /** This instance is no longer the session's: another took it, or it ended. Sends fail from now on. */
  released: (info: { readonly reason: 'superseded' | 'ended' | 'server-closed' | 'reset' }) => void
  error: (error: HoldfastError) => void
}

export interface ServerSession<Up = unknown, Down = unknown, State = unknown> {
  readonly id: string
  readonly subject: string
  /** How this session came to this instance. */
  readonly outcome: 'created' | 'resumed' | 'reset'
  readonly resetReason: ResetReason | undefined
  readonly connected: boolean
  /** The fold, if the server has the `state` option; with a reset, what the client gave back. */
  readonly state: State
  /** Aborted when this instance loses the session. */
  readonly signal: AbortSignal
  /**
   * Appends a message to the session's log and sends it if somebody is connected.
   *
   * @returns its number, when it is durable in the log. While a connected client is thousands of messages
   *   behind, that waits: await it, and a fast writer goes at its reader's pace.
   * @throws {@link HoldfastError} `fenced` if the session has moved or ended; `not-serializable`,
   *   `message-too-large`, `outbox-full` if far too many were sent without waiting, `log-failed`
   */
  send(data: Down): Promise<number>
  on<Name extends keyof ServerSessionEvents<Up>>(
    name: Name,
    listener: ServerSessionEvents<Up>[Name],
  ): () => void
  /**
   * Ends the session for good: the client is told `ended`.
   *
   * @throws {@link HoldfastError} `fenced` if the session has moved or is lost, and so has not ended; `log-failed`
   */
  end(): Promise<void>
}

export interface DrainOptions {
  /**
   * When the server closes what is still open; at most an hour.
   *
   * @defaultValue 10 000 ms, or longer if the window in which clients come back needs it: it ends 5 000 ms before
   */
  readonly closesInMs?: number
  /**
   * The window in which clients come back; each at most five minutes.
   *
   * @defaultValue 0 to 5 000 ms, or to what it takes to let them all in at `admissionsPerSecond`; never beyond
   *   the `closesInMs` that was asked for
   */
  readonly reconnect?: { readonly afterMs?: number; readonly withinMs?: number }
  /** Whether another instance shares the log and can take the sessions now. @defaultValue false */
  readonly handoff?: boolean
  /** Shown to users; cut after 1 024 characters. @defaultValue `'restarting'` */
  readonly reason?: string
}

export interface HoldfastServerEvents<Up, Down, State> {
  /** A session has come to this instance: for the first time, or back from another one. */
  session: (session: ServerSession<Up, Down, State>) => void
  error: (error: HoldfastError) => void
}

export interface HoldfastServer<Up = unknown, Down = unknown, State = unknown> {
  readonly name: string
  /** Resolves with the address once it listens; at once when attached. */
  readonly listening: Promise<{ readonly host: string; readonly port: number }>
  readonly sessions: ReadonlyMap<string, ServerSession<Up, Down, State>>
  readonly connections: number
  on<Name extends keyof HoldfastServerEvents<Up, Down, State>>(
    name: Name,
    listener: HoldfastServerEvents<Up, Down, State>[Name],
  ): () => void
  /**
   * For SIGTERM: tells every client, admits no new session, and resolves when everybody has left and
   * every `message` listener is done with what it is at, or time is up.
   *
   * What listens goes on listening, to turn away whoever comes: `close()` or the end of the process ends that.
   *
   * @throws {@link HoldfastError} `invalid-option`, at the call
   */
  drain(options?: DrainOptions): Promise<void>
  /** Closes everything at once with 1001. */
  close(): Promise<void>
}
