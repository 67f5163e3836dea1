/**
 * What is going on with a session, in a form a UI can show.
 *
 * Derived from the core's state by one function, never stored beside it, so it cannot lie: `online` holds
 * from a welcome to the loss of that very connection, and at no other time.
 */

import type { HoldfastError } from '../base/errors.ts'
import type { Instant } from '../base/time.ts'
import type { State } from '../core/state.ts'

/** Why a connection ended or an attempt failed. */
export type LossCause =
  /** The server's side closed or reset it. */
  | 'closed'
  /** The server announced its stop, by a notice or by a close code. */
  | 'shutdown'
  /** The line went silent, and a probe was not answered. */
  | 'silent'
  /** URL, token, handshake and welcome together took too long. */
  | 'connect-timeout'
  /** The URL or token provider threw, rejected, or gave something useless. */
  | 'provider-failed'
  /** The server asked to come back later. */
  | 'overloaded'
  /** The server sent something that is not the protocol, or said that about us. */
  | 'protocol'
  /** The credentials were refused once; fresh ones will be asked for. */
  | 'unauthorized'
  /** It ended on our side: the page was frozen, or an earlier process failed to connect and this one goes on waiting. */
  | 'local'

/** Why nobody dials at the moment. */
export type HoldReason =
  /** The page is frozen or in the back-forward cache. */
  | 'frozen'
  /** Another tab or process holds this session; we take over when it lets go. */
  | 'another-holder'
  /** The server refused the credentials twice; `reconnect()` asks for fresh ones. */
  | 'needs-auth'

export type Status =
  /** Reading the store. Nothing has been dialed yet. */
  | { readonly kind: 'restoring'; readonly since: Date }
  /** Dialing and greeting. `attempt` counts from 1 since a connection last held for ten seconds. */
  | {
      readonly kind: 'connecting'
      readonly since: Date
      readonly attempt: number
      readonly after: LossCause | undefined
      readonly failsAt: Date
    }
  /** Between a welcome and the loss of that connection. */
  | {
      readonly kind: 'online'
      readonly since: Date
      readonly server: string
      readonly roundTripMs: number | undefined
      readonly catchingUp: CatchingUp | undefined
    }
  /**
   * The server has said that it will stop; at `leavesAt` we dial the next. Still online, but for the one round trip
   * that may lie between the old connection's end and the new one's welcome.
   */
  | {
      readonly kind: 'draining'
      readonly since: Date
      readonly server: string
      readonly reason: string
      readonly leavesAt: Date
      readonly handoff: boolean
    }
  /** Between attempts. */
  | {
      readonly kind: 'waiting'
      readonly since: Date
      readonly attempt: number
      readonly cause: LossCause
      readonly code: number | undefined
      readonly dialsAt: Date
    }
  /** Not dialing, for a reason that passes. */
  | { readonly kind: 'suspended'; readonly since: Date; readonly reason: HoldReason }
  /** For ever. `error` is absent if the application closed it. */
  | { readonly kind: 'closed'; readonly since: Date; readonly error: HoldfastError | undefined }

export interface CatchingUp {
  readonly done: number
  readonly total: number
}

/** Derives the status. `toDate` turns the core's monotonic moments into dates. */
export function statusOf(
  state: State,
  toDate: (instant: Instant) => Date,
  error: HoldfastError | undefined,
): Status {
  const { phase } = state
  const since = toDate(phase.since)
  switch (phase.kind) {
    case 'restoring':
      return phase.blocked
        ? { kind: 'suspended', since, reason: 'another-holder' }
        : { kind: 'restoring', since }
    case 'connecting':
      return {
        kind: 'connecting',
        since,
        attempt: state.failures + 1,
        after: state.loss?.cause,
        failsAt: toDate(phase.approach.giveUpAt),
      }
    case 'online': {
      const { server, liveness, replay } = phase.line
      const done = replay === undefined ? 0 : Math.min(state.inbox.received, replay.to) - replay.from + 1
      const catchingUp =
        replay === undefined ? undefined : { done: Math.max(0, done), total: replay.to - replay.from + 1 }
      return { kind: 'online', since, server, roundTripMs: liveness.trip.smoothed, catchingUp }
    }
    case 'draining':
      return {
        kind: 'draining',
        since,
        server: phase.line?.server ?? '',
        reason: phase.reason,
        leavesAt: toDate(phase.leaveAt),
        handoff: phase.handoff,
      }
    case 'waiting':
      return {
        kind: 'waiting',
        since,
        attempt: state.failures + 1,
        cause: phase.cause,
        code: phase.code,
        dialsAt: toDate(phase.dialAt),
      }
    case 'suspended':
      return { kind: 'suspended', since, reason: phase.reason }
    case 'closed':
      return { kind: 'closed', since, error }
  }
}

/** Whether two core states look different to a user; cheap, because it is asked after every message. */
export function looksDifferent(one: State, other: State): boolean {
  const a = one.phase
  const b = other.phase
  if (a === b) return false
  if (a.kind !== b.kind || a.since !== b.since) return true
  if (a.kind === 'waiting' && b.kind === 'waiting') return a.dialAt !== b.dialAt
  if (a.kind === 'restoring' && b.kind === 'restoring') return a.blocked !== b.blocked
  if (a.kind === 'draining' && b.kind === 'draining') return a.leaveAt !== b.leaveAt
  if (a.kind === 'online' && b.kind === 'online')
    return a.line.replay !== b.line.replay || a.line.liveness.trip !== b.line.liveness.trip
  return false
}
