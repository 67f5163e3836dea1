/** A worker that plays nothing, and dies of seed 2: for the test of the crew. */
import { emptyTally } from './tally.ts'
import type { Slice } from './worker.ts'

process.on('disconnect', () => process.exit())
process.on('message', ({ first }: Slice) => {
  if (first === 2) process.exit(1)
  setTimeout(() => process.send?.(emptyTally()), 20)
})
