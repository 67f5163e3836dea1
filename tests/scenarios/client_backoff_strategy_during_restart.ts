import { comeBack, crash, downFor, script } from 'holdfast/testing'
import { expect } from 'vitest'
import { type Cast, print } from './cast.ts'

export const NAME = 'client_backoff_strategy_during_restart'

const BASE = 950
const CEILING = 45_000

/** The server stays away: every wait keeps to the law, and none is longer than a minute. @returns the waits */
export async function play(cast: Cast, outageMs: number, quiet = false): Promise<readonly number[]> {
  const { stage, client } = cast
  client.start()
  await stage.until('online', () => client.status === 'online')
  await stage.advance(cast.kind === 'virtual' ? 15_000 : 0)
  const first = client.attempts.length
  await stage.perform(script(crash(), downFor(outageMs), comeBack()), outageMs + 60_000)
  await stage.until('online again', () => client.status === 'online', 90_000)
  const attempts = client.attempts.slice(first)
  for (const { number, waitMs } of attempts) keepsTheLaw(number - 1, waitMs)
  client.send('still here')
  await cast.balance()
  const waits = attempts.map(({ waitMs }) => waitMs)
  const longest = Math.max(...waits)
  if (!quiet)
    print(
      NAME,
      cast,
      `${outageMs / 1000} s away: ${waits.length} attempts, longest wait ${Math.round(longest)} ms (target <= 60 s)`,
    )
  return waits
}

/** First somewhere in the server's range, then in the upper part of a bound that doubles up to the ceiling. */
function keepsTheLaw(failures: number, waitMs: number): void {
  const bound = failures === 0 ? 250 : Math.min(BASE * 2 ** (failures - 1), CEILING)
  expect(waitMs).toBeGreaterThanOrEqual(failures === 0 ? 0 : Math.min(bound * 0.4, CEILING / 8))
  expect(waitMs).toBeLessThan(bound)
}
