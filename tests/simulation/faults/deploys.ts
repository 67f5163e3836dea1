/** F37 to F41 and F49: servers that go in order, or nearly, and those that follow them. */
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { Instance } from '../../../src/testing/virtual/instance.ts'
import type { World } from '../world.ts'
import { claim } from './claim.ts'
import { type Family, lasts, later, SIGNS } from './fault.ts'

export const DEPLOY_FAULTS: Family = {
  'F37 drain': (world, luck) => {
    const one = oldest(world)
    if (one !== undefined) drain(world, one, luck, { handoff: false })
  },
  'F38 drain notice lost': (world, luck) => {
    const end = claim(world.fleet, 'losesNotices', true)
    deploy(world, luck, {})
    lasts(world, luck.between(1, 2000), end)
  },
  'F39 drain with no time for a hand-off': (world, luck) => {
    deploy(world, luck, { closesInMs: luck.whole(0, 50) })
  },
  'F40 deployments one upon the other': (world, luck) => {
    deploy(world, luck, {})
    const more = luck.pick([0, 0, 1, 1, 2])
    for (let count = 1; count <= more; count += 1)
      later(world, luck.between(0, 3000) * count, () => void deploy(world, luck, {}))
  },
  'F41 successor dies': (world, luck) => {
    const fresh = deploy(world, luck, {})
    later(world, luck.between(0, luck.pick([100, 2000])), () => {
      fresh?.crash(luck.pick(SIGNS))
      lasts(world, luck.between(0, 3000), () => world.revive())
    })
  },
  'F49 deployment of another version': (world, luck) => {
    const { fleet } = world
    fleet.isLater = !fleet.isLater
    if (luck.happens(0.3)) {
      const client = luck.pick(world.clients)
      const { session } = client.ledger
      // Whichever of its processes and copies comes next is refused.
      const holders = client.tabs.filter((tab) => tab.session.id === session)
      const isUnderstood =
        holders.length > 0 &&
        holders.every((tab) => tab.wires().some((wire) => world.lines.mayBeMisunderstood(wire)))
      // Once in a life: a second one in a row, of whatever kind, would end the session, as it should.
      if (session !== undefined && isUnderstood && !fleet.refusedOnce.has(session)) {
        fleet.refuseOnce(session)
        world.lines.accuse(client.name)
      }
    }
    deploy(world, luck, {})
  },
}

interface Wishes {
  readonly handoff?: boolean
  readonly closesInMs?: number
}

const oldest = ({ fleet }: World): Instance | undefined => fleet.listening[0]

/** Starts a server, takes the oldest out of the balancer, and drains it. @returns the new one */
export function deploy(world: World, luck: Chance, wishes: Wishes): Instance | undefined {
  const old = oldest(world)
  if (old === undefined) return undefined
  const fresh = world.startServer()
  old.isListening = false
  drain(world, old, luck, { handoff: true, ...wishes })
  return fresh
}

function drain(world: World, instance: Instance, luck: Chance, wishes: Wishes): void {
  const closesInMs = wishes.closesInMs ?? luck.pick([100, 3000, 15_000])
  const withinMs = luck.between(0, closesInMs)
  const reconnect = { afterMs: luck.pick([0, 0, 2000]), withinMs }
  const gone = luck.between(0, luck.pick([100, 5000]))
  world.fleet.draining.add(instance)
  void instance
    .drain({ closesInMs, reconnect, handoff: wishes.handoff ?? false })
    .then(() => later(world, gone, () => world.revive()))
}
