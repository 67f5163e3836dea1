/** The list of published runs has every run that was begun, whatever came of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeRuns, enter, type Places, readRuns } from './publish.ts'
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
const begin = (start: number) => enter(places, { command: 'npm run sim -- --seeds 1000', start, asked: 1000 })

test('a run is in the list from the moment at which its start is drawn', () => {
  begin(7)
  expect(readRuns(places.list)).toMatchObject([{ start: 7, isDrawn: true, isWhole: false, seeds: 0 }])
  expect(page()).toContain('| 7 (drawn) | 0 of 1,000 |')
  expect(page()).toMatch(/^before\n[^]*\nafter\n$/)
})

test('a run that failed stays, with its seeds and laws, and ends the row of those without a failure', () => {
  begin(1)(tally(1000))
  begin(2)(tally(400, { seed: 9, message: 'Error: I22: it does not come to rest: Error: I2: lost' }))
  expect(page()).toContain('1: 9 I22')
  expect(page()).toContain('The newest published run has failures.')
  begin(3)(tally(1000))
  begin(4)(tally(1000))
  expect(page()).toContain('In a row without a failure: 2,000 fresh seeds, 1,000 client-hours.')
  expect(readRuns(places.list).map(({ start, isWhole }) => [start, isWhole])).toEqual([
    [1, true],
    [2, false],
    [3, true],
    [4, true],
  ])
})

test('the newest run comes first, and a page without its marks is refused', () => {
  begin(1)
  begin(2)
  expect(page().indexOf('| 2 (drawn)')).toBeLessThan(page().indexOf('| 1 (drawn)'))
  expect(describeRuns([])).toContain('No run has been published')
  writeFileSync(places.page, 'no marks')
  expect(() => begin(3)).toThrow('has no place for the runs')
})
