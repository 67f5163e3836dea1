/**
 * What is going on with a session, in a form a UI can show.
 *
 * Derived from the core's state by one function, never stored beside it, so it cannot lie: `online` holds
 * from a welcome to the loss of that very connection, and at no other time.
 */

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
  /** The server sent something that is not the protocol. */
  | 'protocol'
  /** The credentials were refused once; fresh ones will be asked for. */
  | 'unauthorized'
  /** The page was frozen, or the application asked for a new connection. */
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
  /** Dialing and greeting. `attempt` counts from 1 since the last success. */
  | { readonly kind: 'connecting'; readonly since: Date; readonly attempt: number; readonly after: LossCause | undefined; readonly failsAt: Date }
  /** Between a welcome and the loss of that connection. */
  | { readonly kind: 'online'; readonly since: Date; readonly server: string; readonly roundTripMs: number | undefined; readonly catchingUp: CatchingUp | undefined }
  /**
   * The server has said that it will stop; we leave it at `leavesAt`. Still online, but for the one round trip
   * that may lie between the old connection's end and the new one's welcome.
   */
  | { readonly kind: 'draining'; readonly since: Date; readonly server: string; readonly reason: string; readonly leavesAt: Date; readonly handoff: boolean }
  /** Between attempts. */
  | { readonly kind: 'waiting'; readonly since: Date; readonly attempt: number; readonly cause: LossCause; readonly code: number | undefined; readonly dialsAt: Date }
  /** Not dialing, for a reason that passes. */
  | { readonly kind: 'suspended'; readonly since: Date; readonly reason: HoldReason }
  /** For ever. `error` is absent if the application closed it. */
  | { readonly kind: 'closed'; readonly since: Date; readonly error: import('../base/errors.ts').HoldfastError | undefined }

export interface CatchingUp {
  readonly done: number
  readonly total: number
}
