/**
 * What each close code means to a client.
 *
 * One total function, so that no code is ever "unexpected". Codes are hints about *how* to come back; none
 * of them ends a session by itself except 4403, 4409 and 4410, which say so: 1000 and 1001 also arrive when a
 * page enters the back-forward cache, and engines report 1005, 1006 or 0 for one and the same death.
 */

export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  abnormal: 1006,
  restart: 1012,
  tryAgainLater: 1013,
  protocol: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  slowHandshake: 4408,
  superseded: 4409,
  ended: 4410,
  tooLarge: 4413,
  slowDown: 4429,
  /** The client gave the line up for dead. Never seen by a living peer. */
  dead: 4499,
} as const

export type Verdict =
  /** The line broke, or nobody can say why it closed: back off and dial again. */
  | 'retry'
  /** A restart that was announced by nothing but its code. */
  | 'planned'
  /** Come back, but later. */
  | 'overloaded'
  /** A frame made no sense: once is a broken proxy, twice is a bug. */
  | 'protocol'
  /** The credentials were refused: ask for fresh ones once. */
  | 'unauthorized'
  /** Stop, and tell the application. */
  | 'forbidden'
  | 'superseded'
  | 'ended'

export function verdictOf(code: number): Verdict {
  switch (code) {
    case CLOSE.goingAway:
    case CLOSE.restart:
      return 'planned'
    case CLOSE.tryAgainLater:
    case CLOSE.slowDown:
      return 'overloaded'
    case CLOSE.protocol:
    case CLOSE.tooLarge:
      return 'protocol'
    case CLOSE.unauthorized:
      return 'unauthorized'
    case CLOSE.forbidden:
      return 'forbidden'
    case CLOSE.superseded:
      return 'superseded'
    case CLOSE.ended:
      return 'ended'
    default:
      return 'retry'
  }
}
