/**
 * A stage with a clock, a network and a server of its own, all inside this process.
 *
 * The server half is the real one over a memory log; the client is the real one too, given `stage.world`. What
 * is not real is time, chance and the wire, so the same seed plays the same performance, and an hour of it
 * takes milliseconds.
 */
import { HoldfastError } from '../../base/errors.ts'
import { after, milliseconds } from '../../base/time.ts'
import { type MemoryLog, memoryLog } from '../../server/memory-log.ts'
import type { CoreOptions } from '../../server/settings.ts'
import type { CrashSign, Memory, NoticeOptions, Script, Way } from '../script/cues.ts'
import { type Machinery, play } from '../script/player.ts'
import type { ReceivedMessage, Stage, StageApp, StageSession, StageWorld } from '../stage.ts'
import { StageSessions } from '../stage-sessions.ts'
import { type Chance, chance } from './chance.ts'
import { Door } from './door.ts'
import { Instance } from './instance.ts'
import { Machine, type StageMachine } from './machine.ts'
import { Network } from './network.ts'
import { Timeline } from './timeline.ts'
import type { Wire } from './wire.ts'

export interface VirtualStageOptions {
  /** Where all chance grows from: latencies, jitter, names. @defaultValue 1 */
  readonly seed?: number
  /** What the server does with what it is told. @defaultValue nothing: messages are stored and acknowledged */
  readonly app?: StageApp
  /** Played from the start. */
  readonly script?: Script
  /** How long a frame takes one way, in milliseconds: always so long, or drawn evenly from a range. @defaultValue 5 to 20 */
  readonly latencyMs?: number | readonly [number, number]
  /**
   * Whether something real is under way that virtual time is to wait for, such as a file that is being synced.
   *
   * @defaultValue never
   */
  readonly isBusy?: () => boolean
  /** What else the server is told, such as `heartbeat`, `limits`, `state` or `authenticate`. */
  readonly server?: Omit<Partial<CoreOptions>, 'log' | 'clock' | 'random'>
  /** How much the server keeps of each session. @defaultValue as `memoryLog()` */
  readonly log?: { readonly retainMs?: number; readonly messagesPerSession?: number }
}

export interface VirtualStage extends Stage {
  readonly kind: 'virtual'
  /** The world of the stage's first client. Each further client, and each new process, gets one from `machine()`. */
  readonly world: StageWorld
  /** The machine of the stage's first client: what can happen to it. */
  readonly client: StageMachine
  /** A client's machine of its own, for a second client or for the next process of one that was killed. */
  machine(name?: string): StageMachine
  /** Lets everything run that needs no time. */
  settle(): Promise<void>
}

/**
 * Opens a stage in virtual time.
 *
 * @example
 * ```ts
 * const stage = virtualStage({ script: script(accept(), crash(), downFor(60_000), comeBack()) })
 * const session = connect(stage.url, { world: stage.world, store: memoryStore() })
 * await stage.advance(180_000)
 * expect(session.status.kind).toBe('online')
 * ```
 */
export function virtualStage(options: VirtualStageOptions = {}): VirtualStage {
  return new StageInVirtualTime(options)
}

const ADDRESS = 'ws://stage.test/'
const FOREVER = Number.POSITIVE_INFINITY

class StageInVirtualTime implements VirtualStage, Machinery {
  readonly kind = 'virtual'
  readonly url = ADDRESS
  readonly client: Machine
  private readonly options: VirtualStageOptions
  private readonly timeline = new Timeline()
  private readonly chance: Chance
  private readonly door = new Door(this.timeline)
  private readonly network: Network
  private readonly book: StageSessions
  private readonly log: MemoryLog
  private readonly counts = new Map<string, number>()
  private machines = 0

  constructor(options: VirtualStageOptions) {
    this.options = options
    this.chance = chance(options.seed ?? 1)
    if (options.isBusy !== undefined) this.timeline.isBusy = options.isBusy
    this.book = new StageSessions(options.app ?? {})
    const [least, most] = rangeOf(options.latencyMs ?? [5, 20])
    const luck = this.chance.stream('network')
    const rule = { latency: () => luck.between(least, most) }
    this.network = new Network({
      timeline: this.timeline,
      rules: () => ({ up: rule, down: rule }),
      switchboard: this.door,
      tap: (step, way, text) => this.overhear(step, way, text),
    })
    const { random } = this.chance.stream('log')
    this.log = memoryLog({ ...options.log, shared: true, now: () => this.timeline.now, random })
    this.client = this.machine() as Machine
    this.start()
    if (options.script !== undefined) void this.play(options.script)
  }

  get world(): StageWorld {
    return this.client.world
  }

  get now(): number {
    return this.timeline.now
  }

  get sessions(): readonly StageSession[] {
    return this.book.all
  }

  get received(): readonly ReceivedMessage[] {
    return this.book.received
  }

  get dials(): readonly { readonly at: number }[] {
    return this.door.dials
  }

  get isUp(): boolean {
    return this.door.open !== undefined
  }

  heard(type?: string): number {
    if (type !== undefined) return this.counts.get(type) ?? 0
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0)
  }

  machine(name = `machine-${(this.machines += 1)}`): StageMachine {
    return new Machine(this.timeline, this.network, this.chance.stream(name))
  }

  stateOf(session: string): Promise<unknown> {
    return Promise.resolve(this.book.stateOf(session))
  }

  play(script: Script): Promise<void> {
    return play(script, this)
  }

  async perform(script: Script, withinMs = 600_000): Promise<void> {
    let outcome: { readonly error?: Error } | undefined
    this.play(script).then(
      () => (outcome = {}),
      (error: Error) => (outcome = { error }),
    )
    await this.until('the end of the script', () => outcome !== undefined, withinMs)
    if (outcome?.error !== undefined) throw outcome.error
  }

  advance(ms: number): Promise<void> {
    return this.timeline.advance(after(this.timeline.now, milliseconds(ms)))
  }

  settle(): Promise<void> {
    return this.advance(0)
  }

  async until(what: string, holds: () => boolean, withinMs = 30_000): Promise<void> {
    await this.timeline.advance(after(this.timeline.now, milliseconds(withinMs)), holds)
    if (!holds()) throw new HoldfastError('stage-failed', `After ${withinMs} ms there was still not ${what}.`)
  }

  async close(): Promise<void> {
    for (const instance of this.door.instances) instance.crash('silence')
    await this.settle()
  }

  // From here on: what a script can ask for.

  wait(ms: number): Promise<void> {
    return this.timeline.pause(ms)
  }

  welcomed(): Promise<void> {
    return this.book.nextWelcome()
  }

  disturb(): void {
    this.book.disturb()
  }

  refuse(times: number, _status: number, retryAfterMs: number | undefined): Promise<void> {
    return this.door.refuse(times, retryAfterMs)
  }

  delayWelcome(ms: number): Promise<void> {
    return this.door.delay(ms)
  }

  deliver(data: readonly unknown[]): Promise<void> {
    return this.book.deliver(data)
  }

  awaitMessages(data: readonly unknown[]): Promise<void> {
    return this.book.heard(data)
  }

  mute(ms = FOREVER, way: Way): void {
    for (const wire of this.network.wires) {
      if (way !== 'down') wire.up.stall(ms)
      if (way !== 'up') wire.down.stall(ms)
    }
  }

  async announce({ afterMs, withinMs, ...rest }: NoticeOptions): Promise<void> {
    const reconnect = {
      ...(afterMs !== undefined && { afterMs }),
      ...(withinMs !== undefined && { withinMs }),
    }
    const { open } = this.door
    if (open === undefined)
      throw new HoldfastError('stage-failed', 'There is no server that could give notice.')
    void open.drain({ ...rest, reconnect })
  }

  async deploy(notice: NoticeOptions): Promise<void> {
    const old = this.door.open
    this.start()
    if (old === undefined) return
    old.isListening = false
    const { afterMs, withinMs, ...rest } = notice
    const reconnect = {
      ...(afterMs !== undefined && { afterMs }),
      ...(withinMs !== undefined && { withinMs }),
    }
    await old.drain({ ...rest, reconnect })
  }

  closeAll(code: number, reason: string): void {
    for (const wire of this.open()) wire.close(code, reason)
  }

  resetAll(): void {
    for (const wire of this.open()) wire.reset()
  }

  hang(ms: number): Promise<void> {
    for (const instance of this.door.instances) instance.host.freeze(ms)
    return this.wait(ms)
  }

  async crash(how: CrashSign): Promise<void> {
    for (const instance of this.door.instances.splice(0)) instance.crash(how)
    this.book.releaseAll()
  }

  async comeBack(memory: Memory): Promise<void> {
    if (memory === 'lost') this.log.forget()
    this.start()
  }

  say(text: string): void {
    for (const wire of this.open()) wire.sayDown(text)
  }

  private open(): readonly Wire[] {
    return [...this.network.wires].filter((wire) => wire.isOpen)
  }

  private start(): void {
    const { timeline, options, log } = this
    const count = this.machines++
    const instance = new Instance({
      timeline,
      log,
      chance: this.chance.stream(`server-${count}`),
      ...(options.server !== undefined && { server: options.server }),
      application: (session) => {
        const hear = this.book.host(session)
        session.on('released', () => this.book.release(session))
        session.on('message', hear)
      },
    })
    this.door.instances.push(instance)
  }

  private overhear(step: 'sent' | 'arrived', way: 'up' | 'down', text: string): void {
    if (step === 'sent') return
    if (way === 'down') {
      if (text.startsWith('{"type":"welcome"')) this.book.welcomed()
      return
    }
    const type = /^\{"type":"([a-z]+)"/.exec(text)?.[1] ?? 'nonsense'
    this.counts.set(type, (this.counts.get(type) ?? 0) + 1)
  }
}

function rangeOf(latency: number | readonly [number, number]): readonly [number, number] {
  return typeof latency === 'number' ? [latency, latency] : latency
}
