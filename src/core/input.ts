/**
 * Everything the core can be told. Each input carries the time: nothing else in the core knows that it passes.
 */
import type { Instant } from '../base/time.ts'
import type { ServerFrame } from '../protocol/frames.ts'
import type { KeptOutbox } from './parts/outbox.ts'
import type { Identity, LossCause } from './state.ts'

export type Input = { readonly now: Instant } &
  /** The alarm rang: perhaps late, perhaps for nothing. */
  (
    | { readonly type: 'tick' }
    | { readonly type: 'restored'; readonly kept: Kept }
    /** Somebody else holds the store; its load goes on. */
    | { readonly type: 'blocked' }
    /** Everything to this change is in the store, which now holds these watermarks. */
    | {
        readonly type: 'persisted'
        readonly revision: number
        readonly cursor: number
        readonly last: number
      }
    | { readonly type: 'opened'; readonly connection: number }
    | { readonly type: 'received'; readonly connection: number; readonly frame: ServerFrame }
    /** Something arrived that is no frame. */
    | { readonly type: 'garbled'; readonly connection: number; readonly fault: string }
    | {
        readonly type: 'dropped'
        readonly connection: number
        readonly code: number
        readonly reason: string
        readonly retryAfterMs?: number | undefined
        /** Set when the attempt died before there was a socket. */
        readonly cause?: LossCause | undefined
      }
    /** A message from the application, as JSON. */
    | { readonly type: 'submit'; readonly text: string }
    /** The application is done with everything to this number. */
    | { readonly type: 'handled'; readonly upTo: number }
    | {
        readonly type: 'hint'
        readonly hint: 'online' | 'offline' | 'visible' | 'hidden' | 'frozen' | 'resumed'
      }
    | { readonly type: 'reconnect' }
    | { readonly type: 'close'; readonly forGood: boolean }
    /** The session cannot go on here: the store is somebody else's now, or there is nothing to dial with. */
    | {
        readonly type: 'barred'
        readonly code: 'store-fenced' | 'no-websocket'
        readonly message: string
      }
  )

/** What an earlier process left in the store. */
export interface Kept {
  readonly identity: Identity
  readonly generation: number
  /** Absent: no hello was welcomed. */
  readonly welcomed?: number
  readonly epoch: string | undefined
  /** Whether no hello may name the epoch. */
  readonly distrusted?: boolean
  readonly outbox: KeptOutbox
  readonly cursor: number
  /** The highest number of the server's messages that the state stands for; absent: not above the cursor. */
  readonly stands?: number
  readonly failures: number
  /** Whether there was an earlier process at all. */
  readonly isNew: boolean
}
