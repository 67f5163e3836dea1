/**
 * Everybody loses the server at once; after a while it is back, and lets in so many a second.
 *
 * Who comes is decided by the real admission of our server, whatever the clients are, and is told at once. Each
 * way over the network takes its own time, so that those who dial in step arrive a little out of it.
 */
import { Admissions } from '../../src/server/admissions.ts'
import type { FleetMaker } from './fleet.ts'
import { largest, Network, SetClock, SLOT_MS } from './network.ts'
import { Timeline } from './timeline.ts'

export interface Storm {
  readonly clients: number
  readonly downMs: number
  /** What the server lets in; absent: everybody, for each is alone. */
  readonly perSecond?: number
  readonly seed: number
  /** When the simulation stops looking. @defaultValue 15 minutes */
  readonly endMs?: number
}

export interface Outcome {
  readonly name: string
  readonly clients: number
  readonly dials: { readonly mean: number; readonly most: number; readonly wasted: number }
  /** Most arrivals in any 100 ms: at all, and since the server is back. */
  readonly peak: { readonly ever: number; readonly back: number }
  /** When so many were connected, in milliseconds since the cut; `undefined`: not before the end. */
  readonly reached: (share: number) => number | undefined
  readonly gaveUp: number
  /** How many were connected at the end of each half second. */
  readonly connected: readonly number[]
  /** From the server's return to each admission, in order. */
  readonly waits: Float64Array
}

/** The curve's grain. */
export const CURVE_MS = 500
const END_MS = 900_000

export function storm(make: FleetMaker, options: Storm): Outcome {
  const { clients, downMs, perSecond, seed, endMs = END_MS } = options
  const fleet = make(clients, seed)
  const network = new Network(seed)
  const timeline = new Timeline(clients, endMs)
  const clock = new SetClock()
  clock.nowMs = downMs
  const admissions = perSecond === undefined ? undefined : new Admissions(clock, perSecond)

  const dials = new Uint32Array(clients)
  const arrivals = new Uint32Array(Math.ceil(endMs / SLOT_MS))
  const admittedAt: number[] = []
  let gaveUp = 0

  const dialAt = (client: number, when: number | undefined): void => {
    if (when === undefined) gaveUp += 1
    else timeline.add(client, when + network.oneWay())
  }
  for (let client = 0; client < clients; client += 1) dialAt(client, fleet.lost(client, network.noticed()))

  timeline.run((client, nowMs) => {
    dials[client] = (dials[client] ?? 0) + 1
    const slot = Math.floor(nowMs / SLOT_MS)
    arrivals[slot] = (arrivals[slot] ?? 0) + 1
    const heardAt = nowMs + network.oneWay()
    if (nowMs < downMs) return dialAt(client, fleet.failed(client, heardAt))
    clock.nowMs = nowMs
    const turnMs = admissions?.admit()
    if (turnMs !== undefined) return dialAt(client, fleet.refused(client, heardAt, turnMs))
    fleet.welcomed(client, heardAt)
    admittedAt.push(nowMs)
  })

  const total = dials.reduce((sum, count) => sum + count, 0)
  const sinceBack = arrivals.subarray(Math.floor(downMs / SLOT_MS))
  return {
    name: fleet.name,
    clients,
    dials: { mean: total / clients, most: largest(dials), wasted: total - admittedAt.length },
    peak: { ever: largest(arrivals), back: largest(sinceBack) },
    reached: (share) => admittedAt[Math.ceil(clients * share) - 1],
    gaveUp,
    connected: curve(admittedAt, endMs),
    waits: Float64Array.from(admittedAt, (when) => when - downMs),
  }
}

function curve(admittedAt: readonly number[], endMs: number): number[] {
  const connected: number[] = []
  let count = 0
  for (let until = CURVE_MS; until <= endMs; until += CURVE_MS) {
    while (count < admittedAt.length && (admittedAt[count] ?? until) < until) count += 1
    connected.push(count)
  }
  return connected
}
