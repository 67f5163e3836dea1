/** Servers that stop, die and go silent, as a page in a real browser lives through it. */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { expectBalance, expectTraffic, figure, ms } from './support/books.ts'
import { chromium, launchShared, openTab } from './support/browser.ts'
import { openDoor } from './support/door.ts'
import { Servers } from './support/servers.ts'
import { openLab, type Site } from './support/site.ts'
import type { Tab } from './support/tab.ts'
import type { Plan } from './support/words.ts'

const CHATTER = { everyMs: 5, ahead: 20 }
const LIFE = { heartbeat: { every: 1000, within: 500 } }
const STORES = ['indexeddb', 'memory'] as const

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

  const plan = (store: Plan['store'], url = servers.url): Plan => ({ name: 'main', url, store, ...LIFE })

  test.each(STORES)(
    '[SC-1] graceful_server_shutdown_with_client_notification: told beforehand, away, and back without a loss (%s)',
    async (store) => {
      const server = await servers.start()
      await tab.online(plan(store))
      await tab.ask('chat', 'main', CHATTER)
      await expectTraffic(tab, 'main')
      const from = tab.ledger.here
      const began = Date.now()
      await server.drain({ closesInMs: 2000, reconnect: { afterMs: 100, withinMs: 400 }, reason: 'update' })
      const notice = await tab.ledger.next('notice', () => true, { from })
      expect(notice).toMatchObject({ reason: 'update', handoff: false })
      expect((await tab.ask('snapshot', 'main')).status).not.toBe('online')
      await tab.ask('count', 'main', 3)
      expect((await tab.ask('snapshot', 'main')).pending).toBeGreaterThanOrEqual(3)
      await servers.start()
      const back = await tab.ledger.next('online', () => true, { from })
      expect(back.outcome).toBe('resumed')
      expect(tab.ledger.statuses('main', from)[0]).toBe('draining')
      const { counted } = await expectBalance(tab, servers, 'main')
      const total = back.at - began
      figure(
        'graceful_server_shutdown_with_client_notification',
        `${store}: online ${ms(total)} after SIGTERM's drain began, ${ms(back.downMs)} without a connection, ${counted} messages each way`,
      )
      expect(total).toBeLessThan(10_000)
    },
  )

  test.each(STORES)(
    '[SC-2] unexpected_server_crash_recovery: a killed process is noticed by its FIN (%s)',
    async (store) => {
      const server = await servers.start()
      await tab.online(plan(store))
      await tab.ask('chat', 'main', CHATTER)
      await expectTraffic(tab, 'main')
      const from = tab.ledger.here
      const began = Date.now()
      await server.kill()
      const lost = await tab.ledger.next('lost', () => true, { from })
      expect((await tab.ask('snapshot', 'main')).status).not.toBe('online')
      await servers.start()
      const back = await tab.ledger.next('online', () => true, { from })
      expect(back.outcome).toBe('resumed')
      const { counted } = await expectBalance(tab, servers, 'main')
      report('FIN', store, lost.at - began, back.at - began, counted)
    },
  )

  test('[SC-2] unexpected_server_crash_recovery: a reset line (RST) is noticed at once', async () => {
    await servers.start()
    const door = await openDoor(servers.port)
    onTestFinished(() => door.close())
    await tab.online(plan('indexeddb', door.url))
    await tab.ask('chat', 'main', CHATTER)
    await expectTraffic(tab, 'main')
    const from = tab.ledger.here
    const began = Date.now()
    door.reset()
    const lost = await tab.ledger.next('lost', () => true, { from })
    const back = await tab.ledger.next('online', () => true, { from })
    expect(tab.ledger.statuses('main', from)[0]).toBe('waiting')
    const { counted } = await expectBalance(tab, servers, 'main')
    report('RST', 'indexeddb', lost.at - began, back.at - began, counted)
  })

  test('[SC-2] unexpected_server_crash_recovery: a process that hangs (SIGSTOP) is found out by its silence', async () => {
    const server = await servers.start()
    await tab.online(plan('indexeddb'))
    await tab.ask('chat', 'main', CHATTER)
    await expectTraffic(tab, 'main')
    const from = tab.ledger.here
    const began = Date.now()
    server.hang()
    const lost = await tab.ledger.next('lost', () => true, { from })
    expect(lost.cause).toBe('silent')
    expect((await tab.ask('snapshot', 'main')).status).not.toBe('online')
    await server.kill()
    await servers.start()
    const back = await tab.ledger.next('online', () => true, { from })
    const { counted } = await expectBalance(tab, servers, 'main')
    report('silence', 'indexeddb', lost.at - began, back.at - began, counted)
  })

  test('[SC-4] client_backoff_strategy_during_restart: waits are drawn anew each time, under a bound that doubles, and end with the outage', async () => {
    const server = await servers.start()
    await tab.online({ ...plan('indexeddb'), backoff: { base: 50, max: 800, first: 50 } })
    await tab.ask('count', 'main', 3)
    await tab.rest('main')
    const from = tab.ledger.here
    await server.kill()
    await tab.ledger.next('attempt', ({ number }) => number >= 9, { from })
    expect((await tab.ask('snapshot', 'main')).status).not.toBe('online')
    await servers.start()
    const back = await tab.ledger.next('online', () => true, { from })
    await tab.ask('count', 'main', 3)
    await expectBalance(tab, servers, 'main')
    const waits = tab.ledger.of('attempt').map(({ waitMs }) => waitMs)
    waits.forEach((wait, failed) => {
      // The connection had not lasted yet, so its loss counts as the first failure; and no bound is below the
      // 200 ms over which the server's welcome asks even a lone client to spread.
      const bound = Math.min(800, Math.max(50 * 2 ** failed, 200))
      expect(wait).toBeGreaterThanOrEqual(bound / 8)
      expect(wait).toBeLessThan(bound)
    })
    expect(new Set(waits).size).toBe(waits.length)
    figure(
      'client_backoff_strategy_during_restart',
      `${waits.length} waits of ${waits.map((wait) => Math.round(wait)).join(', ')} ms; back after ${ms(back.downMs)}`,
    )
  })

  function report(sign: string, store: string, lostMs: number, backMs: number, counted: number): void {
    figure(
      'unexpected_server_crash_recovery',
      `${sign}, ${store}: noticed after ${ms(lostMs)}, online after ${ms(backMs)}, ${counted} messages each way`,
    )
    expect(backMs).toBeLessThan(30_000)
  }
})
