/** A process in virtual time: its clock stands still while its machine sleeps, and exactly as long. */
import { expect, test } from 'vitest'
import { at } from '../../src/base/time.ts'
import { Host } from '../../src/testing/virtual/host.ts'
import { Timeline } from '../../src/testing/virtual/timeline.ts'

function sleeper() {
  const timeline = new Timeline()
  const host = new Host(timeline)
  const began = timeline.now
  /** How far the machine's clock came in so much time. */
  const clockAfter = async (ms: number): Promise<number> => {
    await timeline.advance(at(began + ms))
    return host.clock.now() - began
  }
  return { host, clockAfter }
}

test('a sleep that was cut short does not end the next one', async () => {
  const { host, clockAfter } = sleeper()
  host.sleep(1000)
  expect(await clockAfter(400)).toBe(0)
  host.thaw()
  expect(await clockAfter(500)).toBe(100)
  host.sleep(2000)
  expect(await clockAfter(2400)).toBe(100)
  expect(await clockAfter(2600)).toBe(200)
})

test.each([
  ['a shorter one inside it', 2000, 500],
  ['a longer one that begins later', 500, 1700],
])('of two sleeps the later end counts: %s', async (_, first, second) => {
  const { host, clockAfter } = sleeper()
  host.sleep(first)
  await clockAfter(300)
  host.sleep(second)
  expect(await clockAfter(1999)).toBe(0)
  expect(await clockAfter(2500)).toBe(500)
})
