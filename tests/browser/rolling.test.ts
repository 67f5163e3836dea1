/** Deployments behind real proxies: the new server first, then the old one says goodbye with a hand-off. */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { findProgram } from '../../scripts/programs.mjs'
import { expectBalance, expectTraffic, figure, ms } from './support/books.ts'
import { chromium, launchShared, openTab } from './support/browser.ts'
import { type ProxyKind, startProxy } from './support/proxies.ts'
import { freePort, Servers } from './support/servers.ts'
import { openLab, type Site } from './support/site.ts'
import type { Tab } from './support/tab.ts'

const PROXIES: readonly ProxyKind[] = ['haproxy', 'nginx']
const ROUNDS = 2

describe.skipIf(chromium === undefined)('in a browser', () => {
  let browser: Browser
  let site: Site
  let servers: Servers
  let tab: Tab

  beforeAll(async () => {
    ;[browser, site] = await Promise.all([launchShared(), openLab()])
  })
  afterAll(async () => {
    await browser.close()
    await site.close()
  })
  beforeEach(async () => {
    servers = await Servers.open()
    tab = await openTab(await browser.newContext(), site.url)
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
    await servers.close()
  })

  for (const kind of PROXIES) {
    test.skipIf(findProgram(kind) === undefined)(
      `[SC-3] rolling_deployment_reconnection: behind ${kind} nobody is ever disconnected, and nothing is missing`,
      async () => {
        let server = await servers.start()
        const proxy = await startProxy(kind, servers.port, server.name)
        onTestFinished(() => proxy.close())
        await tab.online({
          name: 'main',
          url: proxy.url,
          store: 'indexeddb',
          heartbeat: { every: 1000, within: 500 },
        })
        await tab.ask('chat', 'main', { everyMs: 5, ahead: 20 })
        await expectTraffic(tab, 'main')
        const from = tab.ledger.here
        const lengths: number[] = []
        for (let round = 0; round < ROUNDS; round += 1) {
          const port = await freePort()
          const successor = await servers.start({ port })
          await proxy.turnTo(port, successor.name)
          const at = tab.ledger.here
          const began = Date.now()
          const gone = server.drain({
            closesInMs: 4000,
            reconnect: { afterMs: 0, withinMs: 300 },
            handoff: true,
          })
          const handoff = await tab.ledger.next('handoff', () => true, { from: at })
          expect(handoff.server).toBe(successor.name)
          lengths.push(handoff.at - began)
          await expectTraffic(tab, 'main')
          await gone
          server = successor
        }
        await expectTraffic(tab, 'main')
        const { counted } = await expectBalance(tab, servers, 'main')
        const kinds = new Set(tab.ledger.statuses('main', from))
        expect([...kinds].filter((status) => status !== 'online' && status !== 'draining')).toEqual([])
        expect(tab.ledger.of('lost')).toEqual([])
        const seconds = tab.ledger.of('received', 'main').map(({ at }) => at)
        const longest = Math.max(...seconds.slice(1).map((at, place) => at - (seconds[place] ?? at)))
        figure(
          'rolling_deployment_reconnection',
          `${kind}: handed over ${ms(lengths[0] ?? 0)} and ${ms(lengths[1] ?? 0)} after the notice, longest pause between two answers ${ms(longest)}, ${counted} messages each way`,
        )
        expect(Math.max(...lengths)).toBeLessThan(5000)
      },
    )
  }
})
