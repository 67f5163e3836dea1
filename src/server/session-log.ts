/**
 * Where a server keeps its sessions: the port behind which a memory, a Redis or another process's log stands.
 *
 * The log is the one place where things are decided: who may write (the *generation*), which number comes
 * next, and what has been forgotten (the *epoch*). Every method is atomic for its session, and every write
 * carries the grant it was made under, so that a server that was replaced while it hung can change nothing when
 * it wakes.
 *
 * A session's log holds one sequence of entries, up and down in the order they were appended, each numbered
 * within its own direction. The contract suite (`holdfast/testing`, `sessionLogContract`) proves an implementation.
 */
import type { Durability, GapReason, Hello, ResetReason } from '../protocol/frames.ts'

export interface SessionLog {
  /** What an acknowledged append has survived. */
  readonly durability: Durability
  /** Whether several server instances share this log, so that a session can be handed from one to another. */
  readonly shared: boolean
  /**
   * Decides a handshake by the five rules of `docs/PROTOCOL.md`, and on success makes `hello.generation`, in the
   * epoch of the answer, the only one that may write.
   */
  greet(hello: Greeting): Promise<GreetingAnswer>
  /**
   * Appends contiguous up messages; those already there are skipped, so that a repeated call changes nothing.
   *
   * @returns the highest contiguous up number afterwards; or why nothing was written. `hole` means that
   *   `from` lies beyond the next number.
   */
  appendUp(session: string, grant: Grant, up: UpMessages): Promise<Appended>
  /**
   * Appends down messages with the numbers `after + 1`, …
   *
   * A compare-and-append: `hole` says that `after` is not the highest number, and what is. So a call that timed
   * out and lands late, behind another one, changes nothing.
   */
  appendDown(session: string, grant: Grant, after: number, texts: readonly string[]): Promise<Appended>
  /** Records the client's cumulative ack; entries below it may now be trimmed. */
  acknowledge(session: string, grant: Grant, received: number): Promise<Written>
  /** Records that the application is done with all up messages to this number. */
  markProcessed(session: string, grant: Grant, upTo: number): Promise<Written>
  /**
   * Says that somebody is connected, so that the session does not expire.
   *
   * Nothing but `greet` and `touch` prolongs a session's life: an application that goes on writing to a client
   * that never comes back must not keep it for ever.
   */
  touch(session: string, grant: Grant): Promise<Written>
  /**
   * Reads down messages from a number on, in order: at most `limit`, and about 1 Mi characters, but at least
   * one if there is one. Trimmed numbers are skipped.
   */
  readDown(session: string, from: number, limit: number): Promise<readonly Numbered[]>
  /** Reads up messages likewise; numbers that were given up are skipped. */
  readUp(session: string, from: number, limit: number): Promise<readonly Numbered[]>
  /** Reads what the server's state is folded from: the last saved state and every entry after it. */
  readState(session: string): Promise<SavedState>
  /**
   * Saves a state that stands for everything to the two numbers given.
   *
   * One that stands for down messages which the log does not have was folded before the log lost them: `gone`. Up
   * messages it may be ahead of, for a client's own state has those that are still on their way.
   */
  saveState(session: string, grant: Grant, state: StatePoint): Promise<Written>
  /** Forgets the session for good. */
  end(session: string, grant: Grant): Promise<Written>
  /** Lets go of whatever the log holds open. */
  close(): Promise<void>
}

/**
 * What a greeting gave to who made it. The generation alone is not enough: two copies of a client may have one, each
 * in an epoch of its own, if the log has lost the session between the two.
 */
export interface Grant {
  readonly epoch: string
  readonly generation: number
}

export interface Greeting extends Pick<
  Hello,
  'session' | 'generation' | 'welcomed' | 'epoch' | 'received' | 'seen' | 'stands' | 'acked'
> {
  /** SHA-256 of the client's secret, in hexadecimal: the log never sees the secret. */
  readonly secretHash: string
  /** Who the authenticated caller is; a session belongs to the subject that created it. */
  readonly subject: string
}

export type GreetingAnswer =
  | {
      readonly kind: 'granted'
      readonly outcome: 'created' | 'resumed' | 'reset'
      readonly reason?: ResetReason
      /** A new one is 1 to 64 characters, and never `lost`: with that name a client asks for a reset. */
      readonly epoch: string
      /**
       * Given whenever the epoch began with a reset: the highest down number then. A client that has met no higher one may
       * lack the state.
       */
      readonly begunAt?: number
      /** The generation that could write until now; 0 if there was none. */
      readonly previous: number
      /** Highest contiguous up number stored. */
      readonly up: number
      /** Highest up number the application is done with. */
      readonly processed: number
      /** Highest down number appended. */
      readonly head: number
      /** Lowest down number still kept; `head + 1` if none is. */
      readonly oldest: number
      /** Why lower ones are gone. */
      readonly trimmedBy: Exclude<GapReason, 'cancelled'>
      /** Whether the log holds a state, or entries from the first on, to fold one from. */
      readonly hasState: boolean
      /** How long the session is kept after somebody was connected last, in milliseconds. */
      readonly retainMs: number
    }
  /** Wrong secret, or another subject's: indistinguishable on purpose. */
  | { readonly kind: 'forbidden' }
  /** The generation is not above the one seen last. */
  | { readonly kind: 'forked' }
  /** The session was ended by a `bye`. */
  | { readonly kind: 'ended' }

export type UpMessages =
  | { readonly from: number; readonly texts: readonly string[] }
  /** Numbers that the client gave up: they count as stored, and are never offered. */
  | { readonly from: number; readonly givenUpTo: number }

/**
 * `fenced`: a higher generation has been let in. `gone`: the log does not know the session, or never let in a
 * generation as high as this one, or not in this epoch, because it has lost what it knew.
 */
export type Refused = { readonly kind: 'fenced' } | { readonly kind: 'gone' }
export type Written = { readonly kind: 'written' } | Refused
/** `last` is the highest number there is, after what was or was not done. */
export type Appended =
  | { readonly kind: 'appended'; readonly last: number }
  | { readonly kind: 'hole'; readonly last: number }
  | Refused

export interface Numbered {
  readonly seq: number
  /** The message as JSON. */
  readonly text: string
}

export interface StatePoint {
  /** The state as JSON. */
  readonly state: string
  readonly up: number
  readonly down: number
}

export interface SavedState {
  readonly saved: StatePoint | undefined
  /** Every entry after the saved point, in the order it was appended. */
  readonly entries: readonly ({ readonly direction: 'up' | 'down' } & Numbered)[]
}
