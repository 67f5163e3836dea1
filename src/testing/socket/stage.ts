/**
 * A stage of real sockets and real processes: the server in a process that is killed and stopped by signals, a
 * proxy before it that mutes, resets and refuses, and time that passes by waiting. Node only.
 */
import { HoldfastError } from '../../base/errors.ts'
import { type MemoryLog, memoryLog } from '../../server/memory-log.ts'
import { type ServedLog, serveLog } from '../../server/serve-log.ts'
import type { Script } from '../script/cues.ts'
import { play } from '../script/player.ts'
import type { ReceivedMessage, Stage, StageApp, StageSession, StageWorld } from '../stage.ts'
import { StageSessions } from '../stage-sessions.ts'
import { Processes } from './processes.ts'
import { SocketMachinery } from './machinery.ts'
import { Proxy } from './proxy.ts'
import type { ProgramOptions } from './words.ts'

export interface SocketStageOptions extends Pick<ProgramOptions, 'heartbeat' | 'limits' | 'stateModule'> {
  /** What the server does with what it is told. It runs here, not in the server's process. @defaultValue nothing */
  readonly app?: StageApp
  /** Played from the start. */
  readonly script?: Script
  /**
   * The address of a module that exports `playStageServer`, as `holdfast/testing` does.
   *
   * @defaultValue that of this package
   */
  readonly door?: string
}

export interface SocketStage extends Stage {
  readonly kind: 'socket'
}

/** How often a wish is looked at. */
const LOOK_EVERY = 5

/** Opens a stage on loopback; resolves when its server listens. Close it, or its processes stay. */
export async function socketStage(options: SocketStageOptions = {}): Promise<SocketStage> {
  const log = memoryLog({ shared: true })
  const served = await serveLog(log, { port: 0 })
  const stage = new StageOnSockets(options, log, served)
  await stage.begin()
  return stage
}

class StageOnSockets implements SocketStage {
  readonly kind = 'socket'
  readonly world: Partial<StageWorld> = {}
  url = ''
  private readonly options: SocketStageOptions
  private readonly log: MemoryLog
  private readonly served: ServedLog
  private readonly book: StageSessions
  private readonly proxy: Proxy
  private readonly counts = new Map<string, number>()
  private readonly processes: Processes
  private readonly machinery: SocketMachinery

  constructor(options: SocketStageOptions, log: MemoryLog, served: ServedLog) {
    this.options = options
    this.log = log
    this.served = served
    this.book = new StageSessions(options.app ?? {})
    this.proxy = new Proxy({ passed: (way, text) => this.overhear(way, text) })
    const { proxy, book } = this
    const { heartbeat, limits, stateModule, door } = options
    const program: ProgramOptions = {
      logPort: served.port ?? 0,
      ...(heartbeat !== undefined && { heartbeat }),
      ...(limits !== undefined && { limits }),
      ...(stateModule !== undefined && { stateModule }),
    }
    this.processes = new Processes({ proxy, book, program, door })
    this.machinery = new SocketMachinery({ proxy, book, log, processes: this.processes })
  }

  async begin(): Promise<void> {
    this.url = `ws://127.0.0.1:${await this.proxy.listen()}/`
    await this.processes.start()
    if (this.options.script !== undefined) void this.play(this.options.script)
  }

  get now(): number {
    return performance.now()
  }

  get sessions(): readonly StageSession[] {
    return this.book.all
  }

  get received(): readonly ReceivedMessage[] {
    return this.book.received
  }

  get dials(): readonly { readonly at: number }[] {
    return this.proxy.dials
  }

  heard(type?: string): number {
    if (type !== undefined) return this.counts.get(type) ?? 0
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0)
  }

  stateOf(session: string): Promise<unknown> {
    return this.processes.newest?.stateOf(session) ?? Promise.resolve(undefined)
  }

  play(script: Script): Promise<void> {
    return play(script, this.machinery)
  }

  async perform(script: Script, withinMs = 60_000): Promise<void> {
    let isDone = false
    const playing = this.play(script).finally(() => (isDone = true))
    // A script that fails says so itself; only one that hangs is told by the waiting.
    await this.until('the end of the script', () => isDone, withinMs)
    await playing
  }

  advance(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms))
  }

  async until(what: string, holds: () => boolean, withinMs = 30_000): Promise<void> {
    const deadline = performance.now() + withinMs
    while (!holds()) {
      if (performance.now() > deadline)
        throw new HoldfastError('stage-failed', `After ${withinMs} ms there was still not ${what}.`)
      await this.advance(LOOK_EVERY)
    }
  }

  async close(): Promise<void> {
    await this.processes.close()
    await this.proxy.close()
    await this.served.close()
    await this.log.close()
  }

  private overhear(way: 'up' | 'down', text: string): void {
    if (way === 'down') {
      if (text.startsWith('{"type":"welcome"')) this.book.welcomed()
      return
    }
    const type = /^\{"type":"([a-z]+)"/.exec(text)?.[1] ?? 'nonsense'
    this.counts.set(type, (this.counts.get(type) ?? 0) + 1)
  }
}
