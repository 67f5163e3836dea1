/** The IndexedDB store in the IndexedDB of a real browser: its contract, and a quota that is used up. */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { indexedDBStore } from '../../src/adapters/indexeddb-store.ts'
import { sessionStoreContract } from '../../src/testing/session-store-contract.ts'
import { chromium, launchShared, openTab } from './support/browser.ts'
import { Servers } from './support/servers.ts'
import { bundle, openLab, openSite, type Site } from './support/site.ts'
import type { Tab } from './support/tab.ts'

/** Only their names: the cases themselves are run in the page. */
const CASES = sessionStoreContract(() => ({ store: indexedDBStore() }), { canBeRobbed: true })

describe.skipIf(chromium === undefined)('in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchShared()
  })
  afterAll(() => browser.close())

  describe.each(['relaxed', 'strict'])('%s', (durability) => {
    let site: Site
    let tab: Tab
    beforeAll(async () => {
      site = await openSite({ '/': await bundle('tests/browser/support/store-page.ts') })
      tab = await openTab(await browser.newContext(), site.url)
    })
    afterAll(() => site.close())

    test.each(CASES.map(({ name }) => name))('[BR-7] the store keeps its contract: %s', async (name) => {
      const outcome = await tab.evaluate(
        `contract.${durability}[${JSON.stringify(name)}]().then(() => 'kept', (error) => String(error.stack))`,
      )
      expect(outcome).toBe('kept')
    })
  })

  describe('a session', () => {
    let site: Site
    let servers: Servers
    beforeEach(async () => {
      ;[site, servers] = await Promise.all([openLab(), Servers.open()])
    })
    afterEach(async () => {
      await Promise.all(browser.contexts().map((context) => context.close()))
      await servers.close()
      await site.close()
    })

    test('[BR-8] a quota that is used up is told with its reason, and the conversation goes on', async () => {
      await servers.start()
      const tab = await openTab(await browser.newContext(), site.url)
      // Before the first write: the browser asks for the quota seldom and counts by itself from then on.
      await tab.command('Storage.overrideQuotaForOrigin', { origin: site.url, quotaSize: 32 * 1024 })
      await tab.online({ name: 'main', url: servers.url, store: 'indexeddb' })
      const full = tab.ledger.next('error', () => true, { from: 0 })
      await tab.ask('chat', 'main', { everyMs: 2, ahead: 200 })
      const told = await full
      expect(told.code).toBe('store-failed')
      expect(told.message).toContain('QuotaExceededError')
      await tab.ask('count', 'main', 5)
      const { counted, answered, wrong } = await tab.rest('main')
      expect({ answered, wrong }).toEqual({ answered: counted, wrong: [] })
    })
  })
})
