/**
 * The package as it will be published, packed, unpacked and used: by Node through both of its module
 * systems, and by a browser's bundler through both of ours.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from './sources.ts'

const run = promisify(execFile)

/**
 * A folder with a package.json of its own: inside ours the name `holdfast` would mean our working tree. Yet
 * it lies inside our tree, so that the dependencies are found without installing them again.
 */
let consumer: string
let tarball: string

const DOORS = ['holdfast', 'holdfast/node', 'holdfast/agent', 'holdfast/server', 'holdfast/testing']

beforeAll(async () => {
  await mkdir(join(root, '.cache'), { recursive: true })
  consumer = await mkdtemp(join(root, '.cache', 'consumer-'))
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', consumer], {
    cwd: root,
  })
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }]
  tarball = join(consumer, filename)
  const installed = join(consumer, 'node_modules', 'holdfast')
  await mkdir(installed, { recursive: true })
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed])
  await writeFile(join(consumer, 'package.json'), '{ "name": "consumer", "private": true }\n')
})

afterAll(async () => {
  await rm(consumer, { recursive: true, force: true })
})

describe('the tarball', () => {
  test('has a licence, a readme and the bundles, and nothing of the workshop', async () => {
    const files = await readdir(join(consumer, 'node_modules', 'holdfast'))
    expect(files.sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json'])
  })

  test('is as publint would have it', async () => {
    await tool('publint', 'publint', 'run', tarball, '--strict')
  })

  test('has types that every module system resolves, by attw', async () => {
    await tool('@arethetypeswrong/cli', 'attw', tarball, '--profile', 'node16')
  })

  test('has declarations that need no types but its own', async () => {
    const dist = join(consumer, 'node_modules', 'holdfast', 'dist')
    const declarations = (await readdir(dist)).filter((file) => /\.d\.c?ts$/.test(file))
    const leaks: string[] = []
    for (const file of declarations) {
      const text = await readFile(join(dist, file), 'utf8')
      for (const [, from = ''] of text.matchAll(/(?:from|import\(|require\(|types=)\s*['"]([^'"]+)['"]/g)) {
        if (!from.startsWith('.') && !from.startsWith('node:')) leaks.push(`${file}: ${from}`)
      }
    }
    expect(leaks).toEqual([])
  })
})

describe('in Node', () => {
  test.each(DOORS)('%s opens to import and to require, with the same names behind it', async (door) => {
    const listed =
      'console.log(JSON.stringify(Object.keys(door).filter((name) => name !== "default").sort()))'
    const esm = await node('door.mjs', `import * as door from '${door}'\n${listed}\n`)
    const cjs = await node('door.cjs', `const door = require('${door}')\n${listed}\n`)
    expect(JSON.parse(esm)).not.toEqual([])
    expect(JSON.parse(cjs)).toEqual(JSON.parse(esm))
  })

  test('connect is a function, imported and required', async () => {
    const asked = 'console.log(typeof connect)'
    expect(await node('connect.mjs', `import { connect } from 'holdfast'\n${asked}\n`)).toBe('function\n')
    expect(await node('connect.cjs', `const { connect } = require('holdfast')\n${asked}\n`)).toBe(
      'function\n',
    )
  })

  test.each(DOORS)('%s lets a program end that only imports it', async (door) => {
    // The run has a limit, so an open handle shows as a failure.
    expect(await node('idle.mjs', `import '${door}'\n`)).toBe('')
  })
})

const bundles = [
  { system: 'import', code: `export { connect } from 'holdfast'\n` },
  { system: 'require', code: `exports.connect = require('holdfast').connect\n` },
]

describe.each(bundles)('in a browser, bundled from $system', ({ code }) => {
  let text: string
  let inputs: readonly string[]

  beforeAll(async () => {
    const result = await build({
      stdin: { contents: code, resolveDir: consumer },
      bundle: true,
      write: false,
      metafile: true,
      format: 'cjs',
      platform: 'browser',
      target: 'es2022',
      logLevel: 'silent',
      // Ours would lead the bundler to the sources.
      tsconfigRaw: {},
    })
    text = result.outputFiles[0]?.text ?? ''
    inputs = Object.keys(result.metafile.inputs)
  })

  test('it has connect', () => {
    expect(typeof load(text, {}).connect).toBe('function')
  })

  test('it comes from the browser build, and nothing of Node is in it', () => {
    expect(inputs.filter((input) => input.includes('/holdfast/dist/'))).toEqual([
      expect.stringContaining('/dist/browser/'),
    ])
    expect(inputs.filter((input) => /node_modules\/(?:ws|isomorphic-ws)\//.test(input))).toEqual([])
  })

  test('importing it where there is nothing, as on a server that renders, calls nothing and leaves nothing', () => {
    const bare: Record<string, unknown> = {}
    expect(() => load(text, bare)).not.toThrow()
    expect(Object.keys(bare)).toEqual([])
  })

  test('importing it in a browser touches no API: all of that waits for the first call', () => {
    const touched: string[] = []
    const world = Object.fromEntries(WORLD.map((name) => [name, trap(name, touched)]))
    load(text, world)
    expect(touched).toEqual([])
    expect(Object.keys(world).sort()).toEqual(WORLD)
  })
})

/** What a page offers and an import has no business with. */
const WORLD = [
  'BroadcastChannel',
  'WebSocket',
  'addEventListener',
  'caches',
  'clearTimeout',
  'console',
  'crypto',
  'document',
  'fetch',
  'indexedDB',
  'localStorage',
  'navigator',
  'performance',
  'queueMicrotask',
  'sessionStorage',
  'setInterval',
  'setTimeout',
  'window',
]

/** Notes every use of itself: called, constructed, read from or written to. */
function trap(name: string, touched: string[]): unknown {
  const note = (): never => {
    touched.push(name)
    throw new Error(`${name} was touched by an import`)
  }
  return new Proxy(function () {}, { apply: note, construct: note, get: note, set: note, has: note })
}

/** Runs a bundle in a world of its own that holds `globals` and no more. */
function load(text: string, globals: Record<string, unknown>): { connect?: unknown } {
  const module = { exports: {} }
  const program = runInContext(`(function (module, exports) {\n${text}\n})`, createContext(globals)) as (
    module: { exports: { connect?: unknown } },
    exports: object,
  ) => void
  program(module, module.exports)
  return module.exports
}

async function node(file: string, code: string): Promise<string> {
  await writeFile(join(consumer, file), code)
  const { stdout } = await run(process.execPath, [file], { cwd: consumer, timeout: 20_000 })
  return stdout
}

/** Runs a package's command; what it has to say is in the failure. */
async function tool(name: string, command: string, ...args: readonly string[]): Promise<void> {
  const manifest = JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>
  }
  const bin = typeof manifest.bin === 'string' ? manifest.bin : (manifest.bin[command] ?? '')
  const ended = run(process.execPath, [join(root, 'node_modules', name, bin), ...args], { cwd: consumer })
  await ended.catch((failure: { stdout: string; stderr: string }) => {
    throw new Error(`${command} is not content:\n${failure.stdout}${failure.stderr}`)
  })
}
