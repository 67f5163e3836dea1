/**
 * From "the server listens again" to the first message, after a kill -9 and some time of nobody there.
 *
 * Default settings: the wait before each dial is the backoff's, so the longer the outage, the longer the wait.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { connect, memoryStore } from 'holdfast'
import { bundleTs } from '../scripts/run-ts.mjs'
import { median } from './figures.ts'

export interface Recovery {
  readonly downSeconds: number
  /** Milliseconds, median over the rounds. */
  readonly toFirstMessage: number
  readonly worst: number
  readonly dials: number
}

/** @param planned - the server says goodbye with a notice instead of being killed. */
export async function measureRecovery(
  downSeconds: number,
  rounds: number,
  planned = false,
): Promise<Recovery> {
  const file = await bundleTs(fileURLToPath(new URL('./greeter.ts', import.meta.url)))
  const waits: number[] = []
  const dials: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    let server = await start(file, 0)
    const session = connect(`ws://127.0.0.1:${server.port}`, { store: memoryStore() })
    // Listens all the time: what nobody listened to would be waiting when the next is awaited.
    let ring = (): void => undefined
    const next = () => new Promise<void>((resolve) => (ring = resolve))
    session.on('message', () => ring())
    await next()
    let dialed = 0
    session.on('status', ({ kind }) => void (dialed += kind === 'connecting' ? 1 : 0))
    await stop(server.child, planned ? 'SIGTERM' : 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, downSeconds * 1000))
    const first = next()
    server = await start(file, server.port)
    const listening = performance.now()
    await first
    waits.push(performance.now() - listening)
    dials.push(dialed)
    await session.close()
    await stop(server.child, 'SIGKILL')
  }
  return { downSeconds, toFirstMessage: median(waits), worst: Math.max(...waits), dials: median(dials) }
}

async function start(
  file: string,
  port: number,
): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = fork(file, [String(port)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const answer = await new Promise<{ port: number }>((resolve) =>
    child.once('message', (said) => resolve(said as { port: number })),
  )
  return { child, port: answer.port }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await gone
}
