/** A crowd of clients with one policy: when does each of them dial next? */
import { type Chance, chanceFrom } from './chance.ts'

/** Moments are milliseconds since the cut; `undefined` is a client that has given up for good. */
export interface Fleet {
  readonly name: string
  /** The connection is gone, and the client has noticed. @returns when it dials */
  lost(client: number, nowMs: number): number | undefined
  /** Nobody answered. */
  failed(client: number, nowMs: number): number | undefined
  /** The server was there, and too busy. @param turnMs - what its admission told the client to wait */
  refused(client: number, nowMs: number, turnMs: number): number | undefined
  welcomed(client: number, nowMs: number): void
}

export type FleetMaker = (clients: number, seed: number) => Fleet

/** What a published policy may go by. */
export interface Plight {
  /** Dials that failed since the loss. */
  readonly failures: number
  /** Since the loss. */
  readonly downMs: number
  /** From [0, 1), drawn once for each client. */
  readonly trait: number
  readonly chance: Chance
}

/** How long to wait, in milliseconds; `undefined`: never again. */
export type Policy = (plight: Plight) => number | undefined

/** A crowd that keeps to a published policy. None of them listens to what a busy server asks for. */
export function fleetOf(name: string, policy: Policy): FleetMaker {
  return (clients, seed) => {
    const chance = chanceFrom(seed)
    const failures = new Uint32Array(clients)
    const lostAt = new Float64Array(clients)
    const traits = Float64Array.from({ length: clients }, () => chance())
    const next = (client: number, nowMs: number): number | undefined => {
      const wait = policy({
        failures: failures[client] ?? 0,
        downMs: nowMs - (lostAt[client] ?? 0),
        trait: traits[client] ?? 0,
        chance,
      })
      return wait === undefined ? undefined : nowMs + wait
    }
    const failed = (client: number, nowMs: number): number | undefined => {
      failures[client] = (failures[client] ?? 0) + 1
      return next(client, nowMs)
    }
    return {
      name,
      lost: (client, nowMs) => {
        lostAt[client] = nowMs
        return next(client, nowMs)
      },
      failed,
      refused: failed,
      welcomed: () => {},
    }
  }
}
