/** F61 to F74: what a client's store does, and what is done to it. */
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { Client } from '../client.ts'
import type { World } from '../world.ts'
import { type Family, type Inject, lasts, later, onClient, SIGNS } from './fault.ts'

export const STORE_FAULTS: Family = {
  'F61 store refuses': storage('F61'),
  'F62 store answers lost': storage('F62'),
  'F63 store lost until it is reopened': storage('F63'),
  'F64 store does not open': storage('F64'),
  'F65 transaction ends by itself': storage('F65'),
  'F66 power cut': onClient((client, luck, world) => {
    downFor(client, luck, world, () => client.device.cutPower(luck))
  }),
  'F67 torn and short writes': storage('F67'),
  'F68 bit flip': storage('F68'),
  'F69 sync fails': storage('F69'),
  'F70 disk full or forbidden': storage('F70'),
  'F71 power cut after a new file': onClient((client, luck, world) => {
    // Soon after a start, when names are new: what has not reached its directory is gone.
    client.killAll(luck.pick(SIGNS))
    client.start()
    later(world, luck.between(1, 500), () => downFor(client, luck, world, () => client.device.cutPower(luck)))
  }),
  'F72 origin wiped': onClient((client, luck, world) => {
    world.coverage.sometimes('origin wiped')
    if (luck.happens(0.5)) return client.device.wipe()
    downFor(client, luck, world, () => client.device.wipe())
  }),
  'F73 slow store': storage('F73'),
  'F74 old copy restored, or a clone alive': onClient((client, luck, world) => {
    if (client.twin === undefined && luck.happens(0.3)) return client.cloneDevice(luck)
    if (luck.happens(0.4)) return client.device.save()
    downFor(client, luck, world, () => {
      if (client.device.restore()) world.coverage.sometimes('old copy restored')
    })
  }),
}

/** All of it is down for a while, and meanwhile something happens to its store. */
function downFor(client: Client, luck: Chance, world: World, meanwhile: () => void): void {
  client.killAll(luck.pick(SIGNS))
  meanwhile()
  lasts(world, luck.between(10, 5000), () => client.start())
}

/** What the storage itself offers under the number; other kinds of storage know nothing of it. */
function storage(number: string): Inject {
  return (world, luck) => {
    const able = world.clients.filter(({ device }) => faultsOf(device.storage.faults, number).length > 0)
    if (able.length === 0) return 'nothing'
    const { device } = luck.pick(able)
    const [, inject] = luck.pick(faultsOf(device.storage.faults, number))
    device.damage(() => inject(luck, (ms, end) => lasts(world, ms, end)), number === 'F68')
    return undefined
  }
}

const faultsOf = <Value>(faults: Readonly<Record<string, Value>>, number: string): [string, Value][] =>
  Object.entries(faults).filter(([name]) => name.startsWith(`${number} `))
