/**
 * A client's machine in virtual time: what `connect` is given as its world, and what can happen to it.
 */
import type { Hint } from '../../ports/lifecycle.ts'
import type { StageWorld } from '../stage.ts'
import type { CrashSign } from '../script/cues.ts'
import type { Chance } from './chance.ts'
import { Host } from './host.ts'
import type { Network } from './network.ts'
import type { Timeline } from './timeline.ts'

export interface StageMachine {
  /** Give it to `connect` as the option `world`. */
  readonly world: StageWorld
  readonly isDead: boolean
  /** Tells the client a hint, as a page or a process would. */
  hint(hint: Hint): void
  /** The process stands still so long: no timers, no frames; what came meanwhile comes after. */
  freeze(ms: number): void
  /**
   * The process dies at once. Its store must be told too, if it is to forget what it had not synced: see
   * `faultyStore`. Start the next process with a machine of its own.
   *
   * @param sign - what the server sees. @defaultValue `'fin'`
   */
  kill(sign?: CrashSign): void
  /** Nothing gets through in these directions for so long; then what was sent arrives. */
  mute(ms: number, way?: 'up' | 'down' | 'both'): void
  /** Resets its connections. */
  reset(): void
}

export class Machine implements StageMachine {
  readonly world: StageWorld
  readonly host: Host
  private readonly network: Network
  private readonly listeners = new Set<(hint: Hint) => void>()

  constructor(timeline: Timeline, network: Network, chance: Chance) {
    this.host = new Host(timeline)
    this.network = network
    this.world = {
      clock: this.host.clock,
      random: chance.random,
      lifecycle: {
        subscribe: (listener) => {
          this.listeners.add(listener)
          return () => void this.listeners.delete(listener)
        },
      },
      transport: { open: (request, listener) => network.dial(this.host, request, listener) },
    }
  }

  get isDead(): boolean {
    return this.host.isDead
  }

  hint(hint: Hint): void {
    this.host.run(() => {
      for (const listener of [...this.listeners]) listener(hint)
    })
  }

  freeze(ms: number): void {
    this.host.freeze(ms)
  }

  kill(sign: CrashSign = 'fin'): void {
    if (this.isDead) return
    const wires = this.network.of(this.host)
    this.host.die()
    this.listeners.clear()
    for (const wire of wires) {
      if (sign === 'fin') wire.endByClient()
      else if (sign === 'reset') wire.reset('client')
    }
  }

  mute(ms: number, way: 'up' | 'down' | 'both' = 'both'): void {
    for (const wire of this.network.of(this.host)) {
      if (way !== 'down') wire.up.stall(ms)
      if (way !== 'up') wire.down.stall(ms)
    }
  }

  reset(): void {
    for (const wire of this.network.of(this.host)) wire.reset()
  }
}
