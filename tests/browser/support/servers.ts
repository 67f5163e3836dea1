/** Real server processes around one log, to be started, drained, stopped and killed; and what they heard. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createNetServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { memoryLog, type MemoryLog, serveLog, type ServedLog, type DrainOptions } from 'holdfast/server'
import { bundleTs } from '../../../scripts/run-ts.mjs'

/** What a server process is told at its start. */
export interface Post {
  readonly name: string
  readonly port: number
  readonly logPort: number
  readonly fold: 'tally' | 'agent'
  readonly heartbeat?: { readonly intervalMs: number; readonly timeoutMs: number }
}

/** What it can be told later. */
export interface Order {
  readonly drain: DrainOptions
}

/** What it tells. */
export type Heard =
  | { readonly kind: 'listening' }
  | { readonly kind: 'drained' }
  | { readonly kind: 'error'; readonly message: string }
  | {
      readonly kind: 'session'
      readonly session: string
      readonly outcome: string
      readonly by: string
      readonly state: string
    }
  | {
      readonly kind: 'heard'
      readonly session: string
      readonly count: number
      readonly redelivered: boolean
      readonly by: string
    }

type HeardOf<K extends Heard['kind']> = Extract<Heard, { readonly kind: K }>

export class Servers {
  /** Where a server listens unless told otherwise: a restart takes the same port. */
  readonly port: number
  readonly log: MemoryLog
  readonly heard: Heard[] = []
  private readonly served: ServedLog
  private readonly program: string
  private readonly fold: Post['fold']
  private readonly children = new Set<ChildProcess>()
  private readonly waiting = new Set<() => void>()
  private started = 0

  private constructor(log: MemoryLog, served: ServedLog, port: number, program: string, fold: Post['fold']) {
    this.log = log
    this.served = served
    this.port = port
    this.program = program
    this.fold = fold
  }

  static async open(fold: Post['fold'] = 'tally'): Promise<Servers> {
    const log = memoryLog({ shared: true })
    const served = await serveLog(log, { port: 0 })
    const program = await bundleTs(fileURLToPath(new URL('./back-end.ts', import.meta.url)))
    return new Servers(log, served, await freePort(), program, fold)
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`
  }

  /** Starts a process and waits until it listens. */
  async start(options: Partial<Pick<Post, 'port' | 'heartbeat'>> = {}): Promise<ServerProcess> {
    this.started += 1
    const name = `server-${this.started}`
    const post: Post = {
      name,
      port: this.port,
      logPort: this.served.port ?? 0,
      fold: this.fold,
      ...options,
    }
    const child = fork(this.program, [JSON.stringify(post)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.children.add(child)
    child.on('message', (heard: Heard) => {
      this.heard.push(heard)
      for (const wake of this.waiting) wake()
    })
    await once(child, 'message')
    return new ServerProcess(child, name)
  }

  of<K extends Heard['kind']>(kind: K, session?: string): HeardOf<K>[] {
    return this.heard.filter(
      (line): line is HeardOf<K> =>
        line.kind === kind && (session === undefined || ('session' in line && line.session === session)),
    )
  }

  /** The session as a server process first had it, waited for if it has not come yet. */
  async arrival(server: ServerProcess): Promise<HeardOf<'session'>> {
    for (;;) {
      const found = this.of('session').find(({ by }) => by === server.name)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.waiting.delete(wake)
          resolve()
        }
        this.waiting.add(wake)
      })
    }
  }

  /** What the application behind the servers was given of a session that it should not have been. */
  disorder(session: string): string[] {
    let last = 0
    const wrong: string[] = this.of('error').map(({ message }) => message)
    for (const { count, redelivered } of this.of('heard', session)) {
      if (count === last + 1) last = count
      else if (!redelivered || count > last + 1) wrong.push(`heard ${count} after ${last}`)
    }
    return wrong
  }

  /** The last number that was heard of a session. */
  last(session: string): number {
    return this.of('heard', session).reduce((last, { count }) => Math.max(last, count), 0)
  }

  async close(): Promise<void> {
    await Promise.all([...this.children].map(kill))
    await this.served.close()
  }
}

export class ServerProcess {
  readonly name: string
  private readonly child: ChildProcess

  constructor(child: ChildProcess, name: string) {
    this.child = child
    this.name = name
  }

  /** SIGKILL: the kernel closes its connections. */
  kill(): Promise<void> {
    return kill(this.child)
  }

  /** SIGSTOP: its connections stay, and nobody answers on them. */
  hang(): void {
    this.child.kill('SIGSTOP')
  }

  goOn(): void {
    this.child.kill('SIGCONT')
  }

  /** Says goodbye to everybody; resolves when the process is gone. */
  async drain(options: DrainOptions): Promise<void> {
    const exited = once(this.child, 'exit')
    this.child.send({ drain: options } satisfies Order)
    await exited
  }
}

export async function freePort(): Promise<number> {
  const probe = createNetServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no free port')
  return address.port
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
