/** Workers that play seeds: how many there are to play, and what becomes of the others when one of them dies. */
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runCampaign } from './campaign.ts'
import { playByCrew } from './crew.ts'

test('when a worker dies, the others play no more', async () => {
  const worker = fileURLToPath(new URL('./mortal-worker.ts', import.meta.url))
  let given = 0
  const next = () => {
    given += 1
    return given > 500 ? undefined : { first: given, count: 1, twice: false, scale: undefined }
  }
  await expect(playByCrew({ jobs: 2, next, done: () => true, worker })).rejects.toThrow(
    'the worker of the seeds from 2',
  )
  const atDeath = given
  await pause(1000)
  expect(given).toBe(atDeath)
})

test('no more seeds are played twice than there are', async () => {
  const { tally } = await runCampaign({ first: 1, count: 2, twice: 4, jobs: 1, print: () => undefined })
  expect(tally.seeds).toBe(2)
})
