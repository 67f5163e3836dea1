/**
 * Keeps what is derived (node_modules, dist) in step with what it is derived from.
 *
 * Plain Node and no dependency: this runs before anything is installed.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Every cache of the house lives here; deleting it is always safe. */
export const cache = join(root, '.cache')

const dist = join(root, 'dist')
const stamp = join(cache, 'built')

/**
 * Runs a program with our own terminal, and tells how it ended.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export function run(program, args, env = process.env) {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env,
  })
  if (error) console.error(`${program}: ${error.message}`)
  return status ?? 1
}

/** Installs what the lock file names, unless exactly that is there already. */
export function ensureInstalled() {
  refuseOldNode()
  if (!isInstallStale()) return
  console.log('Installing the packages of package-lock.json…')
  // No package here needs its install script, and not running any is one thing less to trust.
  if (run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']) !== 0) {
    throw new Error('npm ci failed; its own words are above')
  }
}

/** Builds dist, unless it was built from these very sources. */
export function ensureBuilt() {
  if (
    existsSync(join(dist, 'index.js')) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === fingerprint()
  )
    return
  build()
}

/** Builds into a fresh folder and moves it into place when whole, so that nobody ever sees half a build. */
export function build() {
  // Taken first: a source that changes while we build makes the build stale, not fresh.
  const builtFrom = fingerprint()
  // Beside dist, not in the cache: source maps tell the way to src from as deep as dist lies.
  const fresh = join(root, `.dist-${process.pid}`)
  mkdirSync(cache, { recursive: true })
  try {
    const env = { ...process.env, HOLDFAST_OUT_DIR: relative(root, fresh) }
    if (run(process.execPath, [join('node_modules', 'tsup', 'dist', 'cli-default.js')], env) !== 0) {
      throw new Error('the build failed; the reasons are above')
    }
    rmSync(dist, { recursive: true, force: true })
    renameSync(fresh, dist)
    writeFileSync(stamp, builtFrom)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

function refuseOldNode() {
  const major = Number(process.versions.node.split('.')[0])
  if (major < 20) throw new Error(`holdfast needs Node 20 or newer; this is ${process.versions.node}`)
}

/**
 * npm leaves a copy of the lock it followed inside node_modules: the two must agree on every version.
 * Optional packages are left out, for those of other platforms are never there.
 */
function isInstallStale() {
  const followed = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(followed)) return true
  const wanted = lockedPackages(join(root, 'package-lock.json'))
  const present = lockedPackages(followed)
  return Object.entries(wanted).some(
    ([path, { version, optional }]) => path !== '' && optional !== true && present[path]?.version !== version,
  )
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function lockedPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
}

/** A hash over everything that a build reads. */
function fingerprint() {
  const hash = createHash('sha256')
  const single = [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'tsup.config.ts',
  ]
  for (const file of [...single, ...sources()]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  }
  return hash.digest('hex')
}

function sources() {
  return readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
}
