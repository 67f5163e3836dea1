/** What befalls a page: reloads, crashes, a second tab, no network, and a database that goes away. */
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectBalance, expectTraffic, figure, ms } from './support/books.ts'
import { chromium, launchShared, openTab } from './support/browser.ts'
import { Servers } from './support/servers.ts'
import { openLab, type Site } from './support/site.ts'
import type { Tab } from './support/tab.ts'
import type { Plan } from './support/words.ts'

const CHATTER = { everyMs: 5, ahead: 20 }

describe.skipIf(chromium === undefined)('a page', () => {
  let browser: Browser
  let site: Site
  let servers: Servers
  let context: BrowserContext
  let tab: Tab
  let plan: Plan

  beforeAll(async () => {
    ;[browser, site] = await Promise.all([launchShared(), openLab()])
  })
  afterAll(async () => {
    await browser.close()
    await site.close()
  })
  beforeEach(async () => {
    servers = await Servers.open()
    context = await browser.newContext()
    tab = await openTab(context, site.url)
    plan = {
      name: 'main',
      url: servers.url,
      store: 'indexeddb',
      heartbeat: { every: 1000, within: 500 },
    }
  })
  afterEach(async () => {
    await context.close()
    await servers.close()
  })

  test('[BR-1] a reload in mid-conversation finds the same session, painted before the network is up', async () => {
    const server = await servers.start()
    await tab.online(plan)
    await tab.ask('chat', 'main', CHATTER)
    await expectTraffic(tab, 'main', 20)
    const { id } = await tab.ask('snapshot', 'main')
    // With the server away, what is painted can come from the store alone.
    await server.kill()
    await tab.reload()
    const from = tab.ledger.here
    await tab.ask('open', plan)
    const restored = await tab.ledger.next('restored', () => true, { from })
    expect(restored.snapshot.id).toBe(id)
    expect(restored.snapshot.status).not.toBe('online')
    expect(restored.snapshot.counted).toBeGreaterThanOrEqual(tab.ledger.highest('stored', 'main'))
    expect(restored.snapshot.answered).toBeGreaterThan(0)
    await tab.ask('chat', 'main', CHATTER)
    await servers.start()
    await tab.ledger.next('online', ({ outcome }) => outcome === 'resumed', { from })
    await expectTraffic(tab, 'main')
    const { counted } = await expectBalance(tab, servers, 'main')
    figure('page reload', `painted ${ms(restored.tookMs)} after connect(), ${counted} messages each way`)
  })

  test('[BR-1] ten reloads under traffic lose and double nothing', async () => {
    await servers.start()
    const ids = new Set<string | undefined>()
    for (let load = 0; load < 10; load += 1) {
      await tab.online(plan)
      await tab.ask('chat', 'main', CHATTER)
      await expectTraffic(tab, 'main', 10)
      ids.add((await tab.ask('snapshot', 'main')).id)
      await tab.reload()
    }
    await tab.online(plan)
    await expectBalance(tab, servers, 'main')
    expect(ids.size).toBe(1)
  })

  test('[BR-2] a renderer that crashes under traffic leaves a session that the next page resumes', async () => {
    await servers.start()
    await tab.online(plan)
    await tab.ask('chat', 'main', CHATTER)
    await expectTraffic(tab, 'main', 20)
    const { id } = await tab.ask('snapshot', 'main')
    const [page] = context.pages()
    const crashed = new Promise((resolve) => page?.once('crash', resolve))
    void tab.command('Page.crash').catch(() => undefined)
    await crashed
    const next = await openTab(context, site.url, tab.ledger)
    const from = tab.ledger.here
    await next.online(plan)
    const [restored] = tab.ledger.of('restored', 'main').slice(-1)
    expect(restored?.snapshot.id).toBe(id)
    expect(restored?.snapshot.counted).toBeGreaterThanOrEqual(tab.ledger.highest('stored', 'main'))
    await next.ask('chat', 'main', CHATTER)
    await expectTraffic(next, 'main')
    expect(tab.ledger.of('online', 'main').at(-1)?.outcome).toBe('resumed')
    expect(tab.ledger.here).toBeGreaterThan(from)
    await expectBalance(next, servers, 'main')
  })

  test('[BR-3] a second tab of a session waits for the first, and takes over when that one is closed', async () => {
    await servers.start()
    await tab.online(plan)
    await tab.ask('chat', 'main', CHATTER)
    await expectTraffic(tab, 'main')
    const { id } = await tab.ask('snapshot', 'main')
    const second = await openTab(context, site.url, tab.ledger)
    const from = tab.ledger.here
    await second.ask('open', plan)
    await tab.ledger.next(
      'status',
      ({ status, reason }) => status === 'suspended' && reason === 'another-holder',
      {
        from,
      },
    )
    await expectTraffic(tab, 'main')
    expect((await second.ask('snapshot', 'main')).status).toBe('suspended')
    const at = tab.ledger.here
    const began = Date.now()
    await context.pages()[0]?.close()
    const taken = await tab.ledger.next('online', () => true, { from: at })
    expect((await second.ask('snapshot', 'main')).id).toBe(id)
    await second.ask('chat', 'main', CHATTER)
    await expectTraffic(second, 'main')
    await expectBalance(second, servers, 'main')
    figure('second tab', `online ${ms(taken.at - began)} after the first was closed`)
  })

  test('[BR-4] a page that is offline finds it out, keeps what is said, and sends it when the network is back', async () => {
    await servers.start()
    await tab.online(plan)
    await tab.ask('chat', 'main', CHATTER)
    await expectTraffic(tab, 'main')
    await tab.ask('hush', 'main')
    const from = tab.ledger.here
    await context.setOffline(true)
    await tab.ledger.next('lost', ({ cause }) => cause === 'silent', { from })
    await tab.ask('count', 'main', 7)
    const away = await tab.ask('snapshot', 'main')
    expect(away.status).not.toBe('online')
    expect(away.pending).toBeGreaterThanOrEqual(7)
    const began = Date.now()
    await context.setOffline(false)
    const back = await tab.ledger.next('online', () => true, { from })
    await expectBalance(tab, servers, 'main')
    figure('offline', `online ${ms(back.at - began)} after the network came back`)
    expect(back.at - began).toBeLessThan(5000)
  })

  test('[BR-5] a deleteDatabase from elsewhere is not blocked by us, and the conversation goes on', async () => {
    await servers.start()
    await tab.online(plan)
    await tab.ask('count', 'main', 10)
    await tab.rest('main')
    const outcome = await tab.evaluate(`new Promise((resolve) => {
      const request = indexedDB.deleteDatabase('holdfast')
      request.onsuccess = () => resolve('deleted')
      request.onblocked = () => resolve('blocked')
    })`)
    expect(outcome).toBe('deleted')
    await tab.ask('count', 'main', 10)
    const { counted, wrong } = await tab.rest('main')
    expect({ counted, wrong }).toEqual({ counted: 20, wrong: [] })
    // What was put back is whole: the next page load finds all of it.
    await tab.reload()
    const from = tab.ledger.here
    await tab.ask('open', plan)
    const restored = await tab.ledger.next('restored', () => true, { from })
    expect(restored.snapshot.counted).toBe(20)
  })
})
