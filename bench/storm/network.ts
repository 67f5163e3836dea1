/** What lies between: how long a way takes, and the clock of the server at its end. */
import { at } from '../../src/base/time.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { chanceFrom } from './chance.ts'

/** One way over the network. */
const NEAREST = 5
const FARTHEST = 50
/** A loss is noticed by a FIN or a reset, which take their time. */
const NOTICED_WITHIN = 200

/** The length of an arrivals' slot: the finest grain that a server's accept queue would notice. */
export const SLOT_MS = 100

export class Network {
  private readonly chance: () => number

  constructor(seed: number) {
    this.chance = chanceFrom(~seed)
  }

  oneWay(): number {
    return NEAREST + this.chance() * (FARTHEST - NEAREST)
  }

  noticed(): number {
    return this.chance() * NOTICED_WITHIN
  }

  /** One of so many. */
  pick(count: number): number {
    return Math.floor(this.chance() * count)
  }
}

/** It stands where the simulation puts it, and rings for nobody. */
export class SetClock implements Clock {
  nowMs = 0
  readonly now = () => at(this.nowMs)
  readonly wallTime = () => this.nowMs
  readonly alarm = () => () => {}
}

export const largest = (counts: Uint32Array): number => counts.reduce((one, other) => Math.max(one, other), 0)
