/**
 * The rules of the handshake, for every log to decide by: pure, so that they are the same behind each of them.
 *
 * A welcome that never arrived must change nothing. So an epoch remembers how it began, and a client that
 * comes again without having learned of it gets the answer that was lost.
 */
import type { ResetReason } from '../protocol/frames.ts'
import type { Greeting } from './session-log.ts'

/** How an epoch began: what the client is told until it knows the epoch. */
export type Origin =
  | { readonly outcome: 'created' }
  /** `before` is the epoch that the client still believed in. */
  | { readonly outcome: 'reset'; readonly reason: ResetReason; readonly before: string | undefined }

/** What a log knows of a session. */
export interface Standing {
  readonly secretHash: string
  readonly subject: string
  readonly generation: number
  readonly epoch: string
  readonly origin: Origin
  /** Highest down number that was used before the epoch began. */
  readonly base: number
  readonly up: number
  readonly head: number
}

export type Judgement =
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'forked' }
  /** The epoch goes on. */
  | { readonly kind: 'known'; readonly outcome: 'created' | 'resumed' }
  | { readonly kind: 'known'; readonly outcome: 'reset'; readonly reason: ResetReason }
  /** A new epoch begins. */
  | { readonly kind: 'new'; readonly origin: Origin }

/**
 * Rule 1 and the half of rule 5 that needs no memory: a session that the log does not know any more.
 *
 * @param expired - where it stood when it expired, if that is still known
 */
export function judgeStranger(greeting: Greeting, expired?: Pick<Standing, 'up' | 'head'>): Judgement {
  const isFresh = greeting.epoch === undefined && knownBy(greeting) === 0 && greeting.acked === 0
  if (isFresh && (expired === undefined || expired.up + expired.head === 0))
    return { kind: 'new', origin: { outcome: 'created' } }
  const reason = expired === undefined ? 'unknown' : 'expired'
  return { kind: 'new', origin: { outcome: 'reset', reason, before: greeting.epoch } }
}

/** Rules 2 to 5, for a session that the log knows. */
export function judge(standing: Standing, greeting: Greeting): Judgement {
  if (!isOwner(standing, greeting)) return { kind: 'forbidden' }
  if (greeting.generation <= standing.generation) return { kind: 'forked' }
  const { origin } = standing
  const { generation, up, head } = standing
  // A log that has lost the last greeting may since have taken writes of a server which that greeting had fenced.
  const isContained =
    knownBy(greeting) <= head && greeting.acked <= up && (greeting.welcomed ?? 0) <= generation
  if (isContained && greeting.epoch === standing.epoch) return { kind: 'known', outcome: 'resumed' }
  if (isContained && origin.outcome === 'created' && greeting.epoch === undefined)
    return { kind: 'known', outcome: 'created' }
  // Who was offered more by the epoch before has met numbers that this one may have used for other messages.
  if (origin.outcome === 'reset' && greeting.epoch === origin.before && knownBy(greeting) <= standing.base) {
    return { kind: 'known', outcome: 'reset', reason: origin.reason }
  }
  return { kind: 'new', origin: { outcome: 'reset', reason: 'regressed', before: greeting.epoch } }
}

/** The highest down number that has come to the client as a message. The replay begins above it. */
export const metBy = ({ received, seen = 0 }: Pick<Greeting, 'received' | 'seen'>): number =>
  Math.max(received, seen)

/** The highest down number that the client claims to know, as a message or within its state. */
export const knownBy = (greeting: Greeting): number => Math.max(metBy(greeting), greeting.stands ?? 0)

/** [SV-55] The state comes before any message of its epoch: a client that has met none may have lost it with the line. */
export function mayLackState(
  client: Pick<Greeting, 'received' | 'seen'>,
  { outcome, begunAt = -1 }: { readonly outcome: string; readonly begunAt?: number },
): boolean {
  return outcome === 'reset' || metBy(client) <= begunAt
}

/** Rule 2. Both comparisons are made whatever the first one says, and take the same time wherever they differ. */
export function isOwner(one: Pick<Standing, 'secretHash' | 'subject'>, greeting: Greeting): boolean {
  const isSecret = isSameText(one.secretHash, greeting.secretHash)
  const isSubject = isSameText(one.subject, greeting.subject)
  return isSecret && isSubject
}

/** Compares without stopping at the first difference, which would tell a guesser how far they got. */
function isSameText(one: string, other: string): boolean {
  let difference = one.length ^ other.length
  for (let i = 0; i < other.length; i += 1) difference |= one.charCodeAt(i) ^ other.charCodeAt(i)
  return difference === 0
}
