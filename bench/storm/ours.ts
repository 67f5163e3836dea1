/**
 * Our own clients: the real core, fed by hand.
 *
 * Of the driver only what a storm needs is played here: what is to be stored is stored at once, a dial is
 * told to whoever simulates the network, and alarms ring on time.
 */
import { after, at, type Instant, milliseconds } from '../../src/base/time.ts'
import { configFrom, DEFAULTS } from '../../src/client/settings.ts'
import type { Input } from '../../src/core/input.ts'
import { initialState, type State } from '../../src/core/state.ts'
import { transition } from '../../src/core/transition.ts'
import type { ServerFrame, Welcome } from '../../src/protocol/frames.ts'
import { seedFor } from './chance.ts'
import type { Fleet, FleetMaker } from './fleet.ts'

const CONFIG = configFrom({}, 'storm', () => undefined)

/** The clock of a core shows this at the cut: it had a life before. */
const CUT_AT = at(1_000_000)
export const moment = (nowMs: number): Instant => after(CUT_AT, milliseconds(nowMs))
export const msOf = (instant: Instant): number => instant - CUT_AT

/** Feeds one input, and stores at once whatever is to be stored. */
export function tell(state: State, input: Input): State {
  let { state: next, effects } = transition(state, input, CONFIG)
  for (let i = 0; i < effects.length; i += 1) {
    const effect = effects[i]
    if (effect?.type !== 'persist') continue
    const { revision } = effect
    const cursor = next.inbox.committed
    const stored = transition(
      next,
      { type: 'persisted', now: input.now, revision, cursor, last: next.outbox.last },
      CONFIG,
    )
    next = stored.state
    effects = [...effects, ...stored.effects]
  }
  return next
}

/** @param withinMs - what it says of coming back after a crash; absent: nothing */
export function welcomeOf(outcome: 'created' | 'resumed', withinMs: number | undefined): Welcome {
  return {
    type: 'welcome',
    epoch: 'storm',
    outcome,
    received: 0,
    from: 1,
    to: 0,
    pending: 0,
    restore: false,
    heartbeat: { intervalMs: 10_000, timeoutMs: 2_000 },
    ...(withinMs !== undefined && { reconnectWithinMs: withinMs }),
    limits: { messageBytes: DEFAULTS.messageBytes, window: 1024, retainMs: 300_000 },
    durability: 'disk',
    server: 'storm',
  }
}

/** A client that has been on the line for long enough to have forgotten every failure, at the cut. */
function settledFor(withinMs: number | undefined): State {
  const before = moment(0 - DEFAULTS.stableAfter)
  const identity = { session: '0'.repeat(32), secret: '0'.repeat(64) }
  const outbox = { acked: 0, wired: 0, texts: [] }
  const kept = { identity, generation: 0, epoch: undefined, outbox, cursor: 0, failures: 0, isNew: true }
  let state = tell(initialState(1, before), { type: 'restored', now: before, kept })
  state = hear(greeted(state, before), welcomeOf('created', withinMs), before)
  return tell(state, { type: 'tick', now: moment(0) })
}

/** Many of them: alike but for their chance and for what they were told. */
export function settled(
  clients: number,
  seed: number,
  withinMs: (client: number) => number | undefined,
): State[] {
  const known = new Map<number | undefined, State>()
  return Array.from({ length: clients }, (_, client) => {
    const told = withinMs(client)
    const state = known.get(told) ?? settledFor(told)
    known.set(told, state)
    return { ...state, rng: seedFor(seed, client) }
  })
}

export function hear(state: State, frame: ServerFrame, now: Instant): State {
  return tell(state, { type: 'received', now, connection: state.connections, frame })
}

/** Lets the alarm ring that the client waits for: it dials. */
export function dialed(state: State): State {
  if (state.phase.kind !== 'waiting') throw new Error(`a client that is ${state.phase.kind} dialed`)
  return tell(state, { type: 'tick', now: state.phase.dialAt })
}

export const cut = (state: State, now: Instant): State =>
  tell(state, { type: 'dropped', now, connection: state.connections, code: 1006, reason: '' })

/** The server's hints: what its welcome said to each client, and whether who is sent away is given a turn. */
export interface Hints {
  readonly withinMs: (client: number) => number | undefined
  readonly turns: boolean
}

export function ours(name: string, hints: Hints): FleetMaker {
  return (clients, seed): Fleet => {
    const states = settled(clients, seed, hints.withinMs)
    const stateOf = (client: number): State => {
      const state = states[client]
      if (state === undefined) throw new Error(`there is no client ${client}`)
      return state
    }
    const goOn = (client: number, state: State): number => {
      states[client] = state
      if (state.phase.kind !== 'waiting')
        throw new Error(`a client is ${state.phase.kind} instead of waiting`)
      return msOf(state.phase.dialAt)
    }
    return {
      name,
      lost: (client, nowMs) => goOn(client, cut(stateOf(client), moment(nowMs))),
      failed: (client, nowMs) => goOn(client, cut(dialed(stateOf(client)), moment(nowMs))),
      refused: (client, nowMs, turnMs) => {
        const now = moment(nowMs)
        const opened = greeted(dialed(stateOf(client)), now)
        const error = { type: 'error', code: 'overloaded', message: 'not now' } as const
        return goOn(client, hear(opened, hints.turns ? { ...error, retryAfterMs: turnMs } : error, now))
      },
      welcomed: (client, nowMs) => {
        const now = moment(nowMs)
        const state = hear(greeted(dialed(stateOf(client)), now), welcomeOf('resumed', undefined), now)
        if (state.phase.kind !== 'online') throw new Error(`a welcome made a client ${state.phase.kind}`)
        states[client] = state
      },
    }
  }
}

export const greeted = (state: State, now: Instant): State =>
  tell(state, { type: 'opened', now, connection: state.connections })
