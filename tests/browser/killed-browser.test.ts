/**
 * The whole browser dies by `kill -9`, under traffic, and comes back on the same profile.
 *
 * Strict alone: what Chromium calls complete under `relaxed` is sometimes gone when all of its processes are killed
 * at once, as after a power cut.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectBalance, expectTraffic, figure, ms } from './support/books.ts'
import { chromium, newProfile, OwnBrowser } from './support/browser.ts'
import { Ledger } from './support/ledger.ts'
import { Servers } from './support/servers.ts'
import { openLab, type Site } from './support/site.ts'

const CHATTER = { everyMs: 3, ahead: 20 }

describe.skipIf(chromium === undefined)('a browser', () => {
  let site: Site
  let servers: Servers
  let profile: ReturnType<typeof newProfile>
  let browser: OwnBrowser

  beforeAll(async () => {
    site = await openLab()
  })
  afterAll(() => site.close())
  beforeEach(async () => {
    profile = newProfile()
    ;[servers, browser] = await Promise.all([Servers.open(), OwnBrowser.start(profile.path)])
  })
  afterEach(async () => {
    await browser.kill()
    await servers.close()
    profile.remove()
  })

  test('[BR-6] killed with -9 in mid-traffic and started again on its profile, it has everything that was stored', async () => {
    await servers.start()
    const plan = { name: 'main', url: servers.url, store: 'indexeddb-strict' } as const
    const ledger = new Ledger()
    const ids = new Set<string | undefined>()
    const painted: number[] = []
    // A browser writes down late that there is a new origin with a database; killed before, it begins without.
    // So this one has met ours before.
    const first = await browser.openTab(site.url)
    await first.ask('open', { ...plan, name: 'before' })
    await browser.quit()
    browser = await OwnBrowser.start(profile.path)
    for (let life = 0; life < 3; life += 1) {
      const tab = await browser.openTab(site.url, ledger)
      const from = ledger.here
      await tab.ask('open', plan)
      const { snapshot, tookMs } = await ledger.next('restored', () => true, { from })
      painted.push(tookMs)
      expect(snapshot.counted).toBeGreaterThanOrEqual(ledger.highest('stored', 'main'))
      await ledger.next('online', () => true, { from })
      ids.add((await tab.ask('snapshot', 'main')).id)
      await tab.ask('chat', 'main', CHATTER)
      await expectTraffic(tab, 'main', 30)
      await browser.kill()
      browser = await OwnBrowser.start(profile.path)
    }
    const tab = await browser.openTab(site.url, ledger)
    await tab.online(plan)
    const { counted, durability } = await expectBalance(tab, servers, 'main')
    expect(ids.size).toBe(1)
    expect(durability).toBe('disk')
    figure(
      'browser killed with -9',
      `3 kills, restored in ${painted.slice(1).map(ms).join(', ')}, ${counted} messages each way`,
    )
  })
})
