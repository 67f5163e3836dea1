/**
 * Every line as an observer beside it sees it, and the laws that can be told from there: a dead line is found in
 * time and a living one is not called dead, dials are few, and nobody talks without end.
 */
import type { Hint, Lifecycle } from '../../../src/ports/lifecycle.ts'
import type { Machine } from '../../../src/testing/virtual/machine.ts'
import type { Host } from '../../../src/testing/virtual/host.ts'
import type { Way, Wire, WireWatch } from '../../../src/testing/virtual/wire.ts'
import type { Session } from 'holdfast'
import { CLOSE } from '../../../src/protocol/close-codes.ts'
import type { World } from '../world.ts'
import { Dialer } from './dialer.ts'
import type { Hostile } from './hostile.ts'
import { Party, type Track } from './party.ts'
import { MANNERED } from './socket.ts'
import { isAtCap, Waits } from './waits.ts'

/** What a client and its server wait for by default: ten seconds, a grace of two, and a probe's two. */
const INTERVAL_MS = 10_000
const GRACE_AND_PATIENCE_MS = 4000
const PATIENCE_MS = 2000
/** Nothing rings late in virtual time; what is computed is rounded. */
const EPSILON_MS = 2
/** So long after it stood still a client is again one that found out by itself. */
const STEADY_MS = 20_000
const WINDOW_MS = 10_000
/** So long a line must last to be a new beginning. */
const STABLE_MS = 10_000
/** So long the adapter waits for a `close` after an `error`. */
const CLOSE_FOLLOWS_MS = 100
/** Heartbeats, acknowledgements and greetings in a window in which nothing comes. */
const CONTROL = 60
/** What a server hands to a socket that does not take it: its limit, and the frame that broke it. */
const BUFFERED = 3 * 1024 * 1024
/** A line that lasted so long is proof that the two understand each other. */
const ACCUSED_AFTER_MS = 15_000
/** Whatever sends a client elsewhere may not send it to strangers. */
const HOME = 'ws://stage.test/'

export class Lines implements WireWatch {
  readonly tracks = new Map<Wire, Track>()
  readonly waits = new Waits()
  lastWire: Wire | undefined
  /** After so long without a frame a proxy cuts a line. */
  idleCut: { readonly ms: number; readonly how: 'fin' | 'reset' | 'silence' } | undefined
  private readonly world: World
  private readonly parties = new Map<Host, Party>()
  private readonly expected = new Map<Wire, Hostile>()
  /** By client: when something was last put in its mouth. */
  private readonly accusedAt = new Map<string, number>()
  private readonly doomed: { readonly wire: Wire; readonly way: Way; readonly about: string }[] = []
  private sweptAt = 0

  constructor(world: World) {
    this.world = world
  }

  /** What a client's process is to be given instead of what its machine gives. */
  equip(name: string, machine: Machine) {
    const { world } = this
    const dialer = new Dialer(world, machine.host)
    const party = new Party(name, machine.host, dialer, world.now)
    this.parties.set(machine.host, party)
    const lifecycle: Lifecycle = {
      subscribe: (listener) =>
        machine.world.lifecycle.subscribe((hint) => {
          this.hinted(party, hint)
          listener(hint)
        }),
    }
    const observe = (phase: string, input: string): void => {
      world.coverage.cell(phase, input)
      // A page that comes back from being frozen asks for its connection, as an application does.
      if (input === 'reconnect' || (phase === 'suspended' && (input === 'hint' || input === 'tick')))
        party.asked = 1
    }
    return { transport: dialer, lifecycle, observe }
  }

  follow<State>(machine: Machine, session: Session<unknown, unknown, State>): void {
    const party = this.parties.get(machine.host)
    if (party === undefined) return
    party.status = () => session.status.kind
    session.on('attempt', (attempt) => {
      const { world } = this
      world.guard(() => this.waits.take(attempt, world.laws))
      if (isAtCap(attempt)) world.coverage.sometimes('backoff reached its cap')
      // Whoever is told when to come back is asked to dial.
      if (attempt.cause === 'overloaded' || attempt.cause === 'shutdown') party.asked = 1
      const { hintMs = 0 } = party
      const isMet = Math.abs(attempt.waitMs - hintMs) <= hintMs / 10 + 1
      if (attempt.cause === 'overloaded' && hintMs > 0 && isMet)
        world.coverage.sometimes('refused, and the hint for when was honoured')
    })
  }

  partyOf(host: Host | undefined): Party | undefined {
    return host === undefined ? undefined : this.parties.get(host)
  }

  // What happens on wires.

  dialed(wire: Wire, host: Host): void {
    const { world } = this
    const party = this.parties.get(host)
    const { now } = world
    this.lastWire = wire
    this.tracks.set(wire, {
      wire,
      party,
      dialedAt: now,
      welcomedAt: undefined,
      heardAt: now,
      askedAt: undefined,
      saidAt: 0,
      intervalMs: INTERVAL_MS,
      halfOpenAt: undefined,
      last: { up: undefined, down: undefined },
      passedAt: now,
      endedAt: undefined,
      from: 0,
    })
    if (party === undefined) return
    party.lastWire = wire
    party.hintMs = undefined
    const left = party.dial(now)
    world.guard(() => {
      world.laws.must(
        'I18',
        left >= 0,
        () => `${party.name} dials for the ${party.dials}th time, and too often`,
      )
      world.laws.must('I23', wire.url === HOME, () => `${party.name} dials ${wire.url}`)
    })
    const { idleCut } = this
    if (idleCut !== undefined) this.cutIdle(wire, idleCut)
  }

  overhear(step: 'sent' | 'arrived', way: Way, type: string, text: string, wire: Wire): void {
    const track = this.tracks.get(wire)
    if (track === undefined) return
    const { now, laws } = this.world
    track.passedAt = now
    if (step === 'sent') {
      track.last[way] = text
      const held = wire[way].buffered
      laws.must('I24', held <= BUFFERED, () => `${held} characters wait on ${wire.name}, ${way}`)
    }
    if (way === 'down' && step === 'arrived') this.heard(track, type, text)
    if (way === 'up' && step === 'sent') this.said(track, type)
  }

  foreign(wire: Wire, way: Way, text: unknown): void {
    const { world } = this
    const track = this.tracks.get(wire)
    world.note(`${wire.name} ${way} FORGED ${String(text).slice(0, 120)}`)
    const hostile = this.expected.get(wire)
    if (hostile !== undefined && hostile.text === text) {
      this.expected.delete(wire)
      world.guard(() => world.laws.must('I23', true, () => ''))
      if (hostile.isFault) this.doomed.push({ wire, way, about: hostile.about })
    }
    if (track === undefined || way === 'up') return
    // Whoever it is from, it is a sign of life.
    this.heard(track, 'forged', '')
  }

  ended(wire: Wire, way: Way, late: boolean): void {
    const track = this.tracks.get(wire)
    const party = track?.party
    if (track === undefined || party === undefined || way === 'up') return
    this.world.note(`${wire.name} has ended${late ? ', after it was hung up' : ''}`)
    const { coverage } = this.world
    track.endedAt ??= this.world.now
    if (!late) this.left(track)
    if (!late && track.welcomedAt !== undefined)
      coverage.sometimes(wire.wasReset ? 'dead line found by reset' : 'dead line found by end')
    const other = this.openOf(party).find((one) => one.wire !== wire)
    if (other === undefined || track.welcomedAt === undefined) return
    if (late && other.welcomedAt !== undefined)
      coverage.sometimes('old line cut after the first frame of the new one')
    if (!late && other.welcomedAt === undefined)
      coverage.sometimes('old line cut before the first frame of the new one')
  }

  /** A client hangs up; the code says why. */
  hungUp(wire: Wire, code: number): void {
    wire.disown()
    const track = this.tracks.get(wire)
    if (track === undefined) return
    this.left(track)
    this.world.note(`${wire.name} is hung up with ${code}`)
    if (code === CLOSE.dead) this.world.guard(() => this.judgeVerdict(track))
    const isEarly = track.welcomedAt === undefined && code === CLOSE.slowHandshake
    if (isEarly) this.world.coverage.sometimes('connect timeout')
  }

  /** When what is put on a line in somebody's name arrives, the reader must hang up, or go on as before. */
  expectEnd(wire: Wire, way: Way, hostile: Hostile): void {
    this.expected.set(wire, hostile)
    const name = this.tracks.get(wire)?.party?.name
    if (way === 'up' && name !== undefined) this.accusedAt.set(name, this.world.now)
  }

  /** Whether the server may be made to misunderstand the client: not again before a line has lasted. */
  mayBeMisunderstood(wire: Wire): boolean {
    const { party, welcomedAt } = this.tracks.get(wire) ?? {}
    if (party === undefined || welcomedAt === undefined || party.host.isFrozen) return false
    return (
      welcomedAt > (this.accusedAt.get(party.name) ?? 0) && this.world.now - welcomedAt > ACCUSED_AFTER_MS
    )
  }

  clear(): void {
    this.idleCut = undefined
    for (const { dialer } of this.parties.values()) Object.assign(dialer.manners, MANNERED)
    for (const { up, down } of this.world.network.wires)
      for (const lane of [up, down])
        Object.assign(lane, { middlebox: undefined, characterMs: 0, bunchMs: 0, holdMs: 0 })
  }

  private left({ party, welcomedAt }: Track): void {
    if (party !== undefined && this.world.now - (welcomedAt ?? Infinity) >= STABLE_MS) party.lasted()
  }

  /** Whether the client may still believe in it: after an `error` the adapter waits for a `close` with a better story. */
  isBelievedIn(wire: Wire): boolean {
    const { endedAt } = this.tracks.get(wire) ?? {}
    return (
      wire.reachesClient ||
      (endedAt !== undefined && this.world.now - endedAt <= CLOSE_FOLLOWS_MS + EPSILON_MS)
    )
  }

  // What must hold at every moment.

  look(): void {
    const { world } = this
    const { now } = world
    for (const { wire, way, about } of this.doomed.splice(0)) {
      const isHungUp = way === 'down' ? !wire.reachesClient : !wire.reachesServer
      world.laws.must(
        'I23',
        isHungUp,
        () => `${wire.name}: ${about} (${way}) was read and not answered by the end`,
      )
      world.coverage.sometimes(way === 'down' ? 'client hung up on nonsense' : 'server hung up on nonsense')
    }
    for (const party of this.parties.values())
      if (party.host.isFrozen || party.isHidden) party.unsteadyAt = now
    for (const track of this.tracks.values()) if (now - track.heardAt > INTERVAL_MS) this.judgeSilence(track)
    if (now - this.sweptAt > 1000) this.sweep()
  }

  /** A dead line is found in time by a client that runs and is seen. */
  private judgeSilence(track: Track): void {
    const { wire, party, heardAt, saidAt, intervalMs } = track
    const { now, laws } = this.world
    if (party === undefined || track.welcomedAt === undefined || !wire.reachesClient) return
    if (party.host.isFrozen || !party.isSteady(now, STEADY_MS)) return
    const most = Math.max(INTERVAL_MS, intervalMs) + GRACE_AND_PATIENCE_MS
    const isFound = now - heardAt <= most + EPSILON_MS
    const broken = (): string =>
      `${party.name} has heard nothing on ${wire.name} for ${now - heardAt} ms, and holds it`
    laws.must('I19', isFound, broken)
    if (saidAt > heardAt) laws.must('I20', isFound, broken)
  }

  /** The verdict `silent`: a probe was out, it had its time, and nothing came. */
  private judgeVerdict({ wire, party, heardAt, askedAt, saidAt }: Track): void {
    const { now, laws, coverage } = this.world
    const about = (what: string) => () => `${wire.name} is called dead ${what}`
    const asked = laws.present('I19', askedAt, about('and was never probed'))
    laws.must('I19', now - asked >= PATIENCE_MS - EPSILON_MS, about(`${now - asked} ms after its probe`))
    laws.must('I19', heardAt <= asked, about(`and was heard ${now - heardAt} ms ago, after its probe`))
    const isFair = this.world.isFair
    laws.must('I19', !isFair, about('in a world whose network and servers never failed'))
    coverage.sometimes('dead line found by silence')
    if (saidAt > heardAt && wire.reachesServer) coverage.sometimes('line dead one way found by silence')
    if (party?.isSteady(now, STEADY_MS) === true)
      coverage.sometimes('dead line found by one that ran all the time')
  }

  private heard(track: Track, type: string, text: string): void {
    const { now, coverage } = this.world
    const { party, askedAt, heardAt } = track
    if (party !== undefined) this.count(party, 'heard')
    if (
      askedAt !== undefined &&
      askedAt >= heardAt &&
      now - heardAt > INTERVAL_MS + PATIENCE_MS &&
      track.wire.reachesClient
    )
      coverage.sometimes('probe saved a connection')
    track.heardAt = now
    if (type === 'messages') this.compare(track, Number(/"from":(\d+)/.exec(text)?.[1]))
    if (type !== 'welcome') return
    track.welcomedAt ??= now
    track.intervalMs = Number(/"intervalMs":(\d+)/.exec(text)?.[1] ?? INTERVAL_MS)
  }

  /** A hand-over that is no hole may carry a message over both lines. */
  private compare(track: Track, from: number): void {
    track.from = Math.max(track.from, from)
    for (const other of this.tracks.values())
      if (other !== track && other.party === track.party && other.from >= from)
        this.world.coverage.sometimes('both sockets delivered the same message')
  }

  private said(track: Track, type: string): void {
    track.saidAt = this.world.now
    if (type === 'ping') track.askedAt = this.world.now
    if (track.party !== undefined)
      this.count(track.party, type === 'messages' || type === 'restore' ? 'data' : 'control')
  }

  /** In each stretch of ten seconds a client says little that nobody asked for. */
  private count(party: Party, what: 'control' | 'data' | 'heard'): void {
    const { traffic } = party
    const { now, laws } = this.world
    if (now - traffic.since > WINDOW_MS) {
      const { control, heard } = traffic
      laws.must(
        'I24',
        control <= CONTROL + heard,
        () => `${party.name} said ${control} things to ${heard} in ten seconds`,
      )
      Object.assign(traffic, { since: now, control: 0, data: 0, heard: 0 })
    }
    traffic[what] += 1
  }

  private hinted(party: Party, hint: Hint): void {
    if (hint === 'hidden') party.isHidden = true
    if (hint === 'visible') party.isHidden = false
    party.unsteadyAt = this.world.now
  }

  private openOf(party: Party): readonly Track[] {
    return [...this.tracks.values()].filter((one) => one.party === party && one.wire.reachesClient)
  }

  private cutIdle(wire: Wire, idle: NonNullable<Lines['idleCut']>): void {
    const track = this.tracks.get(wire)
    if (track === undefined || wire.isOver || this.world.isQuiet) return
    const { now, coverage } = this.world
    const left = track.passedAt + idle.ms - now
    if (left > 0) return void this.world.timeline.pause(left).then(() => this.cutIdle(wire, idle))
    coverage.sometimes('idle line cut by a proxy')
    if (idle.how === 'fin') wire.close(CLOSE.abnormal, '')
    else if (idle.how === 'reset') wire.reset()
    else for (const lane of [wire.up, wire.down]) lane.stall(Infinity)
  }

  private sweep(): void {
    const { now, coverage } = this.world
    this.sweptAt = now
    for (const [host, party] of this.parties)
      if (host.isDead && party.lastWire?.isOver !== false) this.parties.delete(host)
    for (const [wire, track] of this.tracks) {
      if (!wire.reachesClient && wire.reachesServer) track.halfOpenAt ??= now
      const { halfOpenAt } = track
      if (!wire.isOver || now - (track.endedAt ?? 0) < 2 * CLOSE_FOLLOWS_MS) continue
      if (halfOpenAt !== undefined && now - halfOpenAt > 5000 && wire.serverRuns)
        coverage.sometimes('half-open line cleaned up by the server')
      this.tracks.delete(wire)
    }
  }
}
