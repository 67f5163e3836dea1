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

/** @type {import('esbuild').Plugin} */
const ourselves = {
  name: 'ourselves',
  setup(build) {
    build.onResolve({ filter: /^holdfast(\/.*)?$/ }, ({ path }) => ({
      path: join(
        root,
        'src',
        `${path === 'holdfast' ? 'index' : path.slice('holdfast/'.length).replaceAll('/', '-')}.ts`,
      ),
    }))
    // A file asks for its neighbours by its own address, which must stay the one it was written at.
    build.onLoad({ filter: /\.m?[jt]s$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replaceAll(/\bimport\.meta\.url\b/g, JSON.stringify(pathToFileURL(path).href))
        .replaceAll(/\bimport\.meta\.filename\b/g, JSON.stringify(path))
        .replaceAll(/\bimport\.meta\.dirname\b/g, JSON.stringify(resolve(path, '..'))),
      loader: path.endsWith('ts') ? 'ts' : 'js',
    }))
  },
}

/**
 * Bundles a TypeScript entry for this Node and returns the path of the result.
 *
 * @param {string} file
 */
export async function bundleTs(file) {
  const esbuild = await import('esbuild')
  const { outputFiles } = await esbuild.build({
    entryPoints: [resolve(file)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    absWorkingDir: root,
    outdir: join(cache, 'run'),
    logLevel: 'error',
    plugins: [ourselves],
  })
  const code = outputFiles[0]?.text
  if (code === undefined) throw new Error(`nothing came of bundling ${file}`)
  return keep(file, code)
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
 */
function keep(file, code) {
  const folder = join(cache, 'run')
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
