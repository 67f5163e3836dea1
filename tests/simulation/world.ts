/**
 * The world of one seed: time, a network, a log, processes of the server, clients, and the ledgers beside them.
 */
import { type Chance, chance } from '../../src/testing/virtual/chance.ts'
import { Door } from '../../src/testing/virtual/door.ts'
import { Instance } from '../../src/testing/virtual/instance.ts'
import { Network } from '../../src/testing/virtual/network.ts'
import { Timeline } from '../../src/testing/virtual/timeline.ts'
import type { Wire } from '../../src/testing/virtual/wire.ts'
import type { LogFault } from '../../src/testing/faulty-log.ts'
import type { CrashSign } from '../../src/testing/script/cues.ts'
import { type MemoryLog, memoryLog } from '../../src/server/memory-log.ts'
import { after, milliseconds } from '../../src/base/time.ts'
import { Backend } from './backend.ts'
import { Client } from './client.ts'
import { check, Violation } from './entries.ts'
import { Ledger } from './ledger.ts'
import { Recording } from './record.ts'
import { watchedLog } from './watched-log.ts'

export interface WorldOptions {
  readonly seed: number
  readonly trace?: ((line: string) => void) | undefined
}

export class World {
  readonly timeline = new Timeline()
  readonly chance: Chance
  readonly door = new Door(this.timeline)
  readonly network: Network
  readonly log: MemoryLog
  readonly recording: Recording
  readonly clients: Client[] = []
  readonly backend: Backend
  /** How often each fault was injected. */
  readonly faults = new Map<string, number>()
  /** What the network is like at the moment, one way, in milliseconds. */
  latency = { least: 1, most: 30, rate: undefined as number | undefined }
  logFault: (() => LogFault | undefined) | undefined
  /** What must stop everything: a law was broken, or our own code threw. */
  failure: Error | undefined
  isQuiet = false
  /** Texts that were put on a wire. */
  frames = 0
  private readonly bySession = new Map<string, Ledger>()
  private instances = 0

  constructor({ seed, trace }: WorldOptions) {
    this.chance = chance(seed)
    this.recording = new Recording(trace)
    const luck = this.chance.stream('network')
    const { latency } = this
    const lane = () => {
      const rule = {
        latency: () => luck.between(latency.least, latency.most),
        get rate() {
          return latency.rate
        },
      }
      return rule
    }
    this.network = new Network({
      timeline: this.timeline,
      rules: () => ({ up: lane(), down: lane() }),
      switchboard: this.door,
      tap: (step, way, text, wire) => this.guard(() => this.overhear(step, way, text, wire)),
    })
    const { random } = this.chance.stream('log')
    this.log = watchedLog(memoryLog({ shared: true, now: () => this.timeline.now, random }), {
      greeted: (session, up) => this.ledgerOf(session).greeted(up),
      appendedUp: (session, seq, text) => this.guard(() => this.ledgerOf(session).logged(seq, tokenIn(text))),
      appendedDown: (session, seq, text) =>
        this.guard(() => this.ledgerOf(session).appended(tokenIn(text), seq)),
    })
    this.backend = new Backend(this)
  }

  get now(): number {
    return this.timeline.now
  }

  note(what: string): void {
    this.recording.note(this.timeline.now, what)
  }

  count(fault: string): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1)
    this.note(`FAULT ${fault}`)
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

  addClient(name: string): Client {
    const client = new Client(this, name, new Ledger(name))
    this.clients.push(client)
    return client
  }

  knows(session: string, ledger: Ledger): void {
    const known = this.bySession.get(session)
    check(known === undefined || known === ledger, `${ledger.name} has the session of another`)
    check(ledger.session === undefined || ledger.session === session, `${ledger.name} changed its session`)
    ledger.session = session
    this.bySession.set(session, ledger)
  }

  ledgerOf(session: string): Ledger {
    const ledger = this.bySession.get(session)
    check(ledger !== undefined, `nobody has the session ${session}`)
    return ledger
  }

  startServer(): Instance {
    this.instances += 1
    const instance = new Instance({
      timeline: this.timeline,
      chance: this.chance.stream(`server-${this.instances}`),
      log: this.log,
      logFaults: () => this.logFault?.(),
      server: { name: `server-${this.instances}`, ...this.backend.options },
      application: (session, at) => this.backend.take(session, at),
      trouble: (error) => this.note(`server trouble: ${error.message}`),
    })
    this.door.instances.push(instance)
    return instance
  }

  crashServers(how: CrashSign): void {
    for (const instance of this.door.instances.splice(0)) instance.crash(how)
  }

  forgetAll(): void {
    this.log.forget()
    for (const client of this.clients) client.ledger.forget()
  }

  async run(ms: number): Promise<void> {
    const until = after(this.timeline.now, milliseconds(ms))
    await this.timeline.advance(until, () => {
      for (const client of this.clients) this.guard(() => client.look())
      return this.failure !== undefined
    })
  }

  private overhear(step: 'sent' | 'arrived', way: 'up' | 'down', text: string, wire: Wire): void {
    const type = /^\{"type":"([a-z]+)"/.exec(text)?.[1] ?? 'nonsense'
    this.note(`${wire.name} ${way} ${step} ${type === 'hello' ? 'hello' : text.slice(0, 400)}`)
    const owner = this.clients.find((client) => client.owns(wire))
    const acked = /"received":(\d+)/.exec(text)?.[1]
    if (owner === undefined) return
    if (type === 'welcome' && step === 'arrived') {
      owner.welcomedOn(wire)
      owner.ledger.window = Number(/"window":(\d+)/.exec(text)?.[1])
    }
    if (way === 'down' && step === 'arrived' && acked !== undefined) owner.ledger.heardAck(Number(acked))
    if (way === 'up' && step === 'sent' && type === 'messages') {
      const { from, data } = JSON.parse(text) as { readonly from: number; readonly data: readonly unknown[] }
      owner.ledger.transmitted(from + data.length - 1)
    }
    const isAck = type === 'ack' || type === 'ping' || type === 'pong' || type === 'welcome'
    if (step === 'sent') this.frames += 1
    if (step !== 'sent' || acked === undefined) return
    if (way === 'up' && (isAck || type === 'hello')) owner.ledger.clientAcks(Number(acked))
    // What a network garbles is not the server's word.
    if (way === 'down' && isAck && !this.isForging) owner.ledger.serverAcks(Number(acked))
  }

  /** Set while a fault speaks in the server's name. */
  isForging = false
}

export function tokenIn(text: string): string {
  const value = JSON.parse(text) as { readonly t?: unknown }
  check(typeof value.t === 'string', `a message without a token: ${text.slice(0, 100)}`)
  return value.t
}
