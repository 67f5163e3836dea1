/**
 * The world of one run: time, a network, a client and a server with all their lives, and the books beside them.
 */
import { after, milliseconds } from '../../src/base/time.ts'
import { type Chance, chance } from '../../src/testing/virtual/chance.ts'
import { Door } from '../../src/testing/virtual/door.ts'
import { Network } from '../../src/testing/virtual/network.ts'
import { Timeline } from '../../src/testing/virtual/timeline.ts'
import type { Wire } from '../../src/testing/virtual/wire.ts'
import { Backend } from './backend.ts'
import { Boundaries } from './boundaries.ts'
import { check, Violation } from './check.ts'
import { Client } from './client.ts'
import { typeOf } from './gates.ts'
import type { Act, Circumstances } from './scenario.ts'
import type { Pause } from './watched.ts'

/** The boundaries at which the two sides die, by number. */
export interface Deaths {
  readonly client: readonly number[]
  readonly server: readonly number[]
}

/** @param happens - whether it is part of the run, and not only said of it */
export type Print = (line: string, happens: boolean) => void

export class Scene {
  readonly circumstances: Circumstances
  readonly timeline = new Timeline()
  readonly luck: Chance
  readonly door = new Door(this.timeline)
  readonly network: Network
  readonly client: { readonly one: Client; readonly boundaries: Boundaries }
  readonly server: { readonly one: Backend; readonly boundaries: Boundaries }
  /** Cuts connections that are dialed from now on, in the midst of their replay. */
  replayTrap: Extract<Act, { readonly do: 'cut-replay' }> | undefined
  /** What the script has laid and nobody has walked into yet. */
  readonly traps = new Set<Act>()
  failure: Error | undefined
  private readonly print: Print | undefined
  private readonly welcomed = new Set<Wire>()
  private readonly trapped = new Map<Wire, number>()
  /** How often the trap for replays was sprung. */
  private cuts = 0

  constructor(circumstances: Circumstances, deaths: Deaths, print?: Print) {
    this.circumstances = circumstances
    this.print = print
    this.luck = chance(1)
    const luck = this.luck.stream('network')
    const [least, most] = circumstances.latencyMs
    const rule = { latency: () => (least === most ? least : luck.between(least, most)) }
    this.network = new Network({
      timeline: this.timeline,
      rules: () => ({ up: rule, down: rule }),
      switchboard: this.door,
      tap: (step, way, text, wire) => this.guard(() => this.overhear(step, way, text, wire)),
    })
    const passing = (what: string): void => this.happens(what)
    this.client = { one: new Client(this), boundaries: new Boundaries(deaths.client, passing) }
    this.server = { one: new Backend(this), boundaries: new Boundaries(deaths.server, passing) }
  }

  /** How many planned deaths there were. */
  get deaths(): number {
    return this.client.boundaries.deaths.length + this.server.boundaries.deaths.length
  }

  /** For whoever reads the trace. */
  note(what: string): void {
    this.print?.(`${this.timeline.now.toFixed(3)} ${what}`, false)
  }

  /** A frame passes, or somebody a boundary: by these two runs are told apart. */
  private happens(what: string): void {
    this.print?.(`${this.timeline.now.toFixed(3)} ${what}`, true)
  }

  /** A trap has done all that it was laid for. */
  sprung(trap: Act): void {
    this.traps.delete(trap)
  }

  /** @returns waits so long, if that is any time at all */
  pauseOf(ms: number): Pause {
    return ms === 0 ? undefined : () => this.timeline.pause(ms)
  }

  /** A broken law ends the run; whoever was told of it goes on as if nothing had happened. */
  guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.fail(error)
    }
  }

  fail(error: unknown): void {
    if (this.failure !== undefined) return
    this.failure = error instanceof Error ? error : new Violation(String(error))
    this.note(`FAILED ${this.failure.message}`)
  }

  /** Lets time pass until something holds, or a law is broken. */
  async run(ms: number, isDone: () => boolean = () => false): Promise<void> {
    const until = after(this.timeline.now, milliseconds(ms))
    await this.timeline.advance(until, () => {
      this.guard(() => this.look())
      return this.failure !== undefined || isDone()
    })
  }

  /** What must hold at every moment. */
  private look(): void {
    const { running } = this.client.one
    if (running === undefined) return
    const { status } = running.session
    if (status.kind === 'closed') check(status.error === undefined, `closed: ${status.error?.message ?? ''}`)
    if (status.kind !== 'online') return
    const isOnLine = this.network
      .of(running.machine.host)
      .some((wire) => wire.reachesClient && this.welcomed.has(wire))
    check(isOnLine, 'it says that it is online, and no welcomed line is left')
  }

  private overhear(step: 'sent' | 'arrived', way: 'up' | 'down', text: string, wire: Wire): void {
    const type = typeOf(text)
    this.happens(`${wire.name} ${way} ${step} ${type === 'hello' ? 'hello' : text.slice(0, 300)}`)
    const { one } = this.client
    const { running, books } = one
    if (running === undefined || !this.network.of(running.machine.host).includes(wire)) return
    const acked = /"received":(\d+)/.exec(text)?.[1]
    const isAck = type === 'ack' || type === 'ping' || type === 'pong' || type === 'welcome'
    if (step === 'sent') {
      if (way === 'up' && type === 'hello')
        books.greets((JSON.parse(text) as { readonly session: string }).session)
      if (way === 'up' && type === 'messages') {
        const { from, data } = JSON.parse(text) as {
          readonly from: number
          readonly data: readonly { readonly t: string }[]
        }
        const tokens = data.map(({ t }) => t)
        books.transmitted(from, tokens)
      }
      if (acked === undefined) return
      if (way === 'up' && (isAck || type === 'hello')) books.clientAcks(Number(acked))
      if (way === 'down' && isAck) books.serverAcks(Number(acked))
      return
    }
    if (way === 'up') return
    if (acked !== undefined) books.heardAck(Number(acked))
    if (type === 'welcome') {
      this.welcomed.add(wire)
      books.window = Number(/"window":(\d+)/.exec(text)?.[1])
      if (this.replayTrap !== undefined) this.trapped.set(wire, 0)
    }
    if (type === 'messages') this.springReplayTrap(wire)
  }

  private springReplayTrap(wire: Wire): void {
    const frames = (this.trapped.get(wire) ?? 0) + 1
    const { replayTrap } = this
    if (!this.trapped.has(wire) || replayTrap === undefined) return
    this.trapped.set(wire, frames)
    if (frames < replayTrap.frames) return
    this.trapped.delete(wire)
    this.cuts += 1
    if (this.cuts === replayTrap.times) {
      this.replayTrap = undefined
      this.sprung(replayTrap)
    }
    this.note('the line is cut inside the replay')
    this.timeline.schedule(this.timeline.now, () => wire.reset())
  }
}
