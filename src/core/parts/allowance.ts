/**
 * How often a hint may cut a wait short.
 *
 * A flapping network reports `online` ten times a second; each report is worth a dial, and together they
 * would be a way around the backoff. A token bucket: five at once, one more every ten seconds.
 */
import { between, type Instant } from '../../base/time.ts'

const BURST = 5
const REFILL_EVERY = 10_000

export interface Allowance {
  readonly tokens: number
  readonly countedAt: Instant
}

export const full = (now: Instant): Allowance => ({ tokens: BURST, countedAt: now })

/** Takes one; `undefined` if there is none. */
export function take(allowance: Allowance, now: Instant): Allowance | undefined {
  const tokens = Math.min(BURST, allowance.tokens + between(allowance.countedAt, now) / REFILL_EVERY)
  return tokens < 1 ? undefined : { tokens: tokens - 1, countedAt: now }
}
