/**
 * The first seed of a run. The run draws it, or it follows from the commit: a start that a person has chosen proves
 * something about the worlds behind it, and nothing about any other.
 */
import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { root } from '../../scripts/fresh.mjs'

/** Seeds are numbers of 32 bits. */
export const SEEDS_IN_ALL = 2 ** 32

/** Drawn evenly, such that all of the run's seeds have 32 bits. */
export const drawStart = (count: number): number => randomInt(SEEDS_IN_ALL - count)

/**
 * Other worlds for each commit, and the same ones for everyone who runs that commit again.
 *
 * @param commit - a hash in hexadecimal digits; its first eight say where the run starts
 */
export const startOf = (commit: string, count: number): number =>
  Number.parseInt(commit.slice(0, 8), 16) % (SEEDS_IN_ALL - count)

/** The hash of the commit that is checked out; `undefined` where there is no repository, or no git. */
export function headCommit(): string | undefined {
  try {
    const hash = execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    return /^[0-9a-f]{40,}$/.test(hash) ? hash : undefined
  } catch {
    return undefined
  }
}

/** From the commit where there is one; drawn elsewhere, such as in an archive of the sources. */
export function startHere(
  count: number,
  commit = headCommit(),
): { readonly start: number; readonly source: string } {
  return commit === undefined
    ? { start: drawStart(count), source: 'drawn, for there is no commit to derive it from' }
    : { start: startOf(commit, count), source: `derived from commit ${commit.slice(0, 12)}` }
}
