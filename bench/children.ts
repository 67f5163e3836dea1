/** Starting, asking and ending the processes at the two ends of a benchmark. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { bundleTs } from '../scripts/run-ts.mjs'
import type { Command } from './peer.ts'

export interface Answer {
  readonly type: 'ready' | 'done' | 'received'
  readonly port?: number
  readonly cpuMs?: number
  readonly rss?: number
  readonly heap?: number
}

export class Child {
  private readonly process: ChildProcess
  private readonly waiting = new Map<Answer['type'], ((answer: Answer) => void)[]>()

  constructor(process: ChildProcess) {
    this.process = process
    process.on('message', (answer: Answer) => this.waiting.get(answer.type)?.shift()?.(answer))
  }

  hears(type: Answer['type']): Promise<Answer> {
    return new Promise((resolve) => {
      const queue = this.waiting.get(type) ?? []
      queue.push(resolve)
      this.waiting.set(type, queue)
    })
  }

  ask(command: Command): Promise<Answer> {
    const answer = this.hears('done')
    this.process.send(command)
    return answer
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const gone = new Promise((resolve) => this.process.once('exit', resolve))
    this.process.kill(signal)
    await gone
  }
}

export async function startChild(
  file: string,
  args: readonly string[],
): Promise<{ readonly child: Child; readonly port: number }> {
  const bundle = await bundleTs(fileURLToPath(new URL(file, import.meta.url)))
  const forked = fork(bundle, [...args], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const child = new Child(forked)
  const { port = 0 } = await child.hears('ready')
  return { child, port }
}
