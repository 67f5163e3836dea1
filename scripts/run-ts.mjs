/**
 * Runs a TypeScript file in this very process: `node scripts/run-ts.mjs file.ts args…`
 *
 * Node 20 cannot strip types. So the entry is bundled into `.cache/run/` and imported from there: packages
 * stay outside, `holdfast` and `holdfast/*` mean our own sources. Being the same process matters: whoever
 * kills it by its pid kills the program, not a parent of it.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { cache, root } from './fresh.mjs'

/**
 * One text of one source, and what is bundled in its place; the source itself stays as it is.
 *
 * @typedef {{ readonly file: string, readonly find: string, readonly replace: string }} Swap
 */

/**
 * @param {Swap} [swap]
 * @returns {import('esbuild').Plugin}
 */
const ourselves = (swap) => ({
  name: 'ourselves',
  setup(build) {
    const swapped = swap && resolve(root, swap.file)
    /** @param {string} path */
    const read = (path) => {
      const source = readFileSync(path, 'utf8')
      return swap && path === swapped ? swapIn(source, swap) : source
    }
    build.onResolve({ filter: /^holdfast(\/.*)?$/ }, ({ path }) => ({
      path: join(
        root,
        'src',
        `${path === 'holdfast' ? 'index' : path.slice('holdfast/'.length).replaceAll('/', '-')}.ts`,
      ),
    }))
    // A file asks for its neighbours by its own address, which must stay the one it was written at.
    build.onLoad({ filter: /\.m?[jt]s$/ }, ({ path }) => ({
      contents: read(path)
        .replaceAll(/\bimport\.meta\.url\b/g, JSON.stringify(pathToFileURL(path).href))
        .replaceAll(/\bimport\.meta\.filename\b/g, JSON.stringify(path))
        .replaceAll(/\bimport\.meta\.dirname\b/g, JSON.stringify(resolve(path, '..'))),
      loader: path.endsWith('ts') ? 'ts' : 'js',
    }))
  },
})

/**
 * The source with its one text replaced.
 *
 * @param {string} source
 * @param {Swap} swap
 */
export function swapIn(source, { file, find, replace }) {
  const times = source.split(find).length - 1
  if (times !== 1) throw new Error(`a text to be replaced stands ${times} times in ${file}: ${find}`)
  // As a function: what stands there instead is text, and no pattern.
  return source.replace(find, () => replace)
}

/**
 * Bundles a TypeScript entry for this Node and returns the path of the result.
 *
 * @param {string} file
 * @param {{ readonly swap?: Swap, readonly folder?: string }} [options] - `folder` is where the result goes,
 *   somewhere under the root, for one that is not to be kept
 */
export async function bundleTs(file, { swap, folder = join(cache, 'run') } = {}) {
  const esbuild = await import('esbuild')
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: [resolve(file)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    absWorkingDir: root,
    outdir: folder,
    logLevel: 'error',
    metafile: true,
    plugins: [ourselves(swap)],
  })
  const code = outputFiles[0]?.text
  if (code === undefined) throw new Error(`nothing came of bundling ${file}`)
  if (swap !== undefined && !(swap.file in metafile.inputs))
    throw new Error(`${file} does not use ${swap.file}`)
  return keep(file, code, folder)
}

/**
 * Runs a TypeScript entry as if it had been named on Node's command line.
 *
 * @param {string} file
 * @param {readonly string[]} args
 */
export async function runTs(file, args) {
  const bundle = await bundleTs(file)
  // The program that runs now has no use for the bundler's process.
  await (await import('esbuild')).stop()
  process.argv = [process.execPath, resolve(file), ...args]
  process.setSourceMapsEnabled(true)
  await import(pathToFileURL(bundle).href)
}

/**
 * Named by its content and renamed into place: many processes may run the same entry at once.
 *
 * @param {string} file
 * @param {string} code
 * @param {string} folder
 */
function keep(file, code, folder) {
  const name = resolve(file)
    .slice(root.length + 1, -extname(file).length)
    .replaceAll(/[^\w-]+/g, '-')
  const kept = join(folder, `${name}-${createHash('sha256').update(code).digest('hex').slice(0, 12)}.mjs`)
  if (!existsSync(kept)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${kept}.${process.pid}`, code)
    renameSync(`${kept}.${process.pid}`, kept)
  }
  return kept
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [file, ...args] = process.argv.slice(2)
  if (file === undefined) {
    console.error('usage: node scripts/run-ts.mjs file.ts [arguments…]')
    process.exit(2)
  }
  await runTs(file, args)
}
