/** The end of one fault takes back what that one has set, whatever else was set before or since. */
import { expect, test } from 'vitest'
import { claim } from './claim.ts'

test('the end of one claim leaves the other in force, whichever ends first', () => {
  for (const first of [0, 1]) {
    const auth = { isDown: false }
    const ends = [claim(auth, 'isDown', true), claim(auth, 'isDown', true)]
    ends[first]?.()
    expect(auth.isDown).toBe(true)
    ends[1 - first]?.()
    expect(auth.isDown).toBe(false)
  }
})

test('the newest claim has its way, and gives way to the one before', () => {
  const lane: { holdMs: number | undefined } = { holdMs: 0 }
  const one = claim(lane, 'holdMs', 1000)
  const other = claim(lane, 'holdMs', 5000)
  expect(lane.holdMs).toBe(5000)
  other()
  other()
  expect(lane.holdMs).toBe(1000)
  one()
  expect(lane.holdMs).toBe(0)
})

test('what somebody has set without a claim stays', () => {
  const lane = { middlebox: 'none' }
  const end = claim(lane, 'middlebox', 'twice')
  lane.middlebox = 'cut'
  end()
  expect(lane.middlebox).toBe('cut')
})
