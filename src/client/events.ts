/**
 * What a session tells the application, event by event.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { Message } from '../protocol/message.ts'
import type { LossCause, Status } from './status.ts'
import type { GapReason, ResetReason } from '../protocol/frames.ts'

export interface SessionEvents<Down, State> {
  /**
   * A message from the server, in order, one at a time.
   *
   * A listener may return a promise: the next message waits for it, and the message counts as processed only
   * when every listener is done. If one throws, `error` tells, and the message counts as processed.
   */
  message: (message: Message<Down>) => unknown
  /** The state after one or more entries. */
  state: (state: State) => void
  status: (status: Status, before: Status) => void
  /**
   * An attempt has been scheduled: everything a countdown needs. `number` counts from 1 since a connection last
   * held for ten seconds.
   */
  attempt: (attempt: {
    readonly number: number
    readonly waitMs: number
    readonly cause: LossCause
    readonly at: Date
  }) => void
  /** A connection was lost; the session is not. */
  lost: (loss: {
    readonly cause: LossCause
    readonly code: number | undefined
    readonly reason: string
  }) => void
  /** Welcomed. `replayed` counts what follows from before; `downMs` is 0 after a hand-off. */
  online: (welcome: {
    readonly outcome: 'created' | 'resumed' | 'reset'
    readonly replayed: number
    readonly downMs: number
    readonly server: string
  }) => void
  /** The replay is complete. */
  live: (end: { readonly seq: number }) => void
  /** The server has said that it will stop. */
  notice: (notice: {
    readonly reason: string
    readonly closesInMs: number
    /** When the next connection is dialed: over to another instance, or, if this server ends sooner, back to it. */
    readonly leavesAt: Date
    readonly handoff: boolean
  }) => void
  /** The session moved to another connection with no hole between. */
  handoff: (handoff: { readonly server: string }) => void
  /** These messages from the server are gone for good. */
  gap: (gap: { readonly from: number; readonly to: number; readonly reason: GapReason }) => void
  /** The server forgot the session; numbering goes on, and what we kept was given back to it. */
  reset: (reset: {
    readonly reason: ResetReason
    readonly before: string | undefined
    readonly epoch: string
    readonly lastSeq: number
    readonly restored: boolean
    readonly unknown: readonly number[]
  }) => void
  /** A probe was answered. */
  pong: (pong: { readonly roundTripMs: number }) => void
  /** Something the application should know and could not be told otherwise: a failing listener, a failing store. */
  error: (error: HoldfastError) => void
  /** The session is closed; nothing follows. */
  closed: (error: HoldfastError | undefined) => void
}

/** Where a message of ours stands. */
export type DeliveryState = 'accepted' | 'stored' | 'sent' | 'acknowledged' | 'failed'

/** One `send()`. The promises never cause an unhandled rejection: ignore them freely. */
export interface Delivery {
  /** The message's number; with the session's id, its identity for ever. `undefined` until the store has been read. */
  readonly seq: number | undefined
  readonly state: DeliveryState
  /** Resolves when the message is in the store; rejects with `store-failed` or `closed`. */
  readonly stored: Promise<void>
  /** Resolves when the server has it durably; rejects with `unknown-fate`, `closed` or `ended`. */
  readonly acknowledged: Promise<void>
  /** Calls back at each change of `state`. @returns stops it. */
  onChange(listener: (state: DeliveryState) => void): () => void
}
