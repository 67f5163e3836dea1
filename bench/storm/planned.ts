/**
 * A server that says beforehand that it will stop: its clients go over to others, each at its own moment.
 *
 * The notice is what the real drain would say to so many; the clients are real cores, which dial the new server
 * while the old line still lives. A balancer sends nobody to a server that is leaving.
 */
import { Admissions, spreadMs } from '../../src/server/admissions.ts'
import { planOf } from '../../src/server/drain.ts'
import type { Shutdown } from '../../src/protocol/frames.ts'
import type { State } from '../../src/core/state.ts'
import { largest, Network, SetClock, SLOT_MS } from './network.ts'
import { greeted, hear, moment, msOf, settled, tell, welcomeOf } from './ours.ts'
import { Timeline } from './timeline.ts'

export interface Rollout {
  readonly clients: number
  readonly servers: number
  /** How many of them restart, one after the other; the rest begins empty. */
  readonly restarts: number
  /** What each server lets in. */
  readonly perSecond: number
  readonly seed: number
  /** What a drain is asked for; absent: nothing, and it plans by itself. */
  readonly asked?: Parameters<typeof planOf>[0]
}

export interface RolloutOutcome {
  readonly dials: number
  readonly moves: number
  readonly turnedAway: number
  /** Most arrivals in any 100 ms, at all servers together. */
  readonly peak: number
  /** Clients that saw anything but `online` and `draining`. */
  readonly lost: number
  readonly longestMs: number
}

/** Between the end of one drain and the notice of the next. */
const PAUSE_MS = 5_000
const END_MS = 1_800_000

export function planned({
  clients,
  servers,
  restarts,
  perSecond,
  seed,
  asked = {},
}: Rollout): RolloutOutcome {
  const network = new Network(seed)
  const timeline = new Timeline(clients, END_MS)
  const clock = new SetClock()
  const arrivals = new Uint32Array(END_MS / SLOT_MS)
  const admissions = Array.from({ length: servers }, () => new Admissions(clock, perSecond))
  const place = Uint16Array.from({ length: clients }, (_, client) => client % restarts)
  const states = settled(clients, seed, () => undefined)
  const lost = new Set<number>()
  let [dials, moves, turnedAway, longestMs, nowMs] = [0, 0, 0, 0, 0]

  /** When it leaves, if it is on its way. */
  const leaveAt = (client: number, state: State): void => {
    states[client] = state
    const { phase } = state
    if (phase.kind === 'draining') return timeline.add(client, msOf(phase.leaveAt) + network.oneWay())
    lost.add(client)
    if (phase.kind === 'waiting') timeline.add(client, msOf(phase.dialAt) + network.oneWay())
  }

  for (let leaving = 0; leaving < restarts; leaving += 1) {
    const count = place.reduce((sum, server) => sum + (server === leaving ? 1 : 0), 0)
    const { closesInMs, afterMs, withinMs } = planOf(asked, count, perSecond)
    const reconnect = { afterMs, withinMs }
    const notice: Shutdown = { type: 'shutdown', reason: 'restarting', closesInMs, reconnect, handoff: true }
    const began = nowMs
    for (const [client, state] of states.entries())
      if (place[client] === leaving) leaveAt(client, hear(state, notice, moment(nowMs + network.oneWay())))

    const ended = timeline.run((client, arrivedMs) => {
      const state = states[client]
      if (state === undefined) return
      dials += 1
      const slot = Math.floor(arrivedMs / SLOT_MS)
      arrivals[slot] = (arrivals[slot] ?? 0) + 1
      clock.nowMs = arrivedMs
      const other = network.pick(servers - 1)
      const server = other < leaving ? other : other + 1
      const turnMs = admissions[server]?.admit()
      const now = moment(arrivedMs + network.oneWay())
      const here = greeted(dialing(state), now)
      if (turnMs === undefined) {
        moves += 1
        place[client] = server
        const withinMs = spreadMs(clients / (servers - 1), perSecond)
        states[client] = online(hear(here, welcomeOf('resumed', withinMs), now))
        return
      }
      turnedAway += 1
      const error = { type: 'error', code: 'overloaded', message: 'not now', retryAfterMs: turnMs } as const
      leaveAt(client, hear(here, error, now))
    })
    longestMs = Math.max(longestMs, ended - began)
    nowMs = ended + PAUSE_MS
    clock.nowMs = nowMs
    admissions[leaving] = new Admissions(clock, perSecond)
  }
  return { dials, moves, turnedAway, peak: largest(arrivals), lost: lost.size, longestMs }
}

/** The moment has come: the server has pinged as it does, and the alarm rings. */
function dialing(state: State): State {
  const { phase } = state
  if (phase.kind === 'waiting') return tell(state, { type: 'tick', now: phase.dialAt })
  if (phase.kind !== 'draining' || phase.line === undefined)
    throw new Error(`a client that is ${phase.kind} leaves its server`)
  const { connection } = phase.line
  const ping = { type: 'ping', id: 1, received: 0 } as const
  const heard = tell(state, { type: 'received', now: phase.leaveAt, connection, frame: ping })
  return tell(heard, { type: 'tick', now: phase.leaveAt })
}

function online(state: State): State {
  if (state.phase.kind !== 'online') throw new Error(`a welcome made a client ${state.phase.kind}`)
  return state
}
