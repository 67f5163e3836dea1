/**
 * The system programs that some tests drive: a browser, two proxies, a database, a model checker and its compiler.
 *
 * None is needed to use the package. A test that wants one asks here and skips itself without it; the test
 * run then says aloud what was left out and how to get it.
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Each program, the command names it may go by, and the Debian package that has it. */
export const programs = {
  chromium: { names: ['chromium', 'chromium-browser', 'google-chrome'], package: 'chromium' },
  haproxy: { names: ['haproxy'], package: 'haproxy' },
  nginx: { names: ['nginx'], package: 'nginx' },
  'redis-server': { names: ['redis-server'], package: 'redis-server' },
  spin: { names: ['spin'], package: 'spin' },
  gcc: { names: ['gcc'], package: 'gcc libc6-dev' },
}

/** Daemons live in directories that an ordinary user's PATH leaves out. */
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']

/**
 * The path of a program, or undefined where it is not installed.
 *
 * @param {keyof typeof programs} program
 * @returns {string | undefined}
 */
export function findProgram(program) {
  for (const name of programs[program].names) {
    for (const folder of folders) {
      const path = join(folder, name)
      if (isExecutable(path)) return path
    }
  }
  return undefined
}

/** The programs that are not installed. */
export function missingPrograms() {
  return /** @type {(keyof typeof programs)[]} */ (Object.keys(programs)).filter(
    (program) => findProgram(program) === undefined,
  )
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
