/** docs/reliability.md and the simulation tell the same story. */
import { describe, expect, test } from 'vitest'
import { FAULTS } from '../simulation/faults/menu.ts'
import { LAWS } from '../simulation/laws.ts'
import { SITUATIONS } from '../simulation/situations.ts'
import { textOf } from './sources.ts'

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
})

test('each of the 84 faults is on the menu, under its number', () => {
  const numbers = Array.from({ length: 84 }, (_, index) => `F${index + 1}`)
  expect([...FAULTS.keys()]).toEqual(numbers)
})
