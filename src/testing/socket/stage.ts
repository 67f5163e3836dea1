/**
 * A stage of real sockets and real processes: the server in a process that is killed and stopped by signals, a
 * proxy before it that mutes, resets and refuses, and time that passes by waiting. Node only.
 */
import { HoldfastError } from '../../base/errors.ts'
import { type MemoryLog, memoryLog } from '../../server/memory-log.ts'
import { type ServedLog, serveLog } from '../../server/serve-log.ts'
import type { CrashSign, Memory, NoticeOptions, Script, Way } from '../script/cues.ts'
import { type Machinery, play } from '../script/player.ts'
import type { ReceivedMessage, Stage, StageApp, StageSession, StageWorld } from '../stage.ts'
import { StageSessions } from '../stage-sessions.ts'
import { ServerProcess } from './process.ts'
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

class StageOnSockets implements SocketStage, Machinery {
  readonly kind = 'socket'
  readonly world: Partial<StageWorld> = {}
  url = ''
  private readonly options: SocketStageOptions
  private readonly log: MemoryLog
  private readonly served: ServedLog
  private readonly book: StageSessions
  private readonly proxy: Proxy
  private readonly counts = new Map<string, number>()
  private processes: ServerProcess[] = []
  private isClosed = false

  constructor(options: SocketStageOptions, log: MemoryLog, served: ServedLog) {
    this.options = options
    this.log = log
    this.served = served
    this.book = new StageSessions(options.app ?? {})
    this.proxy = new Proxy({ passed: (way, text) => this.overhear(way, text) })
  }

  async begin(): Promise<void> {
    this.url = `ws://127.0.0.1:${await this.proxy.listen()}/`
    await this.start()
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

  get isUp(): boolean {
    return this.proxy.target !== undefined
  }

  heard(type?: string): number {
    if (type !== undefined) return this.counts.get(type) ?? 0
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0)
  }

  stateOf(session: string): Promise<unknown> {
    return this.newest()?.stateOf(session) ?? Promise.resolve(undefined)
  }

  play(script: Script): Promise<void> {
    return play(script, this)
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
    this.isClosed = true
    await Promise.all(this.processes.map((process) => process.kill()))
    await this.proxy.close()
    await this.served.close()
    await this.log.close()
  }

  wait(ms: number): Promise<void> {
    return this.advance(ms)
  }

  welcomed(): Promise<void> {
    return this.book.nextWelcome()
  }

  disturb(): void {
    this.book.disturb()
  }

  refuse(times: number, status: number, retryAfterMs: number | undefined): Promise<void> {
    return this.proxy.refuse(times, status, retryAfterMs)
  }

  delayWelcome(ms: number): Promise<void> {
    return this.proxy.delay(ms)
  }

  deliver(data: readonly unknown[]): Promise<void> {
    return this.book.deliver(data)
  }

  awaitMessages(data: readonly unknown[]): Promise<void> {
    return this.book.heard(data)
  }

  mute(ms = Number.POSITIVE_INFINITY, way: Way): void {
    this.proxy.mute(ms, way)
  }

  async announce(notice: NoticeOptions): Promise<void> {
    const process = this.newest()
    if (process === undefined)
      throw new HoldfastError('stage-failed', 'There is no server that could give notice.')
    void process.drain(drainOptions(notice)).then(() => {
      if (this.newest() === undefined) this.proxy.target = undefined
    })
  }

  async deploy(notice: NoticeOptions): Promise<void> {
    const old = this.newest()
    await this.start()
    await old?.drain(drainOptions(notice))
  }

  closeAll(code: number, reason: string): void {
    this.proxy.closeAll(code, reason)
  }

  resetAll(): void {
    this.proxy.resetAll()
  }

  async hang(ms: number): Promise<void> {
    for (const process of this.processes) process.freeze()
    await this.wait(ms)
    for (const process of this.processes) process.thaw()
  }

  async crash(how: CrashSign): Promise<void> {
    this.proxy.sign = how
    this.proxy.target = undefined
    await Promise.all(this.processes.map((process) => process.kill()))
    this.book.releaseAll()
  }

  async comeBack(memory: Memory): Promise<void> {
    if (memory === 'lost') this.log.forget()
    await this.start()
  }

  say(text: string): void {
    this.proxy.say(text)
  }

  private newest(): ServerProcess | undefined {
    return this.processes.findLast((process) => !process.isGone)
  }

  private async start(): Promise<void> {
    const { heartbeat, limits, stateModule, door = doorOfThisPackage() } = this.options
    const options: ProgramOptions = {
      logPort: this.served.port ?? 0,
      ...(heartbeat !== undefined && { heartbeat }),
      ...(limits !== undefined && { limits }),
      ...(stateModule !== undefined && { stateModule }),
    }
    const process = new ServerProcess(door, options, this.book)
    this.processes = [...this.processes.filter(({ isGone }) => !isGone), process]
    const port = await process.listening
    if (this.isClosed) return
    this.proxy.sign = 'fin'
    this.proxy.target = port
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

function drainOptions({ afterMs, withinMs, ...rest }: NoticeOptions) {
  const reconnect = { ...(afterMs !== undefined && { afterMs }), ...(withinMs !== undefined && { withinMs }) }
  return { ...rest, reconnect }
}

/** Where the door `holdfast/testing` lies, seen from whichever bundle this code stands in. */
function doorOfThisPackage(): string {
  const here = typeof __filename === 'string' ? `file://${__filename}` : import.meta.url
  if (here.endsWith('.ts')) {
    throw new HoldfastError('stage-failed', "The server's process cannot run TypeScript.", {
      hint: 'Pass a bundle of `holdfast/testing` as the option `door`.',
    })
  }
  return new URL(here.endsWith('.cjs') ? './testing.cjs' : './testing.js', here).href
}
