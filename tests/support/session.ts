/** A session in a world that the test holds in its hands. */
import { connect, memoryStore } from 'holdfast'
import type { Hint, Options, Provided, Session } from 'holdfast'
import type { Welcome } from '../../src/protocol/frames.ts'
import { settled, VirtualClock } from './clock.ts'
import { type Socket, Wire } from './wire.ts'

export interface World<Up, Down, State> {
  readonly session: Session<Up, Down, State>
  readonly clock: VirtualClock
  readonly wire: Wire
  /** What the surroundings say. */
  hint(hint: Hint): void
  /** The store has been read, the socket is open, and the server has welcomed. */
  online(change?: Partial<Welcome>): Promise<Socket>
  /** Whether anybody still listens to the surroundings. */
  isWatched(): boolean
}

let secrets = 0

export function begin<Up = unknown, Down = unknown, State = undefined>(
  options: Options<Up, Down, State> = {},
  url: Provided<string | URL> = 'wss://here.example/chat',
  hints: readonly Hint[] = [],
): World<Up, Down, State> {
  const clock = new VirtualClock()
  const wire = new Wire()
  const listeners = new Set<(hint: Hint) => void>()
  const session = connect<Up, Down, State>(url, {
    store: memoryStore(),
    ...options,
    world: {
      clock,
      transport: wire,
      random: {
        seed: () => 1,
        secret: (bytes) => {
          secrets += 1
          return secrets.toString(16).padStart(bytes * 2, '0')
        },
      },
      lifecycle: {
        subscribe(listener) {
          listeners.add(listener)
          for (const hint of hints) listener(hint)
          return () => void listeners.delete(listener)
        },
      },
      ...options.world,
    },
  })
  return {
    session,
    clock,
    wire,
    hint: (hint) => {
      for (const listener of listeners) listener(hint)
    },
    async online(change) {
      await settled()
      return wire.welcome(change)
    },
    isWatched: () => listeners.size > 0,
  }
}
