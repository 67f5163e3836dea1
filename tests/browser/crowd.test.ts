/** Many sessions at once, over several pages, through one restart; and what a restart costs a single one. */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectBalance, expectTraffic, figure, ms } from './support/books.ts'
import { chromium, launchShared, openTab } from './support/browser.ts'
import { Servers } from './support/servers.ts'
import { openLab, type Site } from './support/site.ts'
import type { Tab } from './support/tab.ts'
import type { Plan } from './support/words.ts'

const PAGES = 4
const SESSIONS = 128

describe.skipIf(chromium === undefined)('in a browser', () => {
  let browser: Browser
  let site: Site
  let servers: Servers

  beforeAll(async () => {
    ;[browser, site] = await Promise.all([launchShared(), openLab()])
  })
  afterAll(async () => {
    await browser.close()
    await site.close()
  })
  beforeEach(async () => {
    servers = await Servers.open()
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
    await servers.close()
  })

  test(`[SC-6] concurrent_client_reconnections_during_restart: ${SESSIONS} sessions of ${PAGES} pages come back, and none sees another's messages`, async () => {
    const server = await servers.start()
    const context = await browser.newContext()
    const tabs: Tab[] = []
    for (let page = 0; page < PAGES; page += 1) tabs.push(await openTab(context, site.url))
    const everyone = Array.from({ length: SESSIONS }, (_, place) => ({
      name: `session-${place}`,
      tab: tabs[place % PAGES]!,
    }))
    const plan = (name: string): Plan => ({ name, url: servers.url, store: 'indexeddb' })
    await Promise.all(everyone.map(({ name, tab }) => tab.online(plan(name))))
    await Promise.all(everyone.map(({ name, tab }) => tab.ask('count', name, 3)))
    await Promise.all(everyone.map(({ name, tab }) => tab.rest(name)))

    const from = tabs.map((tab) => tab.ledger.here)
    const returned = everyone.map(({ name, tab }, place) =>
      tab.ledger.next('online', () => true, { session: name, from: from[place % PAGES]! }),
    )
    const lost = everyone.map(({ name, tab }, place) =>
      tab.ledger.next('lost', () => true, { session: name, from: from[place % PAGES]! }),
    )
    await server.kill()
    await Promise.all(lost)
    const away = await Promise.all(everyone.map(({ name, tab }) => tab.ask('snapshot', name)))
    expect(away.filter(({ status }) => status === 'online')).toEqual([])
    await Promise.all(everyone.map(({ name, tab }) => tab.ask('count', name, 3)))
    const began = Date.now()
    await servers.start()
    const back = await Promise.all(returned)
    expect(back.filter(({ outcome }) => outcome !== 'resumed')).toEqual([])
    await Promise.all(everyone.map(({ name, tab }) => tab.ask('count', name, 3)))

    const ids = new Set<string>()
    const stands = await Promise.all(everyone.map(({ name, tab }) => expectBalance(tab, servers, name)))
    for (const [place, { id = '', counted }] of stands.entries()) {
      const { name, tab } = everyone[place]!
      ids.add(id)
      expect(counted).toBe(9)
      const strangers = tab.ledger.of('received', name).filter(({ by }) => !by.endsWith(` for ${id}`))
      expect(strangers).toEqual([])
    }
    expect(ids.size).toBe(SESSIONS)
    const after = back.map(({ at }) => at - began).sort((a, b) => a - b)
    figure(
      'concurrent_client_reconnections_during_restart',
      `${SESSIONS} sessions: half back ${ms(after[SESSIONS / 2]!)} and all ${ms(after.at(-1)!)} after the server's start began`,
    )
    expect(after.at(-1)).toBeLessThan(30_000)
  })

  test('[SC-7] reconnection_performance_benchmarks: a server killed six times, each time under a session of its own', async () => {
    let server = await servers.start()
    const tab = await openTab(await browser.newContext(), site.url)
    const down: number[] = []
    const ready: number[] = []
    let messages = 0
    for (let round = 0; round < 6; round += 1) {
      // A session that has been cut a moment ago comes back slower, as it should; each round is a first time.
      const name = `round-${round}`
      await tab.online({ name, url: servers.url, store: 'indexeddb' })
      await tab.ask('chat', name, { everyMs: 5, ahead: 20 })
      await expectTraffic(tab, name)
      const from = tab.ledger.here
      await server.kill()
      await tab.ledger.next('lost', () => true, { from, session: name })
      server = await servers.start()
      const listens = Date.now()
      const { at, downMs } = await tab.ledger.next('online', () => true, { from, session: name })
      down.push(downMs)
      ready.push(Math.max(0, at - listens))
      messages += (await expectBalance(tab, servers, name)).counted
      await tab.ask('close', name)
    }
    const middle = (lengths: number[]): number => lengths.toSorted((a, b) => a - b)[3]!
    figure(
      'reconnection_performance_benchmarks',
      `6 kills: without a connection for ${ms(middle(down))} (median) and ${ms(Math.max(...down))} (longest); online ${ms(middle(ready))} (median) after the next process listens; ${messages} messages each way`,
    )
    expect(Math.max(...down)).toBeLessThan(30_000)
  })
})
