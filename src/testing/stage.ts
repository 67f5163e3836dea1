/**
 * A stage: a server that lives and dies by a script, and the way to it for a client under test.
 *
 * There are two. `virtualStage` has a clock and a network of its own, so that an hour of outages takes
 * milliseconds and plays the same each time; `socketStage` has a real server in a real process behind a real
 * proxy. What they share stands here, so that one scenario plays on both.
 */
import type { Clock } from '../ports/clock.ts'
import type { Lifecycle } from '../ports/lifecycle.ts'
import type { Random } from '../ports/random.ts'
import type { Transport } from '../ports/transport.ts'
import type { Script } from './script/cues.ts'

/** The outside world as a client's option `world` wants it. */
export interface StageWorld {
  readonly clock: Clock
  readonly random: Random
  readonly lifecycle: Lifecycle
  readonly transport: Transport
}

export interface Stage {
  readonly kind: 'virtual' | 'socket'
  /** Where the client is to connect. */
  readonly url: string
  /** What the client is to be given as `world`; empty on sockets, where the world is the real one. */
  readonly world: Partial<StageWorld>
  /** Milliseconds on the stage's clock. */
  readonly now: number
  /** Every session that the server's application knows or knew, in the order of their first coming. */
  readonly sessions: readonly StageSession[]
  /** What the server's application was given, in order, over all processes. A repetition is marked. */
  readonly received: readonly ReceivedMessage[]
  /** How many frames of a type came from clients, heartbeats included; all of them without a type. */
  heard(type?: string): number
  /** How many dials came to the door, refused ones and those of a dead server included. */
  readonly dials: readonly { readonly at: number }[]
  /** The state that the server folded of a session, if it folds one and a process has the session now. */
  stateOf(session: string): Promise<unknown>
  /**
   * Plays a script; the promise resolves when the last cue is done. On the virtual stage time has to be
   * advanced meanwhile; `perform` does both.
   */
  play(script: Script): Promise<void>
  /** Plays a script and lets time pass until it is done. @throws {@link HoldfastError} `stage-failed` - not done in time */
  perform(script: Script, withinMs?: number): Promise<void>
  /** Lets time pass: in virtual time at once, on sockets by waiting. */
  advance(ms: number): Promise<void>
  /**
   * Lets time pass until something holds.
   *
   * @param withinMs - at most so long. @defaultValue 30 000 ms
   * @throws {@link HoldfastError} `stage-failed` - it did not hold in time; `what` stands in the message
   */
  until(what: string, holds: () => boolean, withinMs?: number): Promise<void>
  /** Ends everything that the stage started. */
  close(): Promise<void>
}

/** A session as the stage's server has it, whichever of its processes that is at the moment. */
export interface StageSession {
  readonly id: string
  readonly connected: boolean
  /** Sends to the client. @returns the message's number, when it is in the log; rejects while no process has the session. */
  send(data: unknown): Promise<number>
}

export interface ReceivedMessage {
  readonly session: string
  readonly seq: number
  readonly data: unknown
  /** Whether it had been offered before, and its handler did not finish. */
  readonly redelivered: boolean
}

/** What the server does with what it is told: a few lines of your back end. */
export interface StageApp {
  /** A session came to a server's process: for the first time, or again after a restart. */
  readonly session?: (session: StageSession) => void
  /** A message from a client. It counts as processed when the promise, if there is one, has settled. */
  readonly message?: (session: StageSession, message: ReceivedMessage) => unknown
}
