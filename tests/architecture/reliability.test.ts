/** docs/reliability.md and the simulation tell the same story. */
import { describe, expect, test } from 'vitest'
import { FAULTS } from '../simulation/faults/menu.ts'
import { LAWS } from '../simulation/laws.ts'
import { describeRuns, readRuns } from '../simulation/publish.ts'
import { SITUATIONS } from '../simulation/situations.ts'
import { weightsTable } from '../simulation/weights.ts'
import { root, textOf } from './sources.ts'

const page = textOf('docs/reliability.md')

describe('the page about reliability', () => {
  test('has every law as the simulation has it, and no other', () => {
    const told = [...page.matchAll(/^\| (I\d+)\s+\| (.+?)\s+\|$/gm)].map((row) => [row[1], row[2]])
    expect(told).toEqual(Object.entries(LAWS))
  })

  test('names as many situations as there are, each once', () => {
    const named = /\*\*Sometimes\.\*\* (\d+) situations/.exec(page)?.[1]
    expect(named).toBe(String(SITUATIONS.length))
    expect(new Set(SITUATIONS).size).toBe(SITUATIONS.length)
  })

  test('says what the worlds weigh, as the first ten thousand have it', () => {
    expect(page).toContain(`|---|---|\n${weightsTable(1, 10_000)}\n`)
  })

  test('[SIM-6] has every run of the list, and what follows from it', () => {
    expect(page).toContain(describeRuns(readRuns(`${root}/docs/reliability-runs.json`)))
  })
})

test('each of the 84 faults is on the menu, under its number', () => {
  const numbers = Array.from({ length: 84 }, (_, index) => `F${index + 1}`)
  expect([...FAULTS.keys()]).toEqual(numbers)
})
