/** F53 to F60: what a session log does. */
import type { LogFault } from '../../../src/testing/faulty-log.ts'
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { Wire } from '../../../src/testing/virtual/wire.ts'
import type { Client } from '../client.ts'
import { numberIn } from '../sights.ts'
import type { World } from '../world.ts'
import { claim } from './claim.ts'
import { type Family, type Inject, lasts, later, onClient } from './fault.ts'

/** What a Redis in trouble says, as a client of it throws it. */
const ERRORS = [
  'MOVED 3999 127.0.0.1:6381',
  "READONLY You can't write against a read only replica.",
  'LOADING Redis is loading the dataset in memory',
  "OOM command not allowed when used memory > 'maxmemory'.",
  'NOSCRIPT No matching script. Please use EVAL.',
]

export const LOG_FAULTS: Family = {
  'F53 log answers lost': (world, luck) => {
    if (luck.happens(0.7)) return lost(world, luck)
    // Some clients of a log say again by themselves what was not answered.
    const often = luck.pick([0.1, 0.5, 1])
    const end = claim(world, 'repeatsAppends', () => luck.happens(often))
    lasts(world, luck.between(500, 10_000), end)
  },
  'F54 log refuses, or does it late': troubled((world, luck) => {
    if (luck.happens(0.5)) return { kind: 'refused' }
    const until = world.timeline.pause(luck.between(1, luck.pick([50, 5000])))
    void until.then(() => world.coverage.sometimes('a log call landed after it had failed'))
    return { kind: 'late', until }
  }),
  'F55 log loses its last entries': (world, luck) => {
    const stepBack = world.past.keep()
    later(world, luck.between(1, luck.pick([30, 300, 5000])), () => {
      world.note('the log steps back')
      if (world.backend.sessions.size > 0) world.coverage.sometimes('the log stepped back under a server')
      stepBack()
    })
  },
  'F56 log fails in many words': troubled((_world, luck) => ({
    kind: luck.pick(['refused', 'answer-lost']),
    error: new Error(luck.pick(ERRORS)),
  })),
  'F57 log is cut off between two calls': (world, luck) => {
    let left = luck.whole(0, 3)
    const trouble = (): LogFault | undefined => {
      left -= 1
      if (left >= 0) return undefined
      return left === -1 ? { kind: 'answer-lost' } : { kind: 'refused' }
    }
    world.fleet.troubles.add(trouble)
    lasts(world, luck.between(10, 3000), () => world.fleet.troubles.delete(trouble))
  },
  'F58 session deleted from the log': onClient(({ ledger }, _luck, world) => world.past.lose(ledger)),
  'F59 log trims during a replay': onClient((client, luck, world) => {
    // Much more than it keeps of a session, while the client is away and as it comes back.
    const known = world.backend.sessions.get(client.ledger.session ?? '')
    if (known === undefined) return
    for (const wire of world.network.wires) if (client.owns(wire)) wire.reset()
    const often = luck.whole(1, 8)
    for (let times = 1; times <= often; times += 1)
      later(world, luck.between(0, 600), () => {
        for (let count = luck.whole(1, 20); count > 0; count -= 1)
          world.backend.speak(known.session, known.instance)
      })
    if (luck.stream('behind').happens(0.5)) stepBackBehindState(client, luck.stream('step back'), world)
  }),
  'F60 slow log': (world, luck) => {
    const slow = (): LogFault => ({ kind: 'slow', until: world.timeline.pause(luck.between(1, 2000)) })
    const end = claim(world, 'logFault', slow)
    lasts(world, luck.between(500, 10_000), end)
  },
}

const LAST_PIECE = /^\{"type":"snapshot","part":(\d+),"of":\1,/

/**
 * The client comes back, and is given the state; the line breaks before the messages that the state stands for have
 * come, and the log steps back, if luck has it to between the two.
 */
function stepBackBehindState(client: Client, luck: Chance, world: World): void {
  let stepBack: (() => void) | undefined
  later(world, luck.between(0, 600), () => {
    stepBack = world.past.keep()
  })
  const play = (wire: Wire, onward: () => void): void => {
    const { down } = wire
    down.middlebox = (item, pass) => {
      pass(item)
      if (item.kind !== 'text' || !LAST_PIECE.test(String(item.text))) return
      down.middlebox = undefined
      const stands = numberIn(String(item.text), 'down') ?? 0
      down.delay(10_000)
      lasts(world, luck.between(100, 1000), () => wire.reset())
      later(world, luck.between(0, 1000), () => {
        if (stepBack === undefined) return
        world.note('the log steps back')
        stepBack()
        const { head } = world.mirror.levelOf(client.ledger.session ?? '')
        if (head < stands) world.coverage.sometimes('the log stepped back behind a state')
      })
    }
    onward()
  }
  lasts(world, 10_000, world.gate.add({ left: 1, isFor: (wire) => client.owns(wire), play }))
}

const lost = troubled((world) => {
  world.coverage.sometimes('a log call failed, and was done')
  return { kind: 'answer-lost' }
})

function troubled(faultOf: (world: World, luck: Chance) => LogFault): Inject {
  return (world, luck) => {
    const often = luck.pick([0.1, 0.5, 1])
    const trouble = (): LogFault | undefined => (luck.happens(often) ? faultOf(world, luck) : undefined)
    world.fleet.troubles.add(trouble)
    lasts(world, luck.between(100, 5000), () => world.fleet.troubles.delete(trouble))
  }
}
