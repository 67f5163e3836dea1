/** The built package, bundled as people bundle it, dials for real in a page; and is imported where there is none. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build, type BuildOptions } from 'esbuild'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureBuilt } from '../../scripts/fresh.mjs'
import { chromium, launchShared } from './support/browser.ts'
import { Servers } from './support/servers.ts'
import { openSite } from './support/site.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const dist = (file: string): string => join(root, 'dist', file)
const run = promisify(execFile)

const GO = `
globalThis.go = (url) => new Promise((resolve) => {
  const session = connect(url, { store: memoryStore() })
  session.on('message', ({ data }) => resolve({ answer: data.answer, status: session.status.kind }))
  session.on('error', (error) => resolve(String(error)))
  session.send({ count: 1 })
})`
const IMPORT = `import { connect, memoryStore } from 'holdfast'\n${GO}`
const REQUIRE = `const { connect, memoryStore } = require('holdfast')\n${GO}`

interface Bundle {
  readonly name: string
  readonly code: string
  readonly options: BuildOptions
}

const BUNDLES: readonly Bundle[] = [
  { name: 'import, by the browser condition', code: IMPORT, options: {} },
  { name: 'require, by the browser condition', code: REQUIRE, options: {} },
  { name: 'import, minified for ES modules', code: IMPORT, options: { minify: true, format: 'esm' } },
  // Bundlers that know no conditions take what Node would; isomorphic-ws is then answered in four ways.
  { name: 'import of the file for Node', code: IMPORT, options: { alias: { holdfast: dist('index.js') } } },
  {
    name: 'require of the file for Node',
    code: REQUIRE,
    options: { alias: { holdfast: dist('index.cjs') } },
  },
  { name: 'import of the CommonJS file', code: IMPORT, options: { alias: { holdfast: dist('index.cjs') } } },
]

async function bundled({ code, options }: Bundle): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'error',
    // Ours would lead the bundler to the sources.
    tsconfigRaw: {},
    ...options,
  })
  return outputFiles?.[0]?.text ?? ''
}

beforeAll(() => ensureBuilt())

describe.skipIf(chromium === undefined)('the built package in a page', () => {
  let browser: Browser
  let servers: Servers
  beforeAll(async () => {
    ;[browser, servers] = await Promise.all([launchShared(), Servers.open()])
    await servers.start()
  })
  afterAll(async () => {
    await browser.close()
    await servers.close()
  })

  /** @param before - runs in the page between the import and the first dial */
  async function dial(one: Bundle, before: string): Promise<unknown> {
    const site = await openSite(
      { '/': await bundled(one) },
      one.options.format === 'esm' ? 'module' : undefined,
    )
    const page = await browser.newPage()
    const failures: string[] = []
    page.on('pageerror', (error) => failures.push(error.message))
    try {
      await page.goto(site.url)
      const outcome = await page.evaluate(`${before}; go(${JSON.stringify(servers.url)})`)
      expect(failures).toEqual([])
      return outcome
    } finally {
      await page.close()
      await site.close()
    }
  }

  test.each(BUNDLES)('[BR-13] dials for real: $name', async (one) => {
    expect(await dial(one, '')).toEqual({ answer: 1, status: 'online' })
  })

  test.each(BUNDLES)('[BR-13] finds its constructor without a global one: $name', async (one) => {
    // What isomorphic-ws took at its import is all that is left: `default is not a constructor` shows here.
    expect(await dial(one, 'globalThis.WebSocket = undefined')).toEqual({ answer: 1, status: 'online' })
  })
})

describe('the built package where there is no page', () => {
  test.each([
    ['import', `import(${JSON.stringify(dist('browser/index.js'))})`],
    ['require', `Promise.resolve(require(${JSON.stringify(dist('browser/index.cjs'))}))`],
  ])(
    '[BR-14] %s of the browser bundle while a server renders does nothing, and lets the process end',
    async (_way, code) => {
      const program = `const before = Object.keys(globalThis).length
      ${code}.then((door) => console.log(typeof door.connect, Object.keys(globalThis).length - before))`
      const { stdout, stderr } = await run(process.execPath, ['-e', program], { timeout: 20_000 })
      expect({ stdout, stderr }).toEqual({ stdout: 'function 0\n', stderr: '' })
    },
  )
})
