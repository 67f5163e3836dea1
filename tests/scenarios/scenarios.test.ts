/** The scenarios by name, on both stages, with both stores. */
import { expect, test } from 'vitest'
import { agentState } from 'holdfast/agent'
import type { VirtualStageOptions } from 'holdfast/testing'
import { type CastOptions, PLAYBILL, withCast } from './cast.ts'
import { moduleFor } from './door.ts'
import * as backoff from './client_backoff_strategy_during_restart.ts'
import * as concurrent from './concurrent_client_reconnections_during_restart.ts'
import * as graceful from './graceful_server_shutdown_with_client_notification.ts'
import * as benchmarks from './reconnection_performance_benchmarks.ts'
import * as rolling from './rolling_deployment_reconnection.ts'
import * as state from './state_preservation_across_server_restarts.ts'
import * as crash from './unexpected_server_crash_recovery.ts'

const NOTHING: CastOptions = {}

/** Both ends fold the same state. */
async function folding(): Promise<CastOptions> {
  const server = { state: agentState() } as unknown as NonNullable<VirtualStageOptions['server']>
  return { answers: false, server, stateModule: await moduleFor('./agent-module.ts') }
}

for (const [kind, store] of PLAYBILL) {
  const where = `${kind} stage, ${store} store`

  test(`[SC-1] graceful_server_shutdown_with_client_notification: told, gone, back within 10 s (${where})`, () =>
    withCast(kind, store, NOTHING, graceful.play))

  for (const sign of ['fin', 'reset', 'silence'] as const)
    test(`[SC-2] unexpected_server_crash_recovery: back within 30 s of a crash, whatever it looks like (${sign}, ${where})`, () =>
      withCast(kind, store, NOTHING, (cast) => crash.play(cast, sign)))

  test(`[SC-3] rolling_deployment_reconnection: no disconnect and no hole (${where})`, () =>
    withCast(kind, store, NOTHING, rolling.play))

  test(`[SC-4] client_backoff_strategy_during_restart: every wait keeps to the law (${where})`, () =>
    withCast(
      kind,
      store,
      NOTHING,
      async (cast) => void (await backoff.play(cast, kind === 'virtual' ? 30_000 : 3000)),
    ))

  for (const memory of ['kept', 'lost'] as const)
    test(`[SC-5] state_preservation_across_server_restarts: the same state on both sides of the restart (memory ${memory}, ${where})`, async () =>
      withCast(kind, store, await folding(), (cast) => state.play(cast, memory, 9990)))

  test(`[SC-6] concurrent_client_reconnections_during_restart: all come back, each to its own session (${where})`, () =>
    withCast(kind, store, NOTHING, (cast) => concurrent.play(cast, 100)))

  test(`[SC-7] reconnection_performance_benchmarks: the figures are printed (${where})`, () =>
    withCast(kind, store, NOTHING, (cast) => benchmarks.play(cast, kind === 'virtual' ? 50 : 3, 500)))
}

test('[SC-4] client_backoff_strategy_during_restart: at the ceiling waits stay spread, and none stands out (10 min, 100 clients)', async () => {
  const saturated: number[] = []
  for (let seed = 1; seed <= 100; seed += 1) {
    await withCast('virtual', 'memory', { seed }, async (cast) => {
      const waits = await backoff.play(cast, 600_000, seed > 1)
      saturated.push(...waits.slice(9))
    })
  }
  const mean = saturated.reduce((sum, wait) => sum + wait, 0) / saturated.length
  const deviation = Math.sqrt(saturated.reduce((sum, wait) => sum + (wait - mean) ** 2, 0) / saturated.length)
  expect(saturated.length).toBeGreaterThan(500)
  expect(Math.max(...saturated)).toBeLessThanOrEqual(60_000)
  expect(new Set(saturated).size).toBe(saturated.length)
  // Evenly from [5.625 s, 45 s): by the law a deviation of 39.375 s / √12, a little over a quarter of the cap. A sample
  // of some hundreds is within 5 % of it; a pile at the cap, or at the lower edge, is far from it.
  expect(Math.abs(deviation / (39_375 / Math.sqrt(12)) - 1)).toBeLessThan(0.05)
})
