/** What a run of many seeds says of itself. */
import { FAULTS } from './faults/menu.ts'
import { LAWS, LOOKED_AT_ELSEWHERE } from './laws.ts'
import { describeWaits } from './network/waits.ts'
import { SITUATIONS } from './situations.ts'
import type { Tally } from './tally.ts'
import { CELLS } from './cells.ts'

export function progress(tally: Tally, seconds: number): string {
  const { seeds, clientHours, messages, failures, busyMs } = tally
  const times = Math.round((clientHours * 3_600_000) / Math.max(1, busyMs))
  return [
    `${seeds} seeds in ${seconds.toFixed(0)} s (${(seeds / seconds).toFixed(1)}/s)`,
    `${clientHours.toFixed(1)} client-hours (${(clientHours / seconds).toFixed(2)}/s, ${times} times real time for each client and its server)`,
    `${messages} messages`,
    `${failures.length} failures`,
  ].join(', ')
}

/** Counts of everything that is on a list, and what of it never came. */
export function summary(tally: Tally): { readonly text: string; readonly missing: readonly string[] } {
  const parts = [
    part(
      'faults',
      [...FAULTS.values()].map(({ number, about }) => [number, `${number} ${about}`]),
      tally.faults,
    ),
    part(
      'laws',
      Object.keys(LAWS)
        .filter((law) => !(law in LOOKED_AT_ELSEWHERE))
        .map((law) => [law, law]),
      tally.laws,
    ),
    part(
      'sometimes',
      SITUATIONS.map((name) => [name, name]),
      tally.situations,
    ),
    part(
      'phase and input',
      CELLS.map((name) => [name, name]),
      tally.cells,
    ),
  ]
  const text = [...parts.map((one) => one.text), describeWaits(tally.waits)].join('\n')
  return { text, missing: parts.flatMap(({ missing }) => missing) }
}

function part(
  title: string,
  list: readonly (readonly [string, string])[],
  counts: Readonly<Record<string, number>>,
): { readonly text: string; readonly missing: readonly string[] } {
  const missing = list.filter(([key]) => counts[key] === undefined).map(([, name]) => `${title}: ${name}`)
  const lines = list.map(([key, name]) => `${name}: ${counts[key] ?? 0}`)
  return {
    text: `${title} (${list.length - missing.length} of ${list.length}):\n  ${lines.join(' · ')}`,
    missing,
  }
}
