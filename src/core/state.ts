/**
 * All that the client's mind holds.
 *
 * `phase` has only what has meaning while it lasts; the rest outlives connections. A deadline is a field whose
 * name ends in `At`, and `deadline.ts` knows them all: there are no timers to forget.
 */
import type { ErrorCode } from '../base/errors.ts'
import type { Duration, Instant } from '../base/time.ts'
import type { Limits } from '../protocol/frames.ts'
import { type Allowance, full } from './parts/allowance.ts'
import { createInbox, type Inbox } from './parts/inbox.ts'
import type { Liveness, LivenessRule } from './parts/liveness.ts'
import { createOutbox, type Outbox } from './parts/outbox.ts'
import type { Rng } from './parts/rng.ts'

export interface State {
  readonly phase: Phase
  readonly identity: Identity | undefined
  /** Raised, and stored, before every hello: it fences whatever said hello before. */
  readonly generation: number
  /** The generation of the last hello that was welcomed; 0 if none was. */
  readonly welcomed: number
  /** Which incarnation of the server's log our numbers belong to. */
  readonly epoch: string | undefined
  /** Whether the log has lost a part of this epoch and goes on in it: no hello names it any more. */
  readonly distrusted: boolean
  readonly outbox: Outbox
  readonly inbox: Inbox
  /** Attempts that failed in a row, over process deaths too. */
  readonly failures: number
  /** How the last connection ended, for the next hello and for `downMs`. */
  readonly loss: Loss | undefined
  readonly rng: Rng
  /** The last connection's number. An answer about any other is old news. */
  readonly connections: number
  /** The last change that was handed to the store. */
  readonly revision: number
  readonly storedRevision: number
  /** The last change that had to be stored first: a giving up before its gap, a leave to travel before the messages. */
  readonly heldRevision: number
  readonly hidden: boolean
  readonly allowance: Allowance
  readonly limits: Limits | undefined
  /** What the last welcome said about coming back after a loss without notice. */
  readonly reconnectWithin: Duration | undefined
  /** Where a notice sent us, until a welcome. */
  readonly redirect: string | undefined
  /** Whether the server refused the last token. */
  readonly refused: boolean
  /** Whether the server's last word was that our frames make no sense to it. */
  readonly misunderstood: boolean
  /**
   * Messages to this number may have been offered to the application by an earlier process. `none`: there was no
   * earlier process. `until-welcome`: the first welcome will say which number it is.
   */
  readonly offeredBefore: number | 'none' | 'until-welcome'
}

export interface Identity {
  readonly session: string
  readonly secret: string
}

export type LossCause =
  | 'closed'
  | 'shutdown'
  | 'silent'
  | 'connect-timeout'
  | 'provider-failed'
  | 'overloaded'
  | 'protocol'
  | 'unauthorized'
  | 'local'

export interface Loss {
  readonly cause: LossCause
  readonly code: number | undefined
  readonly at: Instant
}

export type Phase = Restoring | Waiting | Connecting | Online | Draining | Suspended | Closed

/** Reading the store; `blocked` while another holder has it. */
export interface Restoring {
  readonly kind: 'restoring'
  readonly since: Instant
  readonly blocked: boolean
}

/** No socket, one deadline. */
export interface Waiting {
  readonly kind: 'waiting'
  readonly since: Instant
  readonly dialAt: Instant
  readonly cause: LossCause
  readonly code: number | undefined
  /** Whether the server chose the moment: hints do not cut that short. */
  readonly appointed: boolean
}

/** One attempt: provider, socket and welcome, under one deadline. */
export interface Connecting {
  readonly kind: 'connecting'
  readonly since: Instant
  readonly approach: Approach
}

/** From a welcome to the loss of its connection. */
export interface Online {
  readonly kind: 'online'
  readonly since: Instant
  readonly line: Line
}

/** Still on the line, with the server's stop announced. */
export interface Draining {
  readonly kind: 'draining'
  readonly since: Instant
  /** Absent in the round trip between the old line's end and the successor's welcome. */
  readonly line: Line | undefined
  readonly reason: string
  readonly handoff: boolean
  /** When to leave, drawn from the notice's window: dial the successor, or hang up and dial. */
  readonly leaveAt: Instant
  /** With the old line gone before the welcome: how long that is no loss yet. */
  readonly graceEndsAt: Instant | undefined
  readonly successor: Approach | undefined
}

export interface Suspended {
  readonly kind: 'suspended'
  readonly since: Instant
  readonly reason: 'frozen' | 'needs-auth'
  /** A frozen page runs no alarms: if this one rings, nothing is frozen and a hint was lost. */
  readonly resumeAt: Instant | undefined
}

/** Never left. */
export interface Closed {
  readonly kind: 'closed'
  readonly since: Instant
  readonly error: { readonly code: ErrorCode; readonly message: string } | undefined
}

/** A connection on its way to a welcome. */
export interface Approach {
  readonly connection: number
  readonly since: Instant
  readonly giveUpAt: Instant
  readonly opened: boolean
  /** The change that stores the raised generation: no hello goes out before it is in the store. */
  readonly revision: number
  /** When the hello went out, and the highest number of the server's that it claimed to know. */
  readonly greeted: { readonly at: Instant; readonly claimed: number } | undefined
}

/** A welcomed connection. */
export interface Line {
  readonly connection: number
  /** The generation of its hello. */
  readonly generation: number
  readonly server: string
  readonly welcomedAt: Instant
  readonly liveness: Liveness
  readonly rule: LivenessRule
  /** Our last ping: what the round trip is measured by. Without its `id` once it was answered. */
  readonly asked: { readonly id: number | undefined; readonly at: Instant } | undefined
  /** Most up messages in flight. */
  readonly window: number
  /** What was last acknowledged over this line. */
  readonly ackedTo: number
  /** When the coalesced ack is due. */
  readonly ackAt: Instant | undefined
  /** When the failures before this line are forgotten. */
  readonly stableAt: Instant | undefined
  /** The replay under way. */
  readonly replay: { readonly from: number; readonly to: number } | undefined
  /** Whether new messages wait for the successor. */
  readonly quiet: boolean
}

export function initialState(seed: number, now: Instant): State {
  return {
    phase: { kind: 'restoring', since: now, blocked: false },
    identity: undefined,
    generation: 0,
    welcomed: 0,
    epoch: undefined,
    distrusted: false,
    outbox: createOutbox(),
    inbox: createInbox(),
    failures: 0,
    loss: undefined,
    rng: seed,
    connections: 0,
    revision: 0,
    storedRevision: 0,
    heldRevision: 0,
    hidden: false,
    allowance: full(now),
    limits: undefined,
    reconnectWithin: undefined,
    redirect: undefined,
    refused: false,
    misunderstood: false,
    offeredBefore: 'none',
  }
}

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] }

/**
 * A copy to change before anybody else sees it.
 *
 * Written out because every message pays for it: engines copy an object of this size field by field many
 * times faster than they spread it.
 */
export function copyState(state: State): Writable<State> {
  return {
    phase: state.phase,
    identity: state.identity,
    generation: state.generation,
    welcomed: state.welcomed,
    epoch: state.epoch,
    distrusted: state.distrusted,
    outbox: state.outbox,
    inbox: state.inbox,
    failures: state.failures,
    loss: state.loss,
    rng: state.rng,
    connections: state.connections,
    revision: state.revision,
    storedRevision: state.storedRevision,
    heldRevision: state.heldRevision,
    hidden: state.hidden,
    allowance: state.allowance,
    limits: state.limits,
    reconnectWithin: state.reconnectWithin,
    redirect: state.redirect,
    refused: state.refused,
    misunderstood: state.misunderstood,
    offeredBefore: state.offeredBefore,
  }
}

/** The same for a line, which changes with every frame. */
export function copyLine(line: Line): Writable<Line> {
  return {
    connection: line.connection,
    generation: line.generation,
    server: line.server,
    welcomedAt: line.welcomedAt,
    liveness: line.liveness,
    rule: line.rule,
    asked: line.asked,
    window: line.window,
    ackedTo: line.ackedTo,
    ackAt: line.ackAt,
    stableAt: line.stableAt,
    replay: line.replay,
    quiet: line.quiet,
  }
}

/**
 * Whether our numbers may be another message's: the store was read, and no server has said yet that it knows no
 * more of them than we do. Until then no number may be stored as one that was on a wire: if the store lost its
 * newest commits, the next process would take the server's word for those as its own.
 */
export const isUnproven = (state: State): boolean => state.offeredBefore === 'until-welcome'

export function withOutbox(state: State, outbox: Outbox): State {
  const next = copyState(state)
  next.outbox = outbox
  return next
}

export function withInbox(state: State, inbox: Inbox): State {
  const next = copyState(state)
  next.inbox = inbox
  return next
}
