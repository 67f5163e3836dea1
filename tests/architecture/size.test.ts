/** No door grows unseen: each stays under what it was when its limit was last set, and the limits only fall. */
import { describe, expect, test } from 'vitest'
import { limitFor, measure, readSizes } from '../../scripts/sizes.mjs'
import { textOf } from './sources.ts'

const rows = readSizes()

/** A limit this far above the truth would let a tenth come back unnoticed. */
const LOOSE = 1.1

describe.each(rows)('$import from $door', (row) => {
  test('is no larger than its limit', async () => {
    const size = await measure(row)
    expect(row.limit, 'no limit is set: npm run size -- --ratchet').not.toBeNull()
    expect(size).toBeLessThanOrEqual(row.limit ?? 0)
  })

  test('has a limit that is close to the truth', async () => {
    const tight = limitFor(await measure(row)) * LOOSE
    expect(
      row.limit ?? Infinity,
      'it became smaller; keep it so: npm run size -- --ratchet',
    ).toBeLessThanOrEqual(tight)
  })
})

test('every door is weighed', () => {
  const { exports } = JSON.parse(textOf('package.json')) as { exports: object }
  const doors = Object.keys(exports).filter((subpath) => subpath !== './package.json')
  const weighed = new Set(rows.map(({ door }) => door.replace(/^holdfast/, '.')))
  expect(doors.filter((door) => !weighed.has(door))).toEqual([])
})
