/** Lets every core play seeds, slice by slice, until there are none left or time is up. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Tally } from './tally.ts'
import type { Slice } from './worker.ts'

const RUNNER = fileURLToPath(new URL('../../scripts/run-ts.mjs', import.meta.url))
const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url))

export interface CrewOptions {
  readonly jobs: number
  /** The next slice; `undefined` when there is none left. */
  readonly next: () => Slice | undefined
  /** @returns whether to go on */
  readonly done: (tally: Tally) => boolean
  /** What plays; only tests have another. */
  readonly worker?: string
}

export async function playByCrew({ jobs, next, done, worker = WORKER }: CrewOptions): Promise<void> {
  let goesOn = true
  const children = Array.from({ length: jobs }, () => fork(RUNNER, [worker]))
  try {
    await Promise.all(
      children.map(async (child) => {
        for (let slice = next(); goesOn && slice !== undefined; slice = next())
          if (!done(await ask(child, slice))) goesOn = false
        child.kill()
      }),
    )
  } finally {
    // One that died ends the run for all: nobody hears any more what the others see.
    goesOn = false
    for (const child of children) child.kill()
  }
}

function ask(child: ChildProcess, slice: Slice): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null): void =>
      reject(new Error(`the worker of the seeds from ${slice.first} on ended with ${code ?? 'a signal'}`))
    child.once('exit', died)
    child.once('message', (tally) => {
      child.off('exit', died)
      resolve(tally as Tally)
    })
    child.send(slice)
  })
}
