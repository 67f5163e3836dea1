/**
 * The chat example in a real browser, against real processes: every button is pressed while an answer
 * streams, and every answer must end as if nothing had happened.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scriptedText } from '../../examples/chat/agent/script.ts'
import { chromiumPath, launchChat, launchChromium } from './chat-demo.launch.ts'
import type { Launched } from './chat-demo.launch.ts'

const PATIENCE = 60_000

describe.skipIf(chromiumPath === undefined)('the chat', () => {
  let launched: Launched
  let browser: Browser
  let page: Page
  const failures: string[] = []
  const asked: string[] = []

  beforeAll(async () => {
    launched = await launchChat('--port', '0', '--tempo', '0.5')
    browser = await launchChromium()
    page = await browser.newPage()
    page.on('pageerror', (error) => failures.push(error.message))
    // Each life of the page keeps every status that it ever showed.
    await page.addInitScript(() => {
      const kinds: string[] = []
      Object.assign(globalThis, { kinds })
      addEventListener('DOMContentLoaded', () => {
        const status = document.getElementById('status')
        if (status === null) return
        new MutationObserver(() => kinds.push(status.dataset['kind'] ?? '')).observe(status, {
          attributes: true,
        })
      })
    })
    await page.goto(launched.url)
    await online(page)
    await page.getByTestId('pace-quick').check({ force: true })
  }, PATIENCE)

  afterAll(async () => {
    await browser.close()
    await launched.stop()
  })

  /** Asks, and waits until the answer is being given and far from its end. */
  const ask = async (question: string): Promise<Locator> => {
    asked.push(question)
    await page.getByTestId('say').fill(question)
    await page.getByTestId('send').click()
    const answer = page.getByTestId('assistant-entry').nth(asked.length - 1)
    await expect
      .poll(() => textOf(answer).then((text) => text.length), { timeout: PATIENCE })
      .toBeGreaterThan(20)
    expect(await answer.getAttribute('data-phase')).toBe('open')
    await page.evaluate(() => void ((globalThis as unknown as { kinds: string[] }).kinds.length = 0))
    return answer
  }

  /** Waits for the answer's end: whole, and nothing but the script. */
  const expectWhole = async (answer: Locator): Promise<void> => {
    await expect.poll(() => answer.getAttribute('data-phase'), { timeout: PATIENCE }).toBe('done')
    expect(await textOf(answer)).toBe(scriptedText(asked.at(-1) ?? ''))
    await expectProof(page)
    await online(page)
    // The servers have come to rest, and the next button can be pressed.
    await expect.poll(() => page.getByTestId('break-kill').isEnabled(), { timeout: PATIENCE }).toBe(true)
  }

  const press = (name: string) => page.getByTestId(`break-${name}`).click()
  const kinds = () => page.evaluate(() => [...(globalThis as unknown as { kinds: string[] }).kinds])

  test('an announced restart: told beforehand, gone, and back', { timeout: PATIENCE }, async () => {
    const answer = await ask('What is a restart like for you?')
    await press('restart')
    await offline(page)
    expect(await kinds()).toContain('draining')
    await expectWhole(answer)
  })

  test('a deploy: the page is never without a server', { timeout: PATIENCE }, async () => {
    const answer = await ask('Plan a dive at low tide')
    const server = await page.getByTestId('status-detail').textContent()
    await press('deploy')
    await expectWhole(answer)
    await expect.poll(() => page.getByTestId('status-detail').textContent()).not.toBe(server)
    expect((await kinds()).filter((kind) => kind !== 'online' && kind !== 'draining')).toEqual([])
    expect(await page.getByTestId('log').textContent()).toContain('Moved to')
  })

  test('kill -9: noticed at once, and carried on at the next word', { timeout: PATIENCE }, async () => {
    const answer = await ask('How did last quarter go?')
    await press('kill')
    await offline(page)
    await expectWhole(answer)
  })

  test('a reload in mid-answer: painted from the disk, then carried on', { timeout: PATIENCE }, async () => {
    const answer = await ask('Why the name?')
    const before = await textOf(answer)
    await press('reload')
    await page.waitForFunction(() => document.body.dataset['restored'] === 'true')
    const painted = await textOf(answer)
    expect(painted.startsWith(before)).toBe(true)
    await expectWhole(answer)
  })

  test('a server that forgets: this page gives everything back', { timeout: PATIENCE }, async () => {
    const answer = await ask('What happens to us now?')
    await press('forget')
    await offline(page)
    await expectWhole(answer)
    expect(await page.getByTestId('log').textContent()).toContain('We gave it back our copy')
  })

  test('cut off: what is said meanwhile is stored, and goes out later', { timeout: PATIENCE }, async () => {
    const answer = await ask('A trip at the weekend')
    await press('offline')
    await offline(page)
    const last = page.getByTestId('mark').last()
    await page.getByTestId('say').fill('Is the sea calm?')
    await page.getByTestId('say').press('Enter')
    await expect.poll(() => page.getByTestId('user-entry').count()).toBe(asked.length + 1)
    await expect.poll(() => last.textContent()).toBe('Stored')
    await expectWhole(answer)
    asked.push('Is the sea calm?')
    await expectWhole(page.getByTestId('assistant-entry').nth(asked.length - 1))
  })

  test('a frozen server: found out by its silence', { timeout: PATIENCE }, async () => {
    const answer = await ask('And what if a server hangs?')
    await press('hang')
    await offline(page)
    await expectWhole(answer)
  })

  test('stop: the answer ends where it is', { timeout: PATIENCE }, async () => {
    const answer = await ask('Tell me about kelp')
    await page.getByTestId('stop').click()
    await expect.poll(() => answer.getAttribute('data-phase')).toBe('cancelled')
    expect(scriptedText('kelp').startsWith(await textOf(answer))).toBe(true)
    await expectProof(page)
  })

  test('in the end: each question once, in order, acknowledged, and nothing wrong', async () => {
    const bubbles = page.getByTestId('user-entry').locator('.bubble')
    expect(await bubbles.allTextContents()).toEqual(asked)
    expect(new Set(await page.getByTestId('mark').allTextContents())).toEqual(new Set(['Acknowledged']))
    expect(await page.getByTestId('assistant-entry').count()).toBe(asked.length)
    await expectProof(page)
    expect(failures).toEqual([])
  })

  test(
    'the launcher steps aside for a taken port, and Ctrl-C ends all that it started',
    async () => {
      const squatter = createServer().listen(0, '127.0.0.1')
      await once(squatter, 'listening')
      const address = squatter.address()
      const taken = typeof address === 'object' && address !== null ? address.port : 0
      const second = await launchChat('--port', String(taken))
      expect(second.output()).toContain(`Port ${taken} is taken`)
      expect(second.url).not.toContain(String(taken))
      const token = /control-token" content="(\w+)"/.exec(await (await fetch(second.url)).text())?.[1] ?? ''
      const news = await firstNews(`${second.url}/control/news?token=${token}`)
      const pids = [...news.matchAll(/"pid":(\d+)/g)].map((match) => Number(match[1]))
      expect(pids.map(isAlive)).toEqual([true])
      expect(await second.stop()).toBe(0)
      expect(pids.map(isAlive)).toEqual([false])
      squatter.close()
    },
    PATIENCE,
  )
})

async function textOf(answer: Locator): Promise<string> {
  return (await answer.locator('.prose').allTextContents()).join('')
}

async function online(page: Page): Promise<void> {
  await page.locator('#status[data-kind=online]').waitFor({ timeout: PATIENCE })
}

/** The page says, truly, that there is nobody at the other end. */
async function offline(page: Page): Promise<void> {
  await expect
    .poll(() => page.getByTestId('status').getAttribute('data-kind'), { timeout: PATIENCE, interval: 20 })
    .toMatch(/^(?:waiting|connecting)$/)
  expect(await page.getByTestId('status-title').textContent()).not.toBe('Online')
}

async function expectProof(page: Page): Promise<void> {
  const count = (name: string) => page.getByTestId(`proof-${name}`).textContent()
  expect(await count('duplicates')).toBe('0')
  expect(await count('gaps')).toBe('0')
  expect(await count('disorder')).toBe('0')
  expect(Number(await count('received'))).toBeGreaterThan(0)
}

async function firstNews(url: string): Promise<string> {
  const { body } = await fetch(url)
  if (body === null) return ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) return chunk
  return ''
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
