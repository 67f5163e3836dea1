/** A long conversation: painted from IndexedDB before there is a network, and given back to a server that lost it. */
import { createHash } from 'node:crypto'
import type { AgentState } from 'holdfast/agent'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { figure, ms } from './support/books.ts'
import { chromium, launchShared, openTab } from './support/browser.ts'
import { Servers } from './support/servers.ts'
import { openLab, type Site } from './support/site.ts'
import type { Plan } from './support/words.ts'

/** Half of them ours, half the agent's: each of those is three messages on the wire. */
const ENTRIES = 10_000
/** An agent gives up on a user who asks a thousand things at once. */
const AT_ONCE = 500

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
    servers = await Servers.open('agent')
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
    await servers.close()
  })

  test(`[SC-5] state_preservation_across_server_restarts: a conversation of ${ENTRIES} messages is there before the server is, and a server that forgot it gets it back`, async () => {
    const server = await servers.start()
    const tab = await openTab(await browser.newContext(), site.url)
    const plan: Plan = { name: 'main', url: servers.url, store: 'indexeddb', fold: 'agent' }
    await tab.online(plan)
    let digest = ''
    for (let entries = 0; entries < ENTRIES; entries += 2 * AT_ONCE) {
      const asks = Array.from({ length: AT_ONCE }, (_, place) => ({
        type: 'say' as const,
        text: `Question ${entries / 2 + place}: what is worth keeping?`,
      }))
      await tab.ask('say', 'main', asks)
      digest = await tab.ask('settled', 'main', entries + 2 * AT_ONCE)
    }

    await server.kill()
    servers.log.forget()
    const from = tab.ledger.here
    await tab.reload()
    await tab.ask('open', plan)
    const restored = await tab.ledger.next('restored', () => true, { from })
    expect(restored.snapshot.status).not.toBe('online')
    expect(restored.digest).toBe(digest)

    const successor = await servers.start()
    const reset = await tab.ledger.next('reset', () => true, { from })
    expect(reset.restored).toBe(true)
    const given = await servers.arrival(successor)
    expect(createHash('sha256').update(given.state).digest('hex')).toBe(digest)

    const { tools, operations, metadata } = JSON.parse(given.state) as AgentState
    expect(tools.active.map(({ id, phase }) => [id, phase])).toEqual([['t-1', 'running']])
    expect(operations.map(({ id }) => id)).toEqual(['op-1'])
    expect(metadata).toMatchObject({ tenant: 'acme', roles: ['analyst'] })

    await tab.ask('say', 'main', [{ type: 'say', text: 'And now?' }])
    const after = await tab.ask('settled', 'main', ENTRIES + 2)
    expect(after).not.toBe(digest)
    expect(tab.failures).toEqual([])
    figure(
      'state_preservation_across_server_restarts',
      `${ENTRIES} messages, ${Math.round(given.state.length / 1024)} KiB: restored from IndexedDB in ${ms(restored.tookMs)}; the server that forgot has the same digest`,
    )
    expect(restored.tookMs).toBeLessThan(2000)
  })
})
