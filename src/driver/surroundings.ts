/**
 * What a driver is given: the world around it, what it is to do there, and who listens.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { Config } from '../core/config.ts'
import type { News } from '../core/effect.ts'
import type { Numbered } from '../core/parts/outbox.ts'
import type { State } from '../core/state.ts'
import type { Clock } from '../ports/clock.ts'
import type { Lifecycle } from '../ports/lifecycle.ts'
import type { Random } from '../ports/random.ts'
import type { SessionStore } from '../ports/session-store.ts'
import type { Transport } from '../ports/transport.ts'
import type { Target, TargetRequest } from './connections.ts'
import type { Consumer } from './deliverer.ts'
import type { Fold } from './image.ts'

export interface Surroundings {
  readonly clock: Clock
  readonly random: Random
  readonly lifecycle: Lifecycle
  readonly transport: () => Transport
  readonly store: () => SessionStore | Promise<SessionStore>
  /** Told of every input, and of the phase that it meets. */
  readonly observe?: ((phase: string, input: string) => void) | undefined
}

export interface DriverOptions {
  readonly name: string
  readonly config: Config
  readonly fold: Fold | undefined
  readonly provide: (request: TargetRequest) => Promise<Target>
}

/** What the face above hears. Nothing of it may throw. */
export interface DriverListener extends Consumer {
  /** The core's state is another one: derive, compare, tell. */
  changed(state: State): void
  announce(news: News): void
  failed(messages: readonly Numbered[], code: HoldfastError['code'], message: string): void
  folded(): void
  trouble(error: HoldfastError): void
  /** The store has been read. */
  restored(): void
  /** Everything is let go. */
  finished(): void
}
