/**
 * Runs that are published, failing ones too: a list of them in a file, and the tables that a page has of it.
 *
 * A run is entered when its start is drawn and completed when it ends, so that one that is cut short stays in the
 * list as what it is: nobody can go on drawing until a run looks good.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { describeRate } from './rate.ts'
import type { Tally } from './tally.ts'

export interface PublishedRun {
  /** Twelve digits of the commit; `+` follows if the tree was another. */
  readonly commit: string
  readonly command: string
  /** The first seed. */
  readonly start: number
  /** Before starts were drawn, they were given by hand. */
  readonly isDrawn: boolean
  /** How many seeds were to be played; all were, if `isWhole`. */
  readonly asked: number
  readonly isWhole: boolean
  readonly seeds: number
  readonly clientHours: number
  readonly messages: number
  readonly faults: number
  readonly looks: number
  /** `seed law`, such as `77124016 I22`. */
  readonly failures: readonly string[]
}

/** The files of the list and of the page. */
export interface Places {
  readonly list: string
  readonly page: string
}

const BEGIN = '<!-- runs: begin -->'
const END = '<!-- runs: end -->'

export const readRuns = (list: string): readonly PublishedRun[] =>
  JSON.parse(readFileSync(list, 'utf8')) as readonly PublishedRun[]

/** Enters a run that begins. @returns completes it */
export function enter(places: Places, begun: { command: string; start: number; asked: number }) {
  const before = readRuns(places.list)
  const commit = commitHere()
  const keep = (tally: Tally | undefined, isWhole: boolean): void =>
    write(places, [...before, { ...seen(tally), ...begun, commit, isDrawn: true, isWhole }])
  keep(undefined, false)
  return (tally: Tally): void => keep(tally, tally.seeds === begun.asked)
}

function seen(tally: Tally | undefined) {
  const sum = (counts: Readonly<Record<string, number>> = {}): number =>
    Object.values(counts).reduce((total, count) => total + count, 0)
  return {
    seeds: tally?.seeds ?? 0,
    clientHours: Math.round(tally?.clientHours ?? 0),
    messages: tally?.messages ?? 0,
    faults: sum(tally?.faults),
    looks: sum(tally?.laws),
    failures: (tally?.failures ?? []).map(({ seed, message }) => `${seed} ${lawIn(message)}`),
  }
}

const lawIn = (message: string): string => /\bI\d+\b/.exec(message)?.[0] ?? 'error'

function write({ list, page }: Places, runs: readonly PublishedRun[]): void {
  writeFileSync(list, `${JSON.stringify(runs, null, 2)}\n`)
  const text = readFileSync(page, 'utf8')
  const from = text.indexOf(BEGIN)
  const to = text.indexOf(END)
  if (from < 0 || to < from) throw new Error(`${page} has no place for the runs: ${BEGIN} … ${END}`)
  writeFileSync(page, `${text.slice(0, from + BEGIN.length)}\n\n${describeRuns(runs)}\n\n${text.slice(to)}`)
}

/** The newest first, and what follows from those since the last failure. */
export function describeRuns(runs: readonly PublishedRun[]): string {
  const rows = runs.map(({ commit, command, start, isDrawn, asked, isWhole, ...run }) =>
    [
      `\`${commit}\``,
      `\`${command}\``,
      `${start} (${isDrawn ? 'drawn' : 'chosen'})`,
      isWhole ? number(run.seeds) : `${number(run.seeds)} of ${number(asked)}`,
      number(run.clientHours),
      number(run.messages),
      number(run.looks),
      run.failures.length === 0 ? '0' : `${run.failures.length}: ${run.failures.join(', ')}`,
    ].join(' | '),
  )
  const lines = [
    describeStreak(runs),
    '',
    '| commit | command | start | seeds | client-hours | messages | laws looked at | failures |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.reverse().map((row) => `| ${row} |`),
  ]
  return lines.join('\n')
}

function describeStreak(runs: readonly PublishedRun[]): string {
  const last = runs.findLastIndex(({ failures, isDrawn }) => failures.length > 0 || !isDrawn)
  const streak = runs.slice(last + 1)
  const seeds = streak.reduce((sum, run) => sum + run.seeds, 0)
  const hours = streak.reduce((sum, run) => sum + run.clientHours, 0)
  if (seeds === 0)
    return runs.length === 0 ? 'No run has been published.' : 'The newest published run has failures.'
  return `In a row without a failure: ${number(seeds)} fresh seeds, ${number(hours)} client-hours. So ${describeRate(0, seeds)}.`
}

const number = (value: number): string => Math.round(value).toLocaleString('en-US')

const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()

function commitHere(): string {
  const isClean = git('status', '--porcelain', '--', 'src', 'tests/simulation', 'package-lock.json') === ''
  return `${git('rev-parse', '--short=12', 'HEAD')}${isClean ? '' : '+'}`
}
