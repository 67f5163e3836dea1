/** One direction of a line: what is on its way arrives in order, and no later than the line has it. */
import { expect, test } from 'vitest'
import { at } from '../../src/base/time.ts'
import { Lane } from '../../src/testing/virtual/lane.ts'
import { Timeline } from '../../src/testing/virtual/timeline.ts'

function line() {
  const timeline = new Timeline()
  const began = timeline.now
  const arrived: string[] = []
  const lane = new Lane<string>(timeline, { latency: () => 10 }, (item) => arrived.push(item))
  const run = (ms: number): Promise<void> => timeline.advance(at(began + ms))
  return { lane, arrived, run }
}

test('a line that is widened brings at once what a narrow one still had on its way, in order', async () => {
  const { lane, arrived, run } = line()
  lane.characterMs = 20
  for (const text of ['one', 'two', 'three']) lane.send(text, 1000)
  await run(20_010)
  expect(arrived).toEqual(['one'])
  lane.widen()
  await run(20_010)
  expect(arrived).toEqual(['one', 'two', 'three'])
  lane.send('four', 1000)
  await run(20_020)
  expect(arrived).toEqual(['one', 'two', 'three', 'four'])
})

test('a line that is widened brings nothing sooner than the way takes, and nothing over a line that stands still', async () => {
  const { lane, arrived, run } = line()
  lane.holdMs = 500
  lane.send('held', 1)
  lane.widen()
  await run(9)
  expect(arrived).toEqual([])
  await run(10)
  expect(arrived).toEqual(['held'])
  lane.delay(100)
  lane.send('late', 1)
  lane.widen()
  await run(109)
  expect(arrived).toEqual(['held'])
  lane.stall(1000)
  lane.widen()
  await run(1108)
  expect(arrived).toEqual(['held'])
  await run(1109)
  expect(arrived).toEqual(['held', 'late'])
})
