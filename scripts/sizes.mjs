/**
 * What a door costs whoever walks through it: bundled, minified and gzipped, dependencies included.
 *
 * `npm run size` prints the table. `npm run size -- --ratchet` writes what it has become into
 * tests/architecture/sizes.json wherever that is less than the limit; to allow more, edit the limit by hand
 * and say why in the commit.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { ensureBuilt, ensureInstalled, root } from './fresh.mjs'
import { flag, optionsOf } from './options.mjs'

/**
 * One line of the table. `import` is what is taken through the door, `*` being everything. In Node packages
 * are not bundled, so there it is our own code that is weighed.
 *
 * @typedef {{ door: string, import: string, platform: 'browser' | 'node', limit: number | null }} Row
 */

const table = join(root, 'tests', 'architecture', 'sizes.json')

/** Room for a new version of the minifier, and for a comma. */
const SLACK = 1.02

/** @returns {Row[]} */
export function readSizes() {
  return JSON.parse(readFileSync(table, 'utf8'))
}

/** @param {number} bytes */
export function limitFor(bytes) {
  return Math.ceil((bytes * SLACK) / 10) * 10
}

/**
 * The gzipped size in bytes.
 *
 * @param {Row} row
 */
export async function measure({ door, import: name, platform }) {
  const esbuild = await import('esbuild')
  const from = JSON.stringify(door)
  const taken = name === '*' ? `* as taken` : `{ ${name} as taken }`
  const { outputFiles } = await esbuild.build({
    // Assigned to a property nobody knows, so that nothing can be shaken off.
    stdin: { contents: `import ${taken} from ${from}\nglobalThis[''] = taken\n`, resolveDir: root },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform,
    packages: platform === 'node' ? 'external' : 'bundle',
    logLevel: 'silent',
    // A name that the door does not have weighs nothing, which would pass for very small.
    logOverride: { 'import-is-undefined': 'error' },
    plugins: [builtDoors],
  })
  const bytes = outputFiles[0]?.contents
  if (bytes === undefined) throw new Error(`nothing came of bundling ${door}`)
  return gzipSync(bytes, { level: 9 }).length
}

/**
 * Resolves our own name by the package's `exports`, as a user's bundler would, even where packages are
 * otherwise left outside.
 *
 * @type {import('esbuild').Plugin}
 */
const builtDoors = {
  name: 'built-doors',
  setup(build) {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    build.onResolve({ filter: /^holdfast(\/.*)?$/ }, ({ path }) => {
      const target = exports[path.replace(/^holdfast/, '.')]
      const conditions = build.initialOptions.platform === 'browser' ? (target?.browser ?? target) : target
      if (conditions === undefined) return { errors: [{ text: `package.json has no door ${path}` }] }
      return { path: join(root, conditions.import.default) }
    })
  },
}

async function main() {
  const about = 'lowers each limit to what its door weighs'
  const { ratchet } = optionsOf('npm run size --', { ratchet: flag(about) })
  ensureInstalled()
  ensureBuilt()
  const rows = readSizes()
  for (const row of rows) {
    const size = await measure(row).catch((/** @type {Error} */ failure) => failure)
    const label = `${row.import} from ${row.door}`.padEnd(44)
    if (size instanceof Error) {
      console.log(`${label} ${size.message.split('\n')[1] ?? size.message}`)
      continue
    }
    if (ratchet && (row.limit === null || limitFor(size) < row.limit)) row.limit = limitFor(size)
    console.log(`${label} ${String(size).padStart(7)} B gzip, limit ${row.limit ?? 'not set'}`)
  }
  if (ratchet) writeFileSync(table, `${JSON.stringify(rows, undefined, 2)}\n`)
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main()
