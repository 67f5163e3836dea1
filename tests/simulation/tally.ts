/** What many runs saw together: plain numbers, so that workers can send them to the one who prints. */
import { performance } from 'node:perf_hooks'
import { noWaits, type WaitCounts } from './network/waits.ts'
import type { Outcome } from './run.ts'

export interface Failure {
  readonly seed: number
  readonly message: string
}

export interface Tally {
  seeds: number
  clientHours: number
  messages: number
  /** Milliseconds of work, over all workers. */
  busyMs: number
  readonly faults: Record<string, number>
  readonly situations: Record<string, number>
  readonly cells: Record<string, number>
  readonly laws: Record<string, number>
  /** How long clients waited before they dialed. */
  readonly waits: WaitCounts
  readonly failures: Failure[]
}

export const emptyTally = (): Tally => ({
  seeds: 0,
  clientHours: 0,
  messages: 0,
  busyMs: 0,
  faults: {},
  situations: {},
  cells: {},
  laws: {},
  waits: noWaits(),
  failures: [],
})

/** Runs something and puts what it saw into the tally. */
export async function tallied(tally: Tally, seed: number, run: () => Promise<Outcome>): Promise<Outcome> {
  const began = performance.now()
  const outcome = await run()
  const { clientHours, messages, failure, world } = outcome
  tally.seeds += 1
  tally.clientHours += clientHours
  tally.messages += messages
  tally.busyMs += performance.now() - began
  addAll(tally.faults, world.coverage.faults)
  addAll(tally.situations, world.coverage.situations)
  addAll(tally.cells, world.coverage.cells)
  addAll(tally.laws, world.laws.counts)
  addAll(tally.waits.drawn, Object.entries(world.lines.waits.drawn))
  addAll(tally.waits.capped, Object.entries(world.lines.waits.capped))
  if (failure !== undefined) tally.failures.push({ seed, message: failure.stack ?? failure.message })
  return outcome
}

export function mergeTally(into: Tally, from: Tally): void {
  into.seeds += from.seeds
  into.clientHours += from.clientHours
  into.messages += from.messages
  into.busyMs += from.busyMs
  for (const part of ['faults', 'situations', 'cells', 'laws'] as const)
    addAll(into[part], Object.entries(from[part]))
  for (const part of ['drawn', 'capped'] as const) addAll(into.waits[part], Object.entries(from.waits[part]))
  into.failures.push(...from.failures)
}

function addAll(into: Record<string, number>, from: Iterable<readonly [string, number]>): void {
  for (const [name, count] of from) into[name] = (into[name] ?? 0) + count
}
