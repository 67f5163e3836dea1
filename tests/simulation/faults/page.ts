/** F76 to F82: what a page, a tab and a machine do. */
import type { Hint } from '../../../src/ports/lifecycle.ts'
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { Client } from '../client.ts'
import type { Tab } from '../tab.ts'
import type { World } from '../world.ts'
import { type Family, type Inject, lasts, later, onClient, SIGNS } from './fault.ts'
import { stall } from './network.ts'

const HINTS = ['online', 'offline', 'visible', 'hidden', 'frozen', 'resumed'] as const
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const YEAR = 365 * 24 * HOUR

export const PAGE_FAULTS: Family = {
  'F76 event loop stalls': onTab((tab, luck, world) => {
    if (luck.happens(0.5)) return tab.freeze(luck.between(100, luck.pick([3000, 40_000])))
    // When it has just asked for a sign of life, its line dies, and it stands still itself.
    const party = world.lines.partyOf(tab.machine.host)
    if (party === undefined) return
    party.onProbe = () => {
      if (world.isQuiet) return
      for (const wire of tab.wires()) stall(wire, ['up', 'down'], Infinity)
      tab.freeze(luck.between(12_000, 40_000))
    }
    tab.hint('online')
  }),
  'F77 hidden tab throttled': onTab((tab, luck, world) => {
    tab.hide(luck.pick([SECOND, SECOND, MINUTE]))
    lasts(world, luck.between(SECOND, luck.pick([MINUTE, 10 * MINUTE])), () => tab.show())
  }),
  'F78 frozen and resumed': onTab((tab, luck, world) => {
    const ms = luck.between(5 * SECOND, luck.pick([20 * SECOND, 5 * MINUTE, 12 * HOUR]))
    // Browsers tell, other systems do not.
    const tells = luck.happens(0.7)
    // Some pages are told that they are frozen, and never that they are not.
    const tellsAll = tells && luck.happens(0.7)
    if (tells) tab.hint('frozen')
    later(world, luck.pick([0, 10]), () => {
      tab.freeze(ms)
      if (tellsAll) lasts(world, ms, () => tab.hint('resumed'))
    })
  }),
  'F79 into the back-forward cache and out': onTab((tab, luck, world) => {
    const ms = luck.between(100, luck.pick([10 * SECOND, 10 * MINUTE]))
    const tells = luck.happens(0.8)
    if (tells) tab.hint('frozen')
    world.coverage.sometimes('sockets closed by the browser')
    tab.freeze(ms)
    // The server is told that the page went away; the page finds its sockets closed when it is restored.
    for (const wire of tab.wires()) {
      wire.up.send({ kind: 'end', code: 1001, reason: '' })
      wire.down.send({ kind: 'end', code: 1006, reason: '' })
    }
    if (tells) lasts(world, ms, () => tab.hint('resumed'))
  }),
  'F80 sleep, and clocks that jump': onClient((client, luck, world) => {
    if (luck.happens(0.5)) return jump(client, luck)
    const ms = luck.between(SECOND, luck.pick([MINUTE, 8 * HOUR]))
    const tells = luck.happens(0.7)
    world.coverage.sometimes('slept')
    for (const tab of client.tabs) {
      tab.sleep(ms)
      if (luck.happens(0.3)) tab.machine.host.setWallClock(luck.pick([-HOUR, HOUR]))
      if (tells) lasts(world, ms + luck.between(0, SECOND), () => tab.hint('resumed'))
    }
  }),
  'F81 tabs': tabs,
  'F82 hints': onTab((tab, luck, world) => {
    const isFlapping = luck.happens(0.2)
    const count = isFlapping ? luck.whole(10, 60) : luck.whole(1, 6)
    for (let index = 0; index < count; index += 1) {
      const hint: Hint = isFlapping ? luck.pick(['online', 'offline']) : luck.pick(HINTS)
      later(world, isFlapping ? index * 100 : 0, () => tab.hint(hint))
    }
  }),
}

/** Somebody sets the clock, or the state does. */
function jump(client: Client, luck: Chance): void {
  const by = luck.pick([SECOND, MINUTE, HOUR, 24 * HOUR, YEAR, 10 * YEAR]) * luck.pick([-1, 1])
  client.world.coverage.sometimes('wall clock jumped')
  for (const { machine } of client.tabs) machine.host.setWallClock(by)
}

function tabs(world: World, luck: Chance): void {
  const client = luck.pick(world.clients)
  const { process, device } = client
  const waiting = client.tabs.filter((tab) => tab.isWaiting)
  const stolen = device.storage.faults['F81 locks stolen']
  const denied = device.storage.faults['F81 locks denied']
  switch (
    luck.pick(['close waiting', 'kill waiting', 'freeze leader', 'kill leader', 'one more', 'lock'] as const)
  ) {
    case 'close waiting':
      if (waiting.length === 0) return
      world.coverage.sometimes('tab closed while it waited')
      return client.closeAndComeBack(luck.pick(waiting), luck.between(0, 5000))
    case 'kill waiting':
      if (waiting.length === 0) return
      luck.pick(waiting).kill(luck.pick(SIGNS))
      return client.comeBackIn(luck.between(0, 5000))
    case 'freeze leader':
      if (process === undefined) return
      if (waiting.length > 0) world.coverage.sometimes('leader frozen while others wait')
      return process.freeze(luck.between(1000, luck.pick([10_000, 5 * MINUTE])))
    case 'kill leader':
      if (waiting.length > 0) world.coverage.sometimes('leader dies while others wait')
      client.kill(luck.pick(SIGNS))
      return client.comeBackIn(luck.between(0, 10_000))
    case 'one more': {
      // A second `connect` of the same name: it waits, says a few things, and goes.
      const extra = client.open(device)
      extra.send()
      return later(world, luck.between(0, 10_000), () => client.closeAndComeBack(extra, 0))
    }
    case 'lock':
      if (stolen === undefined || denied === undefined) return
      client.mayClose('superseded', 'forked')
      if (luck.happens(0.3)) return device.rob(() => denied(luck, (ms, end) => lasts(world, ms, end)))
      world.coverage.sometimes('lock stolen')
      device.rob(() => stolen(luck, (ms, end) => lasts(world, ms, end)))
      if (client.tabs.length < 2) client.open(device)
  }
}

function onTab(inject: (tab: Tab, luck: Chance, world: World) => void): Inject {
  return onClient((client, luck, world) => {
    const tab = luck.happens(0.8) ? client.process : client.tabs[0]
    if (tab !== undefined) inject(tab, luck, world)
  })
}
