/** Writes what a long run saw between the two marks of a page, with the commit that it ran on. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Tally } from './tally.ts'
import { summary } from './report.ts'

const BEGIN = '<!-- longest run: begin -->'
const END = '<!-- longest run: end -->'

/** Says so in the table if the tree is not what the commit says. @throws Error if the page has no marks */
export function publish(page: string, tally: Tally, seconds: number, command: string): void {
  const text = readFileSync(page, 'utf8')
  const from = text.indexOf(BEGIN)
  const to = text.indexOf(END)
  if (from < 0 || to < from) throw new Error(`${page} has no place for the figures`)
  writeFileSync(
    page,
    `${text.slice(0, from + BEGIN.length)}\n\n${tableOf(tally, seconds, command)}\n\n${text.slice(to)}`,
  )
}

function tableOf(tally: Tally, seconds: number, command: string): string {
  const commit = git('rev-parse', '--short=12', 'HEAD')
  const isClean = git('status', '--porcelain', '--', 'src', 'tests/simulation') === ''
  const sum = (counts: Readonly<Record<string, number>>): string =>
    number(Object.values(counts).reduce((total, count) => total + count, 0))
  const rows = [
    ['command', `\`${command}\``],
    ['commit', `\`${commit}\`${isClean ? '' : ', with changes that were not committed'}`],
    ['seeds', number(tally.seeds)],
    ['client-hours', number(tally.clientHours)],
    ['messages', number(tally.messages)],
    ['faults injected', `${sum(tally.faults)} of ${Object.keys(tally.faults).length} kinds`],
    ['laws looked at', `${sum(tally.laws)} times`],
    ['open failures', number(tally.failures.length)],
    ['never met', number(summary(tally).missing.length)],
    [
      'speed',
      `${number((tally.clientHours * 3_600_000) / Math.max(1, tally.busyMs))} times real time for each client and its server`,
    ],
    ['wall time', `${number(seconds / 60)} minutes on all cores`],
  ]
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n')
}

const number = (value: number): string => Math.round(value).toLocaleString('en-US')

const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim()
