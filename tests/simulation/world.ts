/**
 * The world of one seed: time, a network, a log, processes of the server, clients, and the ledgers beside them.
 */
import { type Chance, chance } from '../../src/testing/virtual/chance.ts'
import { Door } from '../../src/testing/virtual/door.ts'
import type { Instance } from '../../src/testing/virtual/instance.ts'
import { Network } from '../../src/testing/virtual/network.ts'
import { Timeline } from '../../src/testing/virtual/timeline.ts'
import type { Wire } from '../../src/testing/virtual/wire.ts'
import type { LogFault } from '../../src/testing/faulty-log.ts'
import type { CrashSign } from '../../src/testing/script/cues.ts'
import { type MemoryLog, memoryLog } from '../../src/server/memory-log.ts'
import { after, milliseconds } from '../../src/base/time.ts'
import { Auth } from './auth.ts'
import { Backend } from './backend.ts'
import { Client } from './client.ts'
import { Coverage } from './coverage.ts'
import { Violation } from './entries.ts'
import { FAULTS } from './faults/menu.ts'
import { Fleet } from './fleet.ts'
import { Laws } from './laws.ts'
import type { Ledger } from './ledger.ts'
import { Gate } from './network/gate.ts'
import { Lines } from './network/lines.ts'
import { Weather } from './network/weather.ts'
import { LogMirror } from './log-mirror.ts'
import { Observer } from './observer.ts'
import type { Options } from './options.ts'
import { Past } from './past-of-log.ts'
import { Recording } from './record.ts'
import type { Act } from './script.ts'
import { numberIn } from './sights.ts'
import { Strangers } from './strangers.ts'
import type { Tab } from './tab.ts'
import { quickTurns } from './turns.ts'
import { watchedLog } from './watched-log.ts'

/** Faults that are none where a hand-off is concerned: the hand-offs themselves, and clocks that prove nothing. */
const ORDERLY: ReadonlySet<string> = new Set(['F40', 'F50'])

export class World {
  readonly options: Options
  /** How far every wall clock is off, in milliseconds. */
  readonly wallShift: number
  readonly laws = new Laws()
  readonly coverage = new Coverage()
  readonly timeline = new Timeline()
  readonly chance: Chance
  readonly door = new Door(this.timeline)
  readonly network: Network
  readonly log: MemoryLog
  readonly mirror: LogMirror
  readonly past: Past
  readonly auth: Auth
  readonly fleet: Fleet
  readonly observer: Observer
  readonly recording: Recording
  readonly clients: Client[] = []
  readonly backend: Backend
  readonly weather: Weather
  readonly lines = new Lines(this)
  readonly gate = new Gate(this.door)
  readonly strangers = new Strangers(this)
  logFault: (() => LogFault | undefined) | undefined
  /** Whether what is appended is said to the log twice. */
  repeatsAppends: (() => boolean) | undefined
  /** What must stop everything: a law was broken, or our own code threw. */
  failure: Error | undefined
  isQuiet = false
  /** What ends faults that last; each ends once. */
  readonly lasting = new Set<() => void>()
  /** Texts that were put on a wire. */
  frames = 0
  private readonly bySession = new Map<string, Ledger>()
  private readonly byWire = new WeakMap<Wire, Tab>()

  constructor(options: Options, trace?: (line: string) => void, wallShift = 0) {
    this.options = options
    this.wallShift = wallShift
    this.chance = chance(options.seed)
    this.timeline.turn = quickTurns()
    this.recording = new Recording(trace)
    this.weather = new Weather(this.chance.stream('network'))
    this.network = new Network({
      timeline: this.timeline,
      rules: () => ({ up: this.weather.rule('up'), down: this.weather.rule('down') }),
      switchboard: this.gate,
      tap: (step, way, text, wire) => this.guard(() => this.overhear(step, way, text, wire)),
      watch: this.lines,
    })
    const { random } = this.chance.stream('log')
    const { retains: messages, retention: retainMs } = options
    const now = (): number => this.timeline.now
    const log = memoryLog({ shared: true, now, random, messagesPerSession: messages, retainMs })
    this.mirror = new LogMirror({ laws: this.laws, now, messages, retainMs })
    this.observer = new Observer(this)
    this.log = watchedLog(log, this.observer.logWatcher)
    this.past = new Past(this, log)
    this.auth = new Auth(this.timeline, this.chance.stream('auth'))
    this.backend = new Backend(this)
    this.fleet = new Fleet(this)
  }

  get now(): number {
    return this.timeline.now
  }

  note(what: string): void {
    this.recording.note(this.timeline.now, what)
  }

  /** Whether nothing has been done yet to its network, its servers and its log. */
  get isFair(): boolean {
    return [...this.coverage.faults.keys()].every((fault) => Number(fault.slice(1)) > 60)
  }

  /** Lets an act of the script happen, with the luck that it carries. */
  perform({ what, luck }: Act): void {
    const own = chance(luck)
    if (what === 'talk') return own.pick(this.clients).talk(own)
    if (what === 'speak') return this.backend.speakUp(own)
    const fault = FAULTS.get(what)
    if (fault === undefined) return this.fail(new Error(`nobody knows the act ${what}`))
    if (!ORDERLY.has(what)) this.observer.handoffs.disturbed()
    this.note(`FAULT ${what} ${fault.about}`)
    this.guard(() => {
      if (fault.inject(this, own) !== 'nothing') this.coverage.fault(what)
    })
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
    const client = new Client(this, name)
    this.clients.push(client)
    return client
  }

  knows(session: string, ledger: Ledger): void {
    ledger.session = session
    this.bySession.set(session, ledger)
  }

  knownLedger(session: string | undefined): Ledger | undefined {
    return session === undefined ? undefined : this.bySession.get(session)
  }

  ledgerOf(session: string): Ledger {
    const ledger = this.bySession.get(session)
    if (ledger === undefined) throw new Violation(`nobody has the session ${session}`)
    return ledger
  }

  startServer(): Instance {
    return this.fleet.start()
  }

  /** Somebody starts the servers again if nobody else has. */
  revive(): void {
    this.fleet.revive()
  }

  crashServers(how: CrashSign): void {
    this.fleet.crashAll(how)
  }

  /** From now on all is well: faults that last are over. */
  calm(): void {
    this.isQuiet = true
    this.note('QUIET')
    for (const end of [...this.lasting]) end()
    this.weather.clear()
    this.gate.clear()
    this.lines.clear()
    this.logFault = undefined
    this.repeatsAppends = undefined
    this.auth.calm()
    this.door.forgive()
    this.fleet.calm()
    for (const client of this.clients) client.calm()
  }

  run(ms: number): Promise<void> {
    return this.runUntil(() => false, ms)
  }

  /** Until something holds, or so long has passed, or a law was broken. */
  async runUntil(holds: () => boolean, ms: number): Promise<void> {
    const until = after(this.timeline.now, milliseconds(ms))
    await this.timeline.advance(until, () => {
      for (const client of this.clients) this.guard(() => client.look())
      this.guard(() => this.lines.look())
      this.observer.look()
      return this.failure !== undefined || holds()
    })
  }

  private overhear(step: 'sent' | 'arrived', way: 'up' | 'down', text: string, wire: Wire): void {
    const type = /^\{"type":"([a-z]+)"/.exec(text)?.[1] ?? 'nonsense'
    this.note(`${wire.name} ${way} ${step} ${type === 'hello' ? 'hello' : text.slice(0, 400)}`)
    this.lines.overhear(step, way, type, text, wire)
    if (step === 'sent') this.frames += 1
    const tab = this.tabOf(wire)
    this.observer.heard({ step, way, type, text, wire, tab })
    if (tab === undefined) return
    const bound = tab.bind()
    if (way === 'down' && step === 'arrived' && type === 'welcome') tab.welcomed.add(wire)
    const acked = /"received":(\d+)/.exec(text)?.[1]
    if (bound === undefined) return
    const { ledger, life } = bound
    if (type === 'welcome' && step === 'arrived') ledger.window = Number(/"window":(\d+)/.exec(text)?.[1])
    if (way === 'down' && step === 'arrived' && acked !== undefined) ledger.heardAck(Number(acked))
    if (way === 'up' && step === 'sent' && type === 'messages') {
      const { from, data } = JSON.parse(text) as { readonly from: number; readonly data: readonly Token[] }
      const to = from + data.length - 1
      ledger.transmitted(
        data.map(({ t }) => t),
        to,
        life,
      )
      tab.stored.transmits(to)
    }
    const isAck = type === 'ack' || type === 'ping' || type === 'pong' || type === 'welcome'
    if (step !== 'sent' || acked === undefined) return
    if (way === 'up' && (isAck || type === 'hello')) tab.acks(Number(acked))
    if (way === 'up' && type === 'hello') tab.stored.greets(numberIn(text, 'generation') ?? 0)
    if (way === 'down' && isAck) ledger.serverAcks(Number(acked))
  }

  tabOf(wire: Wire): Tab | undefined {
    const known = this.byWire.get(wire)
    if (known !== undefined) return known
    for (const client of this.clients) {
      const tab = client.tabOf(wire)
      if (tab === undefined) continue
      this.byWire.set(wire, tab)
      return tab
    }
    return undefined
  }
}

interface Token {
  readonly t: string
}

export function tokenIn(text: string): string {
  const value = JSON.parse(text) as { readonly t?: unknown }
  if (typeof value.t !== 'string') throw new Violation(`a message without a token: ${text.slice(0, 100)}`)
  return value.t
}
