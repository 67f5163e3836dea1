/**
 * Every line as an observer beside it sees it: when it was dialed, welcomed, heard and hung up. The laws that can
 * be told from there are judged here and in the files beside.
 */
import type { Hint, Lifecycle } from '../../../src/ports/lifecycle.ts'
import type { Machine } from '../../../src/testing/virtual/machine.ts'
import type { Host } from '../../../src/testing/virtual/host.ts'
import type { Way, Wire, WireWatch } from '../../../src/testing/virtual/wire.ts'
import type { Session } from 'holdfast'
import { CLOSE } from '../../../src/protocol/close-codes.ts'
import type { World } from '../world.ts'
import { Dialer } from './dialer.ts'
import { cutWhenIdle, type IdleCut } from './idle-cut.ts'
import { Misunderstandings } from './misunderstandings.ts'
import type { Hostile } from './hostile.ts'
import { Party } from './party.ts'
import { EPSILON_MS, INTERVAL_MS, judgeSilence, judgeVerdict, PATIENCE_MS } from './silence.ts'
import { Readers } from './readers.ts'
import { MANNERED } from './socket.ts'
import { numberIn } from '../sights.ts'
import { coverEnd, coverRepeat, newTrack, type Track } from './track.ts'
import { countFrame } from './traffic.ts'
import { attendWaits } from './attend-waits.ts'
import { Waits } from './waits.ts'

/** So long a line must last to be a new beginning. */
const STABLE_MS = 10_000
/** So long the adapter waits for a `close` after an `error`. */
const CLOSE_FOLLOWS_MS = 100
/** What a server hands to a socket that does not take it: its limit, and the frame that broke it. */
const BUFFERED = 3 * 1024 * 1024
/** A server's last word to whom it does not understand. */
const NOT_UNDERSTOOD = /^\{"type":"error","code":"(protocol|too-large)"/

export class Lines implements WireWatch {
  readonly tracks = new Map<Wire, Track>()
  readonly waits = new Waits()
  lastWire: Wire | undefined
  /** After so long without a frame a proxy cuts a line. */
  idleCut: IdleCut | undefined
  readonly world: World
  private readonly parties = new Map<Host, Party>()
  private readonly readers: Readers
  private readonly misunderstandings: Misunderstandings
  private sweptAt = 0

  constructor(world: World) {
    this.world = world
    this.readers = new Readers(world.laws)
    this.misunderstandings = new Misunderstandings(world)
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
        party.ask()
    }
    return { transport: dialer, lifecycle, observe }
  }

  follow<State>(machine: Machine, session: Session<unknown, unknown, State>): void {
    const party = this.parties.get(machine.host)
    if (party === undefined) return
    party.status = () => session.status.kind
    attendWaits(session, party, this)
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
    this.tracks.set(wire, newTrack(wire, party, now))
    if (party === undefined) return
    party.lastWire = wire
    party.told(undefined)
    world.guard(() => party.dial(wire, now, world.laws))
    const { idleCut } = this
    if (idleCut !== undefined) cutWhenIdle(wire, idleCut, world)
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
    if (way === 'up' && type === 'hello') this.readers.greets(wire, text)
    if (way === 'down' && step === 'sent' && type === 'welcome') this.readers.welcomes(wire, text)
    if (way === 'down' && step === 'sent' && NOT_UNDERSTOOD.test(text))
      this.misunderstandings.notUnderstood(wire, 'up')
  }

  foreign(wire: Wire, way: Way, text: unknown): void {
    const { world } = this
    const track = this.tracks.get(wire)
    world.note(`${wire.name} ${way} FORGED ${String(text).slice(0, 120)}`)
    this.misunderstandings.arrived(wire, way, text)
    if (track === undefined || way === 'up') return
    // Whoever it is from, it is a sign of life, and a notice is believed.
    this.heard(track, String(text).startsWith('{"type":"shutdown"') ? 'shutdown' : 'forged', '')
  }

  ended(wire: Wire, way: Way, late: boolean): void {
    const track = this.tracks.get(wire)
    const party = track?.party
    if (track === undefined || party === undefined || way === 'up') return
    this.world.note(`${wire.name} has ended${late ? ', after it was hung up' : ''}`)
    track.endedAt ??= this.world.now
    track.endedByClock ??= party.host.clock.now()
    if (!late) party.told(track.hintMs)
    if (!late) this.left(track)
    const other = this.openOf(party).find((one) => one.wire !== wire)
    coverEnd(track, late, other, this.world.coverage)
  }

  /** A client hangs up; the code says why. */
  hungUp(wire: Wire, code: number): void {
    wire.disown()
    const track = this.tracks.get(wire)
    if (track === undefined) return
    this.left(track)
    this.world.note(`${wire.name} is hung up with ${code}`)
    if (code === CLOSE.protocol || code === CLOSE.tooLarge) this.misunderstandings.notUnderstood(wire, 'down')
    if (code === CLOSE.dead) this.world.guard(() => judgeVerdict(track, this.world))
    const isEarly = track.welcomedAt === undefined && code === CLOSE.slowHandshake
    if (isEarly) this.world.coverage.sometimes('connect timeout')
  }

  /** A client asks for a sign of life, whatever its socket makes of that. */
  asks(wire: Wire): void {
    const track = this.tracks.get(wire)
    if (track !== undefined) this.asked(track)
  }

  /** When what is put on a line in somebody's name arrives, the reader must hang up, or go on as before. */
  expectEnd(wire: Wire, way: Way, hostile: Hostile): void {
    this.misunderstandings.expect(wire, way, hostile, this.tracks.get(wire)?.party?.name)
  }

  /** A server will say that it does not understand the client of this name. */
  accuse(name: string): void {
    this.misunderstandings.accuse(name)
  }

  /** Whether the server may be made to misunderstand the client: not again before a line has lasted. */
  mayBeMisunderstood(wire: Wire): boolean {
    const track = this.tracks.get(wire)
    return track !== undefined && this.misunderstandings.mayFollow(track)
  }

  clear(): void {
    this.idleCut = undefined
    for (const { dialer } of this.parties.values()) Object.assign(dialer.manners, MANNERED)
    for (const { up, down } of this.world.network.wires)
      for (const lane of [up, down]) {
        lane.middlebox = undefined
        lane.widen()
      }
  }

  private left({ party, welcomedAt, wire }: Track): void {
    // A hand-off that is put off while the old line lives is tried again by the backoff, as if nothing had been said.
    if (
      party !== undefined &&
      welcomedAt === undefined &&
      this.openOf(party).some((one) => one.wire !== wire)
    )
      party.told(undefined)
    if (party !== undefined && this.world.now - (welcomedAt ?? Infinity) >= STABLE_MS) party.lasted()
  }

  /** Whether the client may still believe in it: after an `error` the adapter waits for a `close` with a better story. */
  isBelievedIn(wire: Wire): boolean {
    const { endedByClock, party } = this.tracks.get(wire) ?? {}
    if (wire.reachesClient) return true
    if (endedByClock === undefined || party === undefined) return false
    return party.host.clock.now() - endedByClock <= CLOSE_FOLLOWS_MS + EPSILON_MS
  }

  // What must hold at every moment.

  look(): void {
    const { world } = this
    const { now } = world
    this.misunderstandings.look()
    for (const party of this.parties.values())
      if (party.host.isFrozen || party.host.isThrottled || party.isHidden) party.unsteadyAt = now
    for (const track of this.tracks.values())
      if (now - track.heardAt > INTERVAL_MS) judgeSilence(track, world)
    if (now - this.sweptAt > 1000) this.sweep()
  }

  private heard(track: Track, type: string, text: string): void {
    const { now, coverage } = this.world
    const { party, askedAt, heardAt } = track
    if (party !== undefined) countFrame(party, 'heard', this.world)
    if (party !== undefined && type === 'shutdown') {
      party.isAppointed = true
      const afterMs = numberIn(text, 'afterMs')
      if (afterMs !== undefined) party.notice = { at: now, afterMs }
    }
    if (party !== undefined && type === 'error') party.told(numberIn(text, 'retryAfterMs'))
    if (
      askedAt !== undefined &&
      askedAt >= heardAt &&
      now - heardAt > INTERVAL_MS + PATIENCE_MS &&
      track.wire.reachesClient
    )
      coverage.sometimes('probe saved a connection')
    track.heardAt = now
    if (type === 'messages') {
      track.from = Math.max(track.from, Number(/"from":(\d+)/.exec(text)?.[1]))
      coverRepeat(track, this.tracks.values(), coverage)
    }
    if (type !== 'welcome') return
    track.welcomedAt ??= now
    track.intervalMs = Number(/"intervalMs":(\d+)/.exec(text)?.[1] ?? INTERVAL_MS)
  }

  private said(track: Track, type: string): void {
    track.saidAt = this.world.now
    if (type === 'messages' || type === 'gap') this.speaksUp(track)
    if (track.party !== undefined && type !== 'messages' && type !== 'restore')
      countFrame(track.party, 'control', this.world)
  }

  /** What a client has to say goes over one line: while it greets on another, it says nothing new on the old one. */
  private speaksUp(track: Track): void {
    const { party, wire, dialedAt } = track
    if (party === undefined) return
    const greeted = this.openOf(party).find(
      (one) => one.dialedAt > dialedAt && one.saidAt > 0 && one.welcomedAt === undefined,
    )
    this.world.laws.must(
      'I21',
      greeted === undefined,
      () => `${party.name} speaks on ${wire.name}, and has greeted on ${greeted?.wire.name}`,
    )
  }

  private asked(track: Track): void {
    const { party } = track
    track.askedAt = this.world.now
    if (party === undefined) return
    track.askedByClock = party.host.clock.now()
    const { onProbe } = party
    party.onProbe = undefined
    onProbe?.()
  }

  private hinted(party: Party, hint: Hint): void {
    if (hint === 'hidden') party.isHidden = true
    if (hint === 'visible') party.isHidden = false
    party.unsteadyAt = this.world.now
  }

  private openOf(party: Party): readonly Track[] {
    return [...this.tracks.values()].filter((one) => one.party === party && one.wire.reachesClient)
  }

  private sweep(): void {
    const { now, coverage } = this.world
    this.sweptAt = now
    for (const [host, party] of this.parties)
      if (host.isDead && party.lastWire?.isOver !== false) this.parties.delete(host)
    for (const [wire, track] of this.tracks) {
      if (!wire.reachesClient && wire.reachesServer) track.halfOpenAt ??= now
      const { halfOpenAt, party, endedByClock = 0 } = track
      const hasNoClock = party === undefined || party.host.isDead
      const endedFor = hasNoClock ? now - (track.endedAt ?? 0) : party.host.clock.now() - endedByClock
      if (!wire.isOver || endedFor < 2 * CLOSE_FOLLOWS_MS) continue
      if (halfOpenAt !== undefined && now - halfOpenAt > 5000 && wire.serverRuns)
        coverage.sometimes('half-open line cleaned up by the server')
      this.tracks.delete(wire)
    }
  }
}
