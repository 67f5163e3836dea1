/** What a published policy waits, from the policy itself: docs/comparison.md says the same. */
import { chanceFrom } from './chance.ts'
import type { Policy } from './fleet.ts'

const DRAWS = 10_000
/** By then every policy waits as long as it ever will, or has given up. */
const MOST_FAILURES = 40

/** After a loss, before any dial has failed. */
export const firstWait = (policy: Policy): string => rangeAfter(policy, 0) ?? 'never'

/** After so many failures that it grows no more, or before it gives up. */
export function lastWait(policy: Policy): string {
  const tries = triesOf(policy) ?? MOST_FAILURES + 1
  return rangeAfter(policy, tries - 1) ?? 'never'
}

/** After how many failures it gives up; `undefined`: it does not. */
export function triesOf(policy: Policy): number | undefined {
  for (let failures = 0; failures <= MOST_FAILURES; failures += 1)
    if (rangeAfter(policy, failures) === undefined) return failures
  return undefined
}

/** Shortest and longest of many draws, in seconds to a tenth. */
function rangeAfter(policy: Policy, failures: number): string | undefined {
  const chance = chanceFrom(1)
  let [least, most] = [Infinity, -Infinity]
  for (let count = 0; count < DRAWS; count += 1) {
    const wait = policy({ failures, downMs: 0, trait: chance(), chance })
    if (wait === undefined) return undefined
    least = Math.min(least, wait)
    most = Math.max(most, wait)
  }
  const [from, to] = [least, most].map((ms) => String(Math.round(ms / 100) / 10))
  return from === to ? `${to} s` : `${from} – ${to} s`
}
