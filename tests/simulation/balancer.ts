/**
 * What stands before the servers and gives each dial to one of them, by one of the usual rules.
 *
 * It can be behind the times for a while: then it also picks servers that are being drained, or are dead.
 */
import type { Instance } from '../../src/testing/virtual/instance.ts'
import type { Wire } from '../../src/testing/virtual/wire.ts'
import type { Chance } from '../../src/testing/virtual/chance.ts'

export type Balance = 'newest' | 'round-robin' | 'least' | 'sticky' | 'random'

export const BALANCES = ['newest', 'round-robin', 'least', 'sticky', 'random'] as const

export class Balancer {
  isBehind = false
  private readonly rule: Balance
  private readonly instances: readonly Instance[]
  private readonly luck: Chance
  private readonly ownerOf: (wire: Wire) => string
  private readonly stuck = new Map<string, Instance>()
  private turns = 0

  constructor(rule: Balance, instances: readonly Instance[], luck: Chance, ownerOf: (wire: Wire) => string) {
    this.rule = rule
    this.instances = instances
    this.luck = luck
    this.ownerOf = ownerOf
  }

  pick(wire: Wire): Instance | undefined {
    const takers = this.isBehind
      ? this.instances
      : this.instances.filter((one) => one.isListening && !one.isDead)
    if (takers.length === 0) return undefined
    switch (this.rule) {
      case 'newest':
        return takers.at(-1)
      case 'round-robin':
        return takers[(this.turns += 1) % takers.length]
      case 'least':
        return takers.reduce((best, one) => (one.core.connections < best.core.connections ? one : best))
      case 'sticky': {
        const owner = this.ownerOf(wire)
        const last = this.stuck.get(owner)
        const picked = last !== undefined && takers.includes(last) ? last : this.luck.pick(takers)
        this.stuck.set(owner, picked)
        return picked
      }
      case 'random':
        return this.luck.pick(takers)
    }
  }
}
