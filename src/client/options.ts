/**
 * Everything a caller may set, with what it means and what holds if it is left out.
 */
import type { Duration } from '../base/time.ts'
import type { SessionStore } from '../ports/session-store.ts'
import type { WebSocketConstructor } from '../adapters/websocket-like.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Lifecycle } from '../ports/lifecycle.ts'
import type { Transport } from '../ports/transport.ts'

/** A value, or where to get it: a function is called again, and a promise awaited, at each dial. */
export type Provided<Value> = Value | Promise<Value> | ((context: DialContext) => Value | Promise<Value>)

/** What a provider is told about the dial it provides for. */
export interface DialContext {
  /** Counts from 1 since the last success. */
  readonly attempt: number
  /** Whether the server refused the last token: fetch a fresh one instead of a cached one. */
  readonly refresh: boolean
  /** Aborted when the dial's time is up or nobody wants it any more. */
  readonly signal: AbortSignal
}

/** One entry of the conversation that a state is folded from. */
export type Entry<Up, Down> =
  | { readonly direction: 'up'; readonly seq: number; readonly data: Up }
  | { readonly direction: 'down'; readonly seq: number; readonly data: Down }

/**
 * State as a fold: `state = reduce(state, entry)`, over every message accepted from `send()` and every message
 * processed from the server, in the order in which they were committed.
 *
 * The state is JSON, and the reducer is pure: it is run again over stored entries when a session is restored.
 * A state that comes back from the store is what `JSON.parse(JSON.stringify(state))` gives: a `Map` or a `Set` is
 * `{}`, a `Date` a string, `NaN` and `Infinity` are `null`, and what is `undefined` is missing. Nobody looks for
 * these, so keep them out of the state. A reducer that returns `undefined`, a function, a symbol or a promise, and a
 * `bigint` or a circle inside the state are told as `reducer-failed`.
 */
export interface StateOptions<State, Up, Down> {
  readonly initial: State
  readonly reduce: (state: State, entry: Entry<Up, Down>) => State
}

/**
 * What is given is checked at the call; a name that is not here is not looked at, so a misspelt one (`stroe`) is for
 * the type checker to find.
 */
export interface Options<Up, Down, State> {
  /**
   * Names the session in the store, so that the next process or page load finds it again.
   *
   * One name is one session: where several users share a device, put the user into it.
   *
   * @defaultValue the host and path of the URL; `'default'` if the URL is a function or a promise
   */
  readonly name?: string
  /**
   * Where the session survives: `indexedDBStore()` in browsers, `journalStore(directory)` from `holdfast/node`,
   * `memoryStore()` for none at all. May be a promise or a function.
   *
   * @defaultValue IndexedDB where it exists, memory elsewhere
   */
  readonly store?: SessionStore | Promise<SessionStore> | (() => SessionStore | Promise<SessionStore>)
  /** Sent in the first frame, never in the URL. Asked for at each dial. */
  readonly token?: Provided<string | undefined>
  /** The state to fold from the conversation. Without it `session.state` is `undefined`. */
  readonly state?: StateOptions<State, Up, Down>
  /**
   * What becomes of a message that had been on a wire when the server forgot the session.
   *
   * `resend` sends it again under the same identity `(session, seq)`; `fail` rejects its `acknowledged` with
   * `unknown-fate`, or has `failed` tell of it; a function decides message by message, at once. If it throws, or
   * gives anything else, `error` tells and the message is sent again. Of a welcome that comes to nothing it may be
   * asked again.
   *
   * @defaultValue `'resend'`
   */
  readonly unknownFate?:
    'resend' | 'fail' | ((message: { readonly seq: number; readonly data: Up }) => 'resend' | 'fail')
  readonly heartbeat?: HeartbeatOptions
  readonly backoff?: BackoffOptions
  readonly outbox?: OutboxOptions
  /**
   * The time that URL, token, handshake and welcome may take together, for one attempt.
   *
   * @defaultValue 10 seconds
   */
  readonly connectTimeout?: Duration | number
  /**
   * URLs that a server's notice may send us to, besides the one given: origins such as `wss://b.example.com`.
   * What follows the host and port counts for nothing.
   *
   * @defaultValue none
   */
  readonly allowedOrigins?: readonly string[]
  /** Closes the session, as `close()` does. */
  readonly signal?: AbortSignal
  /**
   * The WebSocket constructor.
   *
   * @defaultValue the global one in browsers; `ws`, by way of isomorphic-ws, in Node
   */
  readonly WebSocket?: WebSocketConstructor
  /** Replacements for the outside world, for tests and simulations. */
  readonly world?: Partial<World>
}

export interface World {
  readonly clock: Clock
  readonly random: Random
  readonly lifecycle: Lifecycle
  readonly transport: Transport
  /** Told of every input of the client's core, and of the phase that it meets: to see what a test covers. */
  readonly observe?: ((phase: string, input: string) => void) | undefined
}

/** Lengths are milliseconds; `seconds(10)` reads better than `10_000`. */
export interface HeartbeatOptions {
  /**
   * How long the line may be silent before it is probed. Any frame counts as life, not only a pong. The
   * server's own interval, told in its welcome, wins if it is longer.
   *
   * @defaultValue 10 seconds
   */
  readonly every?: Duration | number
  /**
   * How long a probe may stay unanswered while the page is visible; on a line that was measured
   * to be slow, up to three times as long.
   *
   * @defaultValue 2 seconds
   */
  readonly within?: Duration | number
}

export interface BackoffOptions {
  /**
   * The bound of the first wait after a failed attempt; it doubles with each further one.
   *
   * @defaultValue 950 milliseconds
   */
  readonly base?: Duration | number
  /**
   * The longest wait. At most 60 seconds.
   *
   * @defaultValue 45 seconds
   */
  readonly max?: Duration | number
  /**
   * The spread of the very first dial after a connection was lost, unless the server's welcome says otherwise.
   *
   * @defaultValue 250 milliseconds
   */
  readonly first?: Duration | number
}

export interface OutboxOptions {
  /** Most unacknowledged messages. @defaultValue 10 000 */
  readonly messages?: number
  /** Most unacknowledged bytes of JSON in UTF-8. @defaultValue 8 MiB */
  readonly bytes?: number
}
