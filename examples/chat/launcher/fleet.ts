/**
 * The chat's server processes: starts them, and does to them what deploys and accidents do.
 *
 * New connections belong to the newest process that listens. A process that ends without being asked to is
 * replaced, whoever ended it: its pid is shown, try it from a terminal.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { isListening } from '../protocol.ts'
import type { LauncherNews, Retirement, ServerLife, ServerPhase, Trouble } from '../protocol.ts'

export interface FleetOptions {
  /** Node's arguments for a server process of a name. */
  readonly args: (name: string) => readonly string[]
  readonly tempo: number
  /** Empties the session log. */
  readonly forget: () => void
  readonly changed: (news: LauncherNews) => void
}

interface Server {
  readonly name: string
  readonly child: ChildProcess
  /** Resolves when the process has ended. */
  readonly gone: Promise<void>
  phase: ServerPhase
  port: number | undefined
  /** Whether its end was asked for. */
  expected: boolean
}

export interface Fleet {
  readonly news: LauncherNews
  /** The port that a new connection goes to. */
  readonly port: number | undefined
  start(): Promise<void>
  /** @returns whether it was begun: one thing happens at a time. */
  cause(trouble: Trouble): boolean
  /** Ends every process. */
  stop(): Promise<void>
}

/** How long things take, in milliseconds before the tempo. */
const BACK_AFTER_RESTART = 2_000
/** A server takes this long to say goodbye and another one this long to start, at any tempo. */
const CHANGING_TAKES = 3_000
const BACK_AFTER_CRASH = 3_000
const HANG_NOTICED_AFTER = 9_000
const HANG_LASTS = 20_000
const WAKES_FOR = 3_000

export function createFleet({ args, tempo, forget, changed }: FleetOptions): Fleet {
  const servers: Server[] = []
  let counted = 0
  let busy: Trouble | undefined
  let stopping = false

  const wait = (length: number): Promise<void> => pause(length * tempo, undefined, { ref: false })
  const current = (): Server | undefined =>
    servers.findLast(({ phase }) => phase === 'running' || phase === 'hung')
  const newest = (): Server | undefined => servers.findLast(({ phase }) => phase !== 'gone')

  const news = (): LauncherNews => {
    const name = current()?.name
    return {
      servers: servers.map(({ name, child, phase }): ServerLife => ({ name, pid: child.pid ?? 0, phase })),
      ...(name === undefined ? {} : { current: name }),
      ...(busy === undefined ? {} : { busy }),
    }
  }
  const tell = (): void => changed(news())
  const enter = (server: Server, phase: ServerPhase): void => {
    server.phase = phase
    tell()
  }

  const start = async (): Promise<void> => {
    counted += 1
    const name = `chat-${counted}`
    const child = spawn(process.execPath, args(name), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const gone = once(child, 'exit').then(() => undefined)
    const server: Server = { name, child, gone, phase: 'starting', port: undefined, expected: false }
    servers.push(server)
    tell()
    void gone.then(() => bury(server))
    await Promise.race([
      gone,
      new Promise<void>((resolve) => {
        child.on('message', (message) => {
          if (!isListening(message)) return
          server.port = message.port
          enter(server, 'running')
          resolve()
        })
      }),
    ])
  }

  const bury = async (server: Server): Promise<void> => {
    enter(server, 'gone')
    await wait(BACK_AFTER_CRASH)
    servers.splice(servers.indexOf(server), 1)
    tell()
    if (!stopping && !server.expected && newest() === undefined) await start()
  }

  const retire = async (server: Server, handoff: boolean): Promise<void> => {
    server.expected = true
    const backInMs = BACK_AFTER_RESTART * tempo + CHANGING_TAKES
    server.child.send({ type: 'retire', handoff, backInMs } satisfies Retirement)
    server.child.kill('SIGTERM')
    enter(server, 'leaving')
    await server.gone
  }

  const hang = async (server: Server): Promise<void> => {
    server.expected = true
    server.child.kill('SIGSTOP')
    enter(server, 'hung')
    await wait(HANG_NOTICED_AFTER)
    // By now a health check would have noticed, and a load balancer would send new connections elsewhere.
    await start()
    await wait(HANG_LASTS - HANG_NOTICED_AFTER)
    server.child.kill('SIGCONT')
    await wait(WAKES_FOR)
    await retire(server, true)
  }

  const story = async (trouble: Trouble, server: Server): Promise<void> => {
    switch (trouble) {
      case 'restart':
        await retire(server, false)
        await wait(BACK_AFTER_RESTART)
        return start()
      case 'deploy':
        await start()
        return retire(server, true)
      case 'hang':
        return hang(server)
      case 'forget':
        forget()
        server.child.kill('SIGKILL')
        return server.gone
      case 'kill':
        server.child.kill('SIGKILL')
        return server.gone
    }
  }

  return {
    get news() {
      return news()
    },
    get port() {
      return current()?.port
    },
    start,
    cause: (trouble) => {
      const server = current()
      if (busy !== undefined || server === undefined || server.phase !== 'running') return false
      busy = trouble
      tell()
      story(trouble, server)
        .catch((error: unknown) => console.error(`${trouble}:`, error))
        .finally(() => {
          busy = undefined
          tell()
        })
      return true
    },
    stop: async () => {
      stopping = true
      // They keep nothing of their own, and one of them may be frozen.
      const living = servers.filter(({ phase }) => phase !== 'gone')
      for (const { child } of living) child.kill('SIGKILL')
      await Promise.all(living.map(({ gone }) => gone))
    },
  }
}
