/**
 * What the network is like at the moment, for every line and each direction for itself.
 */
import type { LaneRule } from '../../../src/testing/virtual/lane.ts'
import type { Way } from '../../../src/testing/virtual/wire.ts'
import type { Chance } from '../../../src/testing/virtual/chance.ts'

/** One way through the air, in milliseconds and characters a second. */
export interface Air {
  least: number
  most: number
  /** One thing in so many takes the long way, that takes so long. */
  tail: { readonly often: number; readonly ms: number } | undefined
  rate: number | undefined
}

const FAIR: Air = { least: 1, most: 30, tail: undefined, rate: undefined }

export class Weather {
  readonly up: Air = { ...FAIR }
  readonly down: Air = { ...FAIR }
  private readonly luck: Chance

  constructor(luck: Chance) {
    this.luck = luck
  }

  rule(way: Way): LaneRule {
    const { luck } = this
    const air = this[way]
    return {
      latency: () => {
        const usual = luck.between(air.least, air.most)
        return air.tail !== undefined && luck.happens(air.tail.often) ? usual + air.tail.ms : usual
      },
      get rate() {
        return air.rate
      },
    }
  }

  clear(ways: readonly Way[] = ['up', 'down']): void {
    for (const way of ways) Object.assign(this[way], FAIR)
  }
}
