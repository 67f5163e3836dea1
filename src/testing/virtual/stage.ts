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
import type { Script } from '../script/cues.ts'
import { play } from '../script/player.ts'
import type { ReceivedMessage, StageSession, StageWorld } from '../stage.ts'
import { StageSessions } from '../stage-sessions.ts'
import { type Chance, chance } from './chance.ts'
import { Door } from './door.ts'
import { VirtualMachinery } from './machinery.ts'
import { Instance } from './instance.ts'
import { Machine, type StageMachine } from './machine.ts'
import { Network } from './network.ts'
import { rangeOf, type VirtualStage, type VirtualStageOptions } from './options.ts'
import { Timeline } from './timeline.ts'

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

class StageInVirtualTime implements VirtualStage {
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
  private readonly machinery: VirtualMachinery
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
    const { timeline, door, network, book, log } = this
    this.machinery = new VirtualMachinery({ timeline, door, network, book, log, start: () => this.start() })
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
    return play(script, this.machinery)
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
