import { expect, test } from 'vitest'
import { killMany } from './kill-test.ts'

test('[KT-1] killing client and server with -9 under traffic loses, doubles and reorders nothing', async () => {
  const report = await killMany({ kills: 12, seed: 7 })
  console.log(
    `kill test: ${report.final.counted} up and ${report.final.answered} down over 12 kills in ${report.seconds.toFixed(1)} s`,
  )
  expect(report.broken).toEqual([])
  expect(report.final.counted).toBeGreaterThan(12)
  expect(report.final.answered).toBe(report.final.counted)
})
