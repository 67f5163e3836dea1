/**
 * What a session tells the application, event by event.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { Message } from '../protocol/message.ts'
import type { LossCause, Status } from './status.ts'
import type { GapReason, ResetReason } from '../protocol/frames.ts'

export interface SessionEvents<Up, Down, State> {
  /**
   * A message from the server, in order, one at a time.
   *
   * A listener may return a promise: the next message waits for it, and the message counts as processed only
   * when every listener is done. If one throws, `error` tells, and the message counts as processed.
   *
   * Listeners must not change the data: they share them with each other, and what they leave is what is folded
   * into the state and stored.
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
  /**
   * A message that an earlier process sent, and of which nobody here holds the `Delivery`, has failed for good.
   *
   * `error` says why: with the code `message-too-large`, `number-taken` or `unknown-fate`, as a `Delivery` rejects
   * with, or `ended` if the server has ended the session. To send `data` again is to send a new message. Told once,
   * or once more after a crash before that was stored; before the `reset`, `online` or `closed` that comes with it.
   * Listen right after `connect()`: it is not kept for who comes later. If the earlier process was told that its
   * store had failed, `number-taken` may mean this very message.
   */
  failed: (failed: { readonly seq: number; readonly data: Up; readonly error: HoldfastError }) => void
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
  /**
   * Resolves when the message is in the store, or the server has it; while the store is given up, which `error`
   * and `durability` tell, as soon as memory has it.
   *
   * Rejects if the session closes before: with the error that closed it (`ended`, `forbidden`, `forked`,
   * `superseded`, `protocol`, `store-fenced`, `no-websocket`), or with `closed` if the application did. And with
   * `message-too-large` if a server was met meanwhile that takes less, or with `number-taken` if the store had lost
   * its newest commits and another message has this one's number.
   */
  readonly stored: Promise<void>
  /**
   * Resolves when the server has it durably.
   *
   * Rejects as `stored` does, and with `unknown-fate` if the option of that name says so. After `closed` a message
   * that the store has is sent by the next session of this name, unless this one was ended; what memory alone
   * had, because the store was given up, is lost.
   */
  readonly acknowledged: Promise<void>
  /** Calls back at each change of `state`. @returns stops it. */
  onChange(listener: (state: DeliveryState) => void): () => void
}
