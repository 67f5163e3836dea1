/** The list of published runs has every run that was begun, whatever came of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { enter, type Places, readRuns } from './publish.ts'
import { emptyTally, type Tally } from './tally.ts'

let folder: string
let places: Places

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-runs-'))
  places = { list: join(folder, 'runs.json'), page: join(folder, 'page.md') }
  writeFileSync(places.list, '[]\n')
  writeFileSync(places.page, 'before\n<!-- runs: begin -->\nold\n<!-- runs: end -->\nafter\n')
})

afterEach(() => rmSync(folder, { recursive: true }))

const page = (): string => readFileSync(places.page, 'utf8')
const tally = (seeds: number, ...failures: Tally['failures']): Tally => ({
  ...emptyTally(),
  seeds,
  clientHours: seeds / 2,
  failures,
})
const begin = (start: number, command = 'npm run sim -- --seeds 1000') =>
  enter(places, { command, start, asked: 1000 })

test('a run is in the list from the moment at which its start is drawn, and counts as a failure until it ends', () => {
  begin(1)(tally(1000), [])
  expect(page()).toContain(
    'In a row without a failure: 1,000 fresh seeds of ordinary worlds, 500 client-hours.',
  )
  begin(7)
  expect(readRuns(places.list).at(-1)).toMatchObject({ start: 7, isDrawn: true, isEnded: false, seeds: 0 })
  expect(page()).toContain('| 7 (drawn) | 0 of 1,000 |')
  expect(page()).toContain('| broken off |')
  expect(page()).toContain('no seeds of ordinary worlds')
  expect(page()).toMatch(/^before\n[^]*\nafter\n$/)
})

test('a run that failed stays, with its seeds and laws, and so does what only all seeds together can break', () => {
  begin(2)(tally(400, { seed: 9, message: 'Error: I22: it does not come to rest: Error: I2: lost' }), [])
  expect(page()).toContain('| 400 of 1,000 | 200 | 0 | 0 | 1 · 9 I22 |')
  begin(3)(tally(1000), ['I18: waits pile up'])
  expect(page()).toContain('1 · I18: waits pile up')
  expect(page()).toContain('no seeds of ordinary worlds')
  begin(4)(tally(1000), [])
  begin(5)(tally(1000), [])
  expect(page()).toContain(
    'In a row without a failure: 2,000 fresh seeds of ordinary worlds, 1,000 client-hours.',
  )
})

test('runs that go on at the same time keep each other, and worlds of hours are counted apart', () => {
  const [one, other] = [begin(1), begin(2, 'npm run sim -- --hours --seeds 1000')]
  one(tally(1000), [])
  other(tally(500), [])
  expect(readRuns(places.list).map(({ start, seeds }) => [start, seeds])).toEqual([
    [1, 1000],
    [2, 500],
  ])
  expect(page()).toContain('1,000 fresh seeds of ordinary worlds')
  expect(page()).toContain('500 fresh seeds of worlds of hours')
  expect(page().indexOf('| 2 (drawn)')).toBeLessThan(page().indexOf('| 1 (drawn)'))
})

test('a page without its marks is refused, and the list stays as it was', () => {
  writeFileSync(places.page, 'no marks')
  expect(() => begin(3)).toThrow('has no place for the runs')
  expect(readRuns(places.list)).toEqual([])
})
