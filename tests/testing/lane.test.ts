/** One direction of a line, in virtual time. */
import { expect, test } from 'vitest'
import { at } from '../../src/base/time.ts'
import { Lane } from '../../src/testing/virtual/lane.ts'
import { Timeline } from '../../src/testing/virtual/timeline.ts'

test('a line that is widened delivers what waited for its turn within the time, in order', async () => {
  const timeline = new Timeline()
  const arrived: string[] = []
  const lane = new Lane<string>(timeline, { latency: () => 10 }, (item) =>
    arrived.push(`${item} ${timeline.now}`),
  )
  const began = timeline.now
  lane.characterMs = 1000
  for (const item of ['a', 'b', 'c']) lane.send(item, 10)
  lane.characterMs = 0
  lane.widen(12_000)
  lane.send('d', 10)
  await timeline.advance(at(began + 60_000), () => false)
  const times = [10_010, 12_000, 12_000, 12_010].map((ms) => began + ms)
  expect(arrived).toEqual(['a', 'b', 'c', 'd'].map((item, place) => `${item} ${times[place]}`))
})
