/**
 * One error class: a code for programs, a sentence for people, a hint for whoever has to act.
 *
 * Three kinds of trouble, three channels: our bug throws from `invariant`; a caller's mistake throws a
 * `HoldfastError` at the call; the world's trouble is an event or a status, and at last a rejected promise
 * that somebody asked for.
 */

/** What a caller may do about each error. A new code is a minor release; a changed meaning, a major one. */
export type ErrorCode =
  /** An option is not what it must be. `message` names the option, the rule and the value. */
  | 'invalid-option'
  /** The value given to `send()` cannot be written as JSON. Nothing was numbered or stored. */
  | 'not-serializable'
  /** One message is larger than the limit. Nothing was numbered or stored. Send it in parts, or by HTTP. */
  | 'message-too-large'
  /** The outbox is at one of its bounds. Wait for acknowledgements, then send again. */
  | 'outbox-full'
  /**
   * The session was closed by `close()`, `end()` or an abort signal before this could finish. The next process sends what
   * is stored. That includes a message that a slow store took only after `close()` had given it up.
   */
  | 'closed'
  /** The session has ended for good: by `end()` here, or by the server. Connect anew for a new one. */
  | 'ended'
  /** The server refused the credentials. Provide fresh ones and call `reconnect()`; the outbox is kept. */
  | 'unauthorized'
  /** The server refuses this session for good. */
  | 'forbidden'
  /**
   * The server knows a newer copy of this session: a profile was cloned, or a backup restored. Each dial counts on by
   * one, so the only copy that is left is taken after as many as the backup lacks; `hint` says how to start anew.
   */
  | 'forked'
  /** The store lost its newest commits, and an earlier message has this one's number. Send it again. */
  | 'number-taken'
  /** A newer connection of the same session has taken over. */
  | 'superseded'
  /** The peer broke the protocol twice in a row. It is not a `holdfast.v1` server, or one has a bug. */
  | 'protocol'
  /** The server forgot the session after this message had been on a wire: it may or may not have arrived. */
  | 'unknown-fate'
  /** The store could not be opened, read or written. */
  | 'store-failed'
  /** Another holder took this session's store over; nothing of ours was written since. */
  | 'store-fenced'
  /**
   * The store does not hold what was left in it. What could not be read was set aside or, if a crash had torn it,
   * cut off; or the newest commits are gone, or everything. `message` says which.
   */
  | 'store-corrupt'
  /** The store was written by a newer version of this library; it was left as it is. */
  | 'store-newer'
  /** No WebSocket constructor exists here; the session was closed. Pass one as the option `WebSocket`. */
  | 'no-websocket'
  /** The URL or token provider threw, rejected, or gave what cannot be dialed; at the server, `authenticate` did. */
  | 'provider-failed'
  /** A listener of the application threw or rejected; `cause` is what it threw. */
  | 'listener-failed'
  /** The reducer threw; the message was kept, and `cause` is what it threw. */
  | 'reducer-failed'
  /** The server half: the log refused the write, because a newer generation owns the session. */
  | 'fenced'
  /** The server half: the log could not be reached or answered nonsense. */
  | 'log-failed'
  /** The testing door: a cue or a stage could not do what it was asked; `message` says which, and what it waited for. */
  | 'stage-failed'

export interface ErrorDetails {
  /** What went wrong underneath. */
  readonly cause?: unknown
  /** The first thing to do about it, as an imperative sentence. */
  readonly hint?: string
  /** Facts that belong to the code: numbers, names, limits; never payloads or tokens. */
  readonly facts?: Readonly<Record<string, string | number | boolean | undefined>>
}

export class HoldfastError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name: string = 'HoldfastError'
  readonly code: C
  readonly hint: string | undefined
  readonly facts: Readonly<Record<string, string | number | boolean | undefined>>

  constructor(code: C, message: string, details: ErrorDetails = {}) {
    super(
      details.hint === undefined ? message : `${message} ${details.hint}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    this.code = code
    this.hint = details.hint
    this.facts = details.facts ?? {}
  }
}

/**
 * Whether a value is a `HoldfastError`, perhaps of one code.
 *
 * It looks at the name and the code instead of the class, so that it also holds for an error that another
 * copy of the library made.
 */
export function isHoldfastError<C extends ErrorCode = ErrorCode>(
  value: unknown,
  code?: C,
): value is HoldfastError<C> {
  return (
    value instanceof Error &&
    value.name === 'HoldfastError' &&
    (code === undefined || (value as { code?: unknown }).code === code)
  )
}
