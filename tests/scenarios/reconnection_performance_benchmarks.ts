import { comeBack, crash, downFor, script } from 'holdfast/testing'
import { expect } from 'vitest'
import { type Cast, print } from './cast.ts'

export const NAME = 'reconnection_performance_benchmarks'

/** How long after the server listens again the client is online, restart after restart. */
export async function play(cast: Cast, restarts: number, downMs: number): Promise<void> {
  const { stage, client } = cast
  client.start()
  const times: number[] = []
  for (let round = 0; round < restarts; round += 1) {
    await stage.until('online', () => client.status === 'online')
    client.send(`round ${round}`)
    // A line that has lasted is what an ordinary restart meets.
    await stage.advance(cast.kind === 'virtual' ? 20_000 : 0)
    await stage.perform(script(crash()))
    await stage.until('a lost line', () => client.status !== 'online')
    await stage.perform(script(downFor(downMs), comeBack()))
    const from = stage.now
    await stage.until('online again', () => client.status === 'online', 60_000)
    times.push(stage.now - from)
  }
  await cast.balance()
  times.sort((one, other) => one - other)
  const at = (share: number): string => `${Math.round(times[Math.floor(share * (times.length - 1))] ?? 0)} ms`
  expect(times.at(-1)).toBeLessThan(30_000)
  print(
    NAME,
    cast,
    `${restarts} restarts, ${downMs} ms away each: online ${at(0.5)} (median), ${at(0.95)} (p95), ${at(1)} (worst) after the server (target < 30 s)`,
  )
}
