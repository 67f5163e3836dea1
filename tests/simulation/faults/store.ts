/** F61 to F74: what a client's store does. */
import { type Family, type Inject, lasts, onClient } from './fault.ts'

export const STORE_FAULTS: Family = {
  'F61 store refuses': storeFault({ kind: 'refused' }),
  'F62 store answers lost': storeFault({ kind: 'answer-lost' }),
  'F73 slow store': onClient((client, luck, world) => {
    client.storeFault = () => ({ kind: 'slow', until: world.timeline.pause(luck.between(1, 3000)) })
    lasts(world, luck.between(500, 20_000), () => (client.storeFault = undefined))
  }),
}

/** Shorter than what the client takes to heal: a store that fails for good is another story. */
function storeFault(fault: { readonly kind: 'answer-lost' | 'refused' }): Inject {
  return onClient((client, luck, world) => {
    const often = luck.pick([0.3, 1])
    client.storeFault = () => (luck.happens(often) ? fault : undefined)
    lasts(world, luck.between(5, 1100), () => (client.storeFault = undefined))
  })
}
