/**
 * Runs that are published, failing ones too: a list of them in a file, and the table that a page has of it.
 *
 * A run is entered when its start is drawn and completed when it ends. One that is broken off stays in the list, and
 * counts as a failure: otherwise a run could be broken off as soon as a failure shows.
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
  /** How many seeds were to be played. */
  readonly asked: number
  /** Whether it came to its end, by itself or by its first failure. */
  readonly isEnded: boolean
  readonly seeds: number
  readonly clientHours: number
  readonly messages: number
  readonly faults: number
  readonly looks: number
  /** `seed law`, such as `77124016 I22`; of a law that only all seeds together can break, its words. */
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

/**
 * Enters a run that begins.
 *
 * @returns completes it; other runs may have been entered meanwhile
 */
export function enter(places: Places, begun: { command: string; start: number; asked: number }) {
  const entry: PublishedRun = {
    ...seen(undefined, []),
    ...begun,
    commit: commitHere(),
    isDrawn: true,
    isEnded: false,
  }
  const isEntry = ({ start, commit, isEnded }: PublishedRun): boolean =>
    start === entry.start && commit === entry.commit && !isEnded
  write(places, [...readRuns(places.list), entry])
  return (tally: Tally, broken: readonly string[]): void => {
    const ended = { ...entry, ...seen(tally, broken), isEnded: true }
    write(
      places,
      readRuns(places.list).map((run) => (isEntry(run) ? ended : run)),
    )
  }
}

function seen(tally: Tally | undefined, broken: readonly string[]) {
  const sum = (counts: Readonly<Record<string, number>> = {}): number =>
    Object.values(counts).reduce((total, count) => total + count, 0)
  return {
    seeds: tally?.seeds ?? 0,
    clientHours: Math.round(tally?.clientHours ?? 0),
    messages: tally?.messages ?? 0,
    faults: sum(tally?.faults),
    looks: sum(tally?.laws),
    failures: [...(tally?.failures ?? []).map(({ seed, message }) => `${seed} ${lawIn(message)}`), ...broken],
  }
}

const lawIn = (message: string): string => /\bI\d+\b/.exec(message)?.[0] ?? 'error'

function write({ list, page }: Places, runs: readonly PublishedRun[]): void {
  const text = readFileSync(page, 'utf8')
  const from = text.indexOf(BEGIN)
  const to = text.indexOf(END)
  if (from < 0 || to < from) throw new Error(`${page} has no place for the runs: ${BEGIN} … ${END}`)
  writeFileSync(list, `${JSON.stringify(runs, null, 2)}\n`)
  writeFileSync(page, `${text.slice(0, from + BEGIN.length)}\n\n${describeRuns(runs)}\n\n${text.slice(to)}`)
}

/** A table, the newest run first, and what follows from those since the last failure. */
export function describeRuns(runs: readonly PublishedRun[]): string {
  const rows = runs.map(({ commit, command, start, isDrawn, asked, isEnded, ...run }) =>
    [
      `\`${commit}\``,
      `\`${command}\``,
      `${start} (${isDrawn ? 'drawn' : 'chosen'})`,
      run.seeds === asked ? number(run.seeds) : `${number(run.seeds)} of ${number(asked)}`,
      number(run.clientHours),
      number(run.messages),
      number(run.looks),
      isEnded ? [run.failures.length, ...run.failures].join(' · ') : 'broken off',
    ].join(' | '),
  )
  const isOfHours = ({ command }: PublishedRun): boolean => command.includes('--hours')
  const lines = [
    describeStreak(
      'ordinary worlds',
      runs.filter((run) => !isOfHours(run)),
    ),
    describeStreak('worlds of hours', runs.filter(isOfHours)),
    '',
    '| commit | command | start | seeds | client-hours | messages | laws looked at | failures |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.reverse().map((row) => `| ${row} |`),
  ]
  return lines.join('\n')
}

function describeStreak(worlds: string, runs: readonly PublishedRun[]): string {
  const isClean = ({ isDrawn, isEnded, failures }: PublishedRun): boolean =>
    isDrawn && isEnded && failures.length === 0
  const streak = runs.slice(runs.findLastIndex((run) => !isClean(run)) + 1)
  const seeds = streak.reduce((sum, run) => sum + run.seeds, 0)
  const hours = streak.reduce((sum, run) => sum + run.clientHours, 0)
  const counted = `${number(seeds)} fresh seeds of ${worlds}, ${number(hours)} client-hours`
  return seeds === 0
    ? `- Without a failure since the last one: no seeds of ${worlds}.`
    : `- In a row without a failure: ${counted}. So ${describeRate(0, seeds)}.`
}

const number = (value: number): string => Math.round(value).toLocaleString('en-US')

const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()

function commitHere(): string {
  const isClean = git('status', '--porcelain', '--', 'src', 'tests/simulation', 'package-lock.json') === ''
  return `${git('rev-parse', '--short=12', 'HEAD')}${isClean ? '' : '+'}`
}
