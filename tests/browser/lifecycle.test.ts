/**
 * Pages that the browser puts away: the back-forward cache, freezing, the background.
 *
 * A debugging library keeps every page visible and awake, so these pages belong to a browser of our own.
 */
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest'
import { expectBalance, expectTraffic, figure, ms } from './support/books.ts'
import { chromium, newProfile, OwnBrowser } from './support/browser.ts'
import { Servers } from './support/servers.ts'
import { openLab, type Site } from './support/site.ts'
import type { Plan } from './support/words.ts'

const CHATTER = { everyMs: 5, ahead: 20 }

describe.skipIf(chromium === undefined)('a page that is put away', () => {
  let profile: ReturnType<typeof newProfile>
  let site: Site
  let browser: OwnBrowser
  let servers: Servers

  beforeAll(async () => {
    profile = newProfile()
    ;[site, browser] = await Promise.all([openLab(), OwnBrowser.start(profile.path)])
  })
  afterAll(async () => {
    await browser.kill()
    await site.close()
    profile.remove()
  })
  beforeEach(async () => {
    servers = await Servers.open()
  })
  afterEach(() => servers.close())

  const plan = (name: string): Plan => ({
    name,
    url: servers.url,
    store: 'indexeddb',
    heartbeat: { every: 1000, within: 500 },
  })

  test('[BR-9] a page that comes back from the back-forward cache resumes its session by itself', async () => {
    await servers.start()
    const tab = await browser.openTab(site.url)
    await tab.online(plan('cached'))
    await tab.ask('chat', 'cached', CHATTER)
    await expectTraffic(tab, 'cached')
    const { id } = await tab.ask('snapshot', 'cached')
    const from = tab.ledger.here
    await tab.leaveFor('/elsewhere')
    await tab.back()
    await tab.ledger.next('page', ({ event }) => event === 'shown again', { from })
    const back = await tab.ledger.next('online', () => true, { from })
    expect(back.outcome).toBe('resumed')
    expect((await tab.ask('snapshot', 'cached')).id).toBe(id)
    await expectTraffic(tab, 'cached')
    await expectBalance(tab, servers, 'cached')
    // It was the same page all the time: the program began once.
    expect(tab.ledger.of('ready')).toHaveLength(1)
    figure('back-forward cache', `online again, ${ms(back.downMs)} without a connection`)
  })

  test('[BR-10] a page in the back-forward cache does not keep its session from another tab', async () => {
    await servers.start()
    const tab = await browser.openTab(site.url)
    await tab.online(plan('shared'))
    await tab.ask('chat', 'shared', CHATTER)
    await expectTraffic(tab, 'shared')
    const { id } = await tab.ask('snapshot', 'shared')
    await tab.leaveFor('/elsewhere')
    const other = await browser.openTab(site.url, tab.ledger)
    await other.online(plan('shared'))
    expect((await other.ask('snapshot', 'shared')).id).toBe(id)
    await other.ask('chat', 'shared', CHATTER)
    await expectTraffic(other, 'shared')
    await expectBalance(other, servers, 'shared')
  })

  test('[BR-11] a frozen page is suspended, and resumes within seconds of its thawing', async () => {
    await servers.start()
    const tab = await browser.openTab(site.url)
    await tab.online(plan('frozen'))
    await tab.ask('chat', 'frozen', CHATTER)
    await expectTraffic(tab, 'frozen')
    const front = await browser.openTab(site.url)
    const from = tab.ledger.here
    await tab.command('Page.setWebLifecycleState', { state: 'frozen' })
    await tab.ledger.next('page', ({ event }) => event === 'freeze', { from })
    await tab.ledger.next('status', ({ reason }) => reason === 'frozen', { from })
    expect((await tab.ask('snapshot', 'frozen')).status).toBe('suspended')
    const began = Date.now()
    await tab.command('Page.setWebLifecycleState', { state: 'active' })
    await tab.ledger.next('page', ({ event }) => event === 'resume', { from })
    const back = await tab.ledger.next('online', () => true, { from })
    expect(back.outcome).toBe('resumed')
    await expectTraffic(tab, 'frozen')
    await expectBalance(tab, servers, 'frozen')
    expect(front.failures).toEqual([])
    figure('freeze', `online ${ms(back.at - began)} after the thaw`)
  })

  test('[BR-12] a hidden page finds out a silent server too, and comes back', async () => {
    const server = await servers.start()
    const tab = await browser.openTab(site.url)
    await tab.online(plan('hidden'))
    await tab.ask('chat', 'hidden', CHATTER)
    await expectTraffic(tab, 'hidden')
    const from = tab.ledger.here
    await browser.openTab(site.url)
    await tab.ledger.next('page', ({ event }) => event === 'hidden', { from })
    const began = Date.now()
    server.hang()
    // Its timers are throttled to the second, and one that comes late judges nobody: the line is probed again.
    const lost = await tab.ledger.next('lost', () => true, { from, withinMs: 100_000 })
    expect(lost.cause).toBe('silent')
    await server.kill()
    await servers.start()
    await tab.ledger.next('online', () => true, { from })
    await expectBalance(tab, servers, 'hidden')
    figure('hidden page', `a silent server noticed after ${ms(lost.at - began)}`)
  })
})
