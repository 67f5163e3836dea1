/**
 * Takes the pictures of the chat example that the README shows: `node scripts/run-ts.mjs scripts/screenshots.ts`
 *
 * With `--all folder` every look of it is taken, for whoever changes the page: wide and narrow, light and
 * dark, idle, in mid-answer and in mid-restart.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { launchChat, launchChromium } from '../tests/browser/chat-demo.launch.ts'

interface Look {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly colorScheme: 'light' | 'dark'
}

const WIDE = { width: 1440, height: 900 }
const NARROW = { width: 390, height: 844 }

const LOOKS: readonly Look[] = [
  { name: 'wide-light', ...WIDE, colorScheme: 'light' },
  { name: 'wide-dark', ...WIDE, colorScheme: 'dark' },
  { name: 'narrow-light', ...NARROW, colorScheme: 'light' },
  { name: 'narrow-dark', ...NARROW, colorScheme: 'dark' },
]

const place = process.argv.indexOf('--all')
const isAll = place !== -1
const folder = process.argv[place + 1] ?? ''
const images = isAll ? folder : fileURLToPath(new URL('../docs/images/', import.meta.url))

await mkdir(images, { recursive: true })
const launched = await launchChat('--port', '0')
const browser = await launchChromium()
try {
  for (const look of isAll ? LOOKS : LOOKS.slice(0, 1)) await take(browser, look)
} finally {
  await browser.close()
  await launched.stop()
}

/** Plays the same story for each look: a deploy and a kill in one answer, and a restart in the next. */
async function take(from: Browser, { name, width, height, colorScheme }: Look): Promise<void> {
  const context = await from.newContext({
    viewport: { width, height },
    colorScheme,
    deviceScaleFactor: 2,
  })
  const page = await context.newPage()
  const shoot = async (moment: string): Promise<void> => {
    const path = join(images, isAll ? `${name}-${moment}.png` : `chat-${moment}.png`)
    await page.screenshot({ path })
    console.log(path)
  }
  await page.goto(launched.url)
  await page.locator('#status[data-kind=online]').waitFor()
  await page.waitForTimeout(1_500)
  if (isAll) await shoot('idle')

  await page.getByTestId('suggestion').nth(0).click()
  await page.waitForTimeout(2_500)
  if (isAll) await shoot('answering')
  await press(page, 'deploy')
  await page.waitForTimeout(5_000)
  await press(page, 'kill')
  await page.waitForTimeout(14_000)
  await page.getByTestId('say').fill('And if the tide is wrong?')
  await page.getByTestId('send').click()
  await page.waitForTimeout(2_500)
  await press(page, 'restart')
  await page.waitForTimeout(3_000)
  await shoot('restart')
  await page.waitForTimeout(6_000)
  if (isAll) await shoot('after')
  if (isAll && width < 960) {
    await page.getByTestId('knows-open').click()
    await shoot('state')
  }
  await context.close()
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByTestId(`break-${name}`).click()
}
