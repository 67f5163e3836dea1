/** F53 to F60: what a session log does. */
import { type Family, type Inject, lasts } from './fault.ts'

export const LOG_FAULTS: Family = {
  'F53 log answers lost': logFault({ kind: 'answer-lost' }),
  'F54 log refuses': logFault({ kind: 'refused' }),
  'F60 slow log': (world, luck) => {
    world.logFault = () => ({ kind: 'slow', until: world.timeline.pause(luck.between(1, 2000)) })
    lasts(world, luck.between(500, 10_000), () => (world.logFault = undefined))
  },
}

function logFault(fault: { readonly kind: 'answer-lost' | 'refused' }): Inject {
  return (world, luck) => {
    const often = luck.pick([0.1, 0.5, 1])
    world.logFault = () => (luck.happens(often) ? fault : undefined)
    lasts(world, luck.between(100, 5000), () => (world.logFault = undefined))
  }
}
