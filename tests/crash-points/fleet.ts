/**
 * Many scripts on several cores: children that ask for one script after the other.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { bundleTs } from '../../scripts/run-ts.mjs'
import { scriptOf } from './scripts.ts'
import { sweep, type Sweep, sweepPairs } from './sweep.ts'

export interface Order {
  readonly script: string
  readonly pairs: boolean
}

/** @param told - called with each script's result as it comes */
export async function sweepAll(
  orders: readonly Order[],
  jobs: number,
  told: (result: Sweep) => void = () => undefined,
): Promise<readonly Sweep[]> {
  const results: Sweep[] = []
  const left = [...orders]
  const bundle = await bundleTs(fileURLToPath(new URL('child.ts', import.meta.url)))
  const children = Array.from({ length: Math.min(jobs, orders.length) }, () =>
    fork(bundle, { execArgv: ['--enable-source-maps'] }),
  )
  const work = (child: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      const next = (): void => {
        const order = left.shift()
        if (order === undefined) child.disconnect()
        else child.send(order)
      }
      child.on('message', (result) => {
        results.push(result as Sweep)
        told(result as Sweep)
        next()
      })
      child.on('error', reject)
      child.on('exit', (code) => {
        if (code === 0) resolve()
        else reject(new Error(`a child ended with ${code ?? 'a signal'}`))
      })
      next()
    })
  try {
    await Promise.all(children.map((child) => work(child)))
  } finally {
    for (const child of children) child.kill()
  }
  return results
}

/** What a child does with an order. */
export function carryOut({ script, pairs }: Order): Promise<Sweep> {
  return pairs ? sweepPairs(scriptOf(script)) : sweep(scriptOf(script))
}
