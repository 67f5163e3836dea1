import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/adapters/system-clock.ts'
import { after, minutes } from '../../src/base/time.ts'

const FORTY_DAYS = minutes(40 * 24 * 60)

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('[CL-14] an alarm that is further away than a timer reaches rings at its moment, once', () => {
  const clock = systemClock()
  const due = after(clock.now(), FORTY_DAYS)
  const rung: number[] = []
  clock.alarm(due, () => rung.push(clock.now()))
  vi.advanceTimersByTime(FORTY_DAYS - 1)
  expect(rung).toEqual([])
  vi.advanceTimersByTime(FORTY_DAYS)
  expect(rung).toHaveLength(1)
  expect(rung[0]).toBeGreaterThanOrEqual(due)
})

test('[CL-14] such an alarm can be called off at any time', () => {
  const clock = systemClock()
  const cancel = clock.alarm(after(clock.now(), FORTY_DAYS), () => expect.fail('it was called off'))
  vi.advanceTimersByTime(minutes(30 * 24 * 60))
  cancel()
  vi.advanceTimersByTime(FORTY_DAYS)
  expect(vi.getTimerCount()).toBe(0)
})
