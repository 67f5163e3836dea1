/**
 * Everything the core can ask for. Effects are carried out in order, after the new state is in place.
 */
import type { ErrorCode } from '../base/errors.ts'
import type { Duration, Instant } from '../base/time.ts'
import type { ClientFrame, GapReason, Outcome, ResetReason, Snapshot } from '../protocol/frames.ts'
import type { Numbered } from './parts/outbox.ts'
import type { Identity, LossCause, State } from './state.ts'

export type Effect =
  /** Ask the providers, then open a socket. */
  | {
      readonly type: 'dial'
      readonly connection: number
      readonly attempt: number
      readonly refresh: boolean
      readonly url: string | undefined
    }
  | { readonly type: 'transmit'; readonly connection: number; readonly frame: ClientFrame }
  /** Messages that are JSON already, in as few frames as they fit. */
  | {
      readonly type: 'transmit-messages'
      readonly connection: number
      readonly from: number
      readonly texts: readonly string[]
    }
  /** The state, with what is in hand, in pieces. */
  | { readonly type: 'transmit-state'; readonly connection: number }
  | { readonly type: 'hang-up'; readonly connection: number; readonly code: number; readonly reason: string }
  | { readonly type: 'persist'; readonly revision: number; readonly change: Change }
  /** Offer to the application, in order; `handled` is the answer. */
  | { readonly type: 'deliver'; readonly parcel: Parcel }
  /** The server's copy of the state replaces ours, if it arrives whole. */
  | { readonly type: 'adopt-state'; readonly piece: Snapshot }
  /** These messages of ours have failed for good. */
  | {
      readonly type: 'fail'
      readonly messages: readonly Numbered[]
      readonly code: ErrorCode
      readonly message: string
    }
  | { readonly type: 'announce'; readonly news: News }
  /** Nothing more will come: let go of the store, perhaps erase it. */
  | { readonly type: 'finish'; readonly erase: boolean }

/** What changes in the store; the driver adds the entries it concerns. */
export interface Change {
  readonly identity?: Identity
  readonly generation?: number
  readonly welcomed?: number
  readonly epoch?: string
  /** No hello names the epoch any more; a change of the epoch ends that. */
  readonly distrusted?: true
  readonly failures?: number
  readonly acked?: number
  readonly wired?: number
  readonly up?: { readonly from: number; readonly text: string }
  readonly givenUp?: readonly number[]
  readonly cursor?: number
}

export type Parcel =
  | {
      readonly kind: 'messages'
      readonly from: number
      readonly data: readonly unknown[]
      readonly redelivered: number
    }
  | { readonly kind: 'gap'; readonly from: number; readonly to: number; readonly reason: GapReason }

export type News =
  | {
      readonly type: 'attempt'
      readonly number: number
      readonly wait: Duration
      readonly cause: LossCause
      readonly at: Instant
    }
  | {
      readonly type: 'lost'
      readonly cause: LossCause
      readonly code: number | undefined
      readonly reason: string
    }
  | {
      readonly type: 'online'
      readonly outcome: Outcome
      readonly replayed: number
      readonly down: Duration
      readonly server: string
    }
  | { readonly type: 'live'; readonly seq: number }
  | {
      readonly type: 'notice'
      readonly reason: string
      readonly closesIn: Duration
      readonly leaveAt: Instant
      readonly handoff: boolean
    }
  | { readonly type: 'handoff'; readonly server: string }
  | {
      readonly type: 'reset'
      readonly reason: ResetReason
      readonly before: string | undefined
      readonly epoch: string
      readonly lastSeq: number
      readonly restored: boolean
      readonly unknown: readonly number[]
    }
  | { readonly type: 'pong'; readonly roundTrip: Duration }
  | { readonly type: 'garbled'; readonly fault: string }
  /** The server has more of our messages than our store knows: it lost its newest commits. */
  | { readonly type: 'rewound'; readonly known: number; readonly received: number }
  | { readonly type: 'closed'; readonly code: ErrorCode | undefined; readonly message: string }

/** What a transition returns. */
export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
}

const NONE: readonly Effect[] = []

/** Nothing happens; the very same state. */
export const stay = (state: State): Step => ({ state, effects: NONE })

export const step = (state: State, ...effects: readonly Effect[]): Step => ({ state, effects })

/** Puts effects before those of a step. */
export const first = (effects: readonly Effect[], then: Step): Step => ({
  state: then.state,
  effects: [...effects, ...then.effects],
})

/** Lets go of an approach or a line. */
export function hangUp(
  { connection }: { readonly connection: number },
  code: number,
  reason: string,
): Effect {
  return { type: 'hang-up', connection, code, reason }
}
