/** The model in `spec/` is searched completely, its mutants are found out, and the spec says what it checks. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { findProgram } from '../../scripts/programs.mjs'
import { mutants, searches } from '../../spec/searches.mjs'
import { situationsIn } from '../../spec/situations.mjs'
import { root } from '../architecture/sources.ts'

const isHere = findProgram('spin') !== undefined && findProgram('gcc') !== undefined
/** A minute or two on two free processors; others run beside it. */
const PATIENCE = 600_000

const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')
const found = (text: string, pattern: RegExp): readonly string[] =>
  [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''))].sort()

describe('the model of the session protocol', () => {
  const model = textOf('spec/session.pml')

  test.skipIf(!isHere)(
    'holds in every state, and every mutant of it is found out',
    async () => {
      const script = join(root, 'scripts', 'model.mjs')
      const { stdout } = await promisify(execFile)(process.execPath, [script], {
        maxBuffer: 64 * 1024 * 1024,
      })
      const states = [...stdout.matchAll(/ (\d+) states,/g)].map((match) => Number(match[1]))
      expect(states).toHaveLength(searches.length)
      expect(Math.max(...states)).toBeGreaterThan(1_000_000)
      expect(stdout).not.toContain('SURVIVED')
    },
    PATIENCE,
  )

  test('every mutant in the model is hunted, and no other', () => {
    expect(found(model, /MUTANT_(\w+)/g).filter((name) => name !== '')).toEqual(
      mutants.map(({ name }) => name).sort(),
    )
  })

  test('a situation outside of the mutants must be met, whichever branch it is in, and one of a mutant need not', () => {
    const text = [
      'SOMETIMES("always")',
      '#ifdef MUTANT_A',
      'SOMETIMES("mutant")',
      '#else',
      'SOMETIMES_IF(len(up[0]) > 1, "not mutant")',
      '#if SERVERS > 1',
      'SOMETIMES("nested")',
      '#endif',
      '#endif',
      '#ifndef MUTANT_B',
      'SOMETIMES("sound")',
      '#else',
      'SOMETIMES("broken")',
      '#endif',
    ]
    expect(situationsIn(text.join('\n'))).toEqual(['always', 'not mutant', 'nested', 'sound'])
    expect(situationsIn(model).length).toBeGreaterThan(50)
  })

  test('the spec says of every property which rules it is', () => {
    const [, chapter = ''] = textOf('docs/SPEC.md').split('## What the model checks')
    const told = found(chapter, /^\| `([^`]+)`/gm)
    expect(told).toEqual(found(model, /PROPERTY\("I\d+ ([\w-]+) \[/g))
  })
})
