/**
 * docs/SPEC.md and the tests tell the same story: every rule has a test that names it, and no test names a
 * rule that does not exist.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesUnder, firstArguments, root, textOf } from './sources.ts'

const SPEC = 'docs/SPEC.md'

/** A rule's name: a few capitals for its chapter, a number, perhaps a letter. */
const RULE = /\[([A-Z]{2,8}-\d+[a-z]?)\]/g

function rulesIn(text: string): readonly string[] {
  return [...text.matchAll(RULE)].map((match) => match[1] ?? '')
}

const tests = ['.test.ts', '.test-d.ts'].flatMap((ending) => filesUnder('tests', ending))

/** Which test files name which rule in a title. */
const tested = new Map<string, string[]>()
for (const file of tests) {
  for (const rule of firstArguments(file).flatMap(rulesIn))
    tested.set(rule, [...(tested.get(rule) ?? []), file])
}

describe('the spec', () => {
  test(`${SPEC} exists and has rules`, () => {
    expect(existsSync(join(root, SPEC)), `${SPEC} is missing`).toBe(true)
    expect(new Set(rulesIn(textOf(SPEC))).size).toBeGreaterThan(0)
  })

  test('every rule is named in the title of a test', () => {
    const rules = new Set(rulesIn(textOf(SPEC)))
    expect([...rules].filter((rule) => !tested.has(rule))).toEqual([])
  })

  test('every rule that a title names is in the spec', () => {
    const rules = new Set(rulesIn(textOf(SPEC)))
    const unknown = [...tested].filter(([rule]) => !rules.has(rule))
    expect(unknown.map(([rule, files]) => `${rule} in ${files.join(', ')}`)).toEqual([])
  })
})
