/**
 * Lets virtual time pass until some work is done, event by event.
 */
import { NEVER } from '../../src/base/time.ts'
import type { Timeline } from '../../src/testing/virtual/timeline.ts'

/** Work that waits for nothing that will ever happen would wait forever. */
const IDLE_TURNS = 1000

export async function inTime<T>(timeline: Timeline, work: () => Promise<T>): Promise<T> {
  let isDone = false
  const end = (): void => void (isDone = true)
  const outcome = work()
  outcome.then(end, end)
  let idle = 0
  while (!isDone) {
    const { next } = timeline
    idle = next === NEVER ? idle + 1 : 0
    if (idle > IDLE_TURNS) throw new Error('it waits for nothing')
    await timeline.advance(next === NEVER ? timeline.now : next, () => isDone)
  }
  return outcome
}
