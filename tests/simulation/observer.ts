/**
 * Looks on from outside, at wires and at what the application is told: checks the laws that show only there, and
 * counts the situations that were met.
 */
import type { Wire } from '../../src/testing/virtual/wire.ts'
import { MARK } from './auth.ts'
import { Handoffs } from './handoffs.ts'
import { Secrecy } from './secrecy.ts'
import type { Situation } from './situations.ts'
import type { LogWatcher } from './watched-log.ts'
import type { Tab } from './tab.ts'
import { tokenIn, type World } from './world.ts'

export interface Heard {
  readonly step: 'sent' | 'arrived'
  readonly way: 'up' | 'down'
  readonly type: string
  readonly text: string
  readonly wire: Wire
  readonly tab: Tab | undefined
}

/** A line as it can be seen from beside it. */
interface Sight {
  welcome: 'none' | 'sent' | 'arrived'
  isReplaying: boolean
  sent: number
  acked: number
}

/** A client over its lines. */
interface Trail {
  lostWelcome: boolean
  cuts: number
  refused: string | undefined
  hintMs: number | undefined
  server: string | undefined
  last: number
  newest: Sight | undefined
}

const MANY = 100

export class Observer {
  readonly logWatcher: LogWatcher
  private readonly world: World
  private readonly secrecy: Secrecy
  readonly handoffs: Handoffs
  private readonly sights = new WeakMap<Wire, Sight>()
  private readonly trails = new Map<string, Trail>()
  private readonly attended = new WeakSet()
  private readonly hellos = new Map<string, string>()

  constructor(world: World) {
    this.world = world
    this.handoffs = new Handoffs(world)
    this.secrecy = new Secrecy(world)
    this.logWatcher = {
      mirror: world.mirror,
      guard: (work) => world.guard(work),
      greets: (greeting) => this.secrecy.lets(greeting),
      granted: ({ session }, { up, epoch, reason }) => {
        const ledger = world.ledgerOf(session)
        if (ledger.epochs.begins(epoch) && reason === 'expired') ledger.expired()
        ledger.greeted(up)
      },
      given: (session, up) => world.ledgerOf(session).greeted(up),
      appendedUp: (session, seq, text) => world.ledgerOf(session).logged(seq, tokenIn(text)),
      appendedDown: (session, seq, text) =>
        world.ledgerOf(session).appended(tokenIn(text), seq, world.mirror.epochOf(session)),
      refused: (kind) => {
        if (kind === 'fenced') this.saw('a write of an older generation was refused')
      },
    }
  }

  /** The last one that a server has heard. */
  helloOf(session: string): string | undefined {
    return this.hellos.get(session)
  }

  saw(situation: Situation): void {
    this.world.coverage.sometimes(situation)
  }

  /** Between two events. */
  look(): void {
    for (const client of this.world.clients)
      for (const tab of client.tabs) {
        if (this.attended.has(tab)) continue
        this.attended.add(tab)
        this.attend(tab)
      }
  }

  heard(heard: Heard): void {
    const { step, way, type, text, wire, tab } = heard
    const sight = this.sightOf(wire)
    if (this.world.options.auth) this.secrecy.look(heard)
    if (tab === undefined) {
      if (way === 'down' && step === 'arrived' && type === 'error') this.turnedAway(text)
      return
    }
    const trail = this.trailOf(tab)
    if (way === 'up') this.heardUp(heard, sight, trail, tab)
    else if (step === 'sent') this.sentDown(type, text, sight)
    else this.arrivedDown(heard, sight, trail, tab)
  }

  private heardUp({ step, type, text }: Heard, sight: Sight, trail: Trail, tab: Tab): void {
    if (step === 'arrived' && type === 'hello' && tab.session.id !== undefined)
      this.hellos.set(tab.session.id, text)
    if (step === 'sent') {
      if (type === 'hello') trail.newest = sight
      if (type === 'bye') this.saw('a session was ended by its client')
      return
    }
    if (type === 'messages') {
      const from = numberIn(text, 'from') ?? 0
      if (from <= this.world.mirror.upOf(tab.session.id ?? ''))
        this.saw('a duplicate came up, and was dropped')
    }
    const acked = numberIn(text, 'received')
    if (acked !== undefined && type !== 'hello') sight.acked = Math.max(sight.acked, acked)
  }

  private sentDown(type: string, text: string, sight: Sight): void {
    if (type === 'welcome') {
      sight.welcome = 'sent'
      sight.acked = (numberIn(text, 'from') ?? 1) - 1
      sight.sent = sight.acked
    }
    if (type !== 'messages') return
    const { from, data } = JSON.parse(text) as { readonly from: number; readonly data: readonly unknown[] }
    sight.sent = Math.max(sight.sent, from + data.length - 1)
    if (sight.sent - sight.acked >= this.world.options.window) this.saw('a slow reader was held back')
  }

  private arrivedDown(heard: Heard, sight: Sight, trail: Trail, tab: Tab): void {
    const { type, text } = heard
    switch (type) {
      case 'welcome':
        return this.welcomed(text, sight, trail, tab)
      case 'live':
        sight.isReplaying = false
        trail.cuts = 0
        return
      case 'gap':
        return this.saw('a gap was told')
      case 'snapshot':
        return this.saw('a client was given the state of the server')
      case 'messages': {
        const { from, data } = JSON.parse(text) as {
          readonly from: number
          readonly data: readonly unknown[]
        }
        if (from <= trail.last) this.saw('a duplicate came down, and was dropped')
        trail.last = Math.max(trail.last, from + data.length - 1)
        return
      }
      case 'shutdown':
        if (tab.session.status.kind === 'draining') this.saw('a notice came during another')
        return
      case 'error':
        if (tab.session.status.kind === 'draining' && sight.welcome === 'none')
          this.saw('a successor was refused')
        trail.refused = /"code":"([a-z-]+)"/.exec(text)?.[1]
        trail.hintMs = numberIn(text, 'retryAfterMs')
        if (trail.refused === 'ended') this.saw('a session was ended by the server')
        if (trail.refused === 'protocol') this.saw('a version was refused')
        return
      default:
    }
  }

  private welcomed(text: string, sight: Sight, trail: Trail, tab: Tab): void {
    sight.welcome = 'arrived'
    const count = (numberIn(text, 'to') ?? 0) - (numberIn(text, 'from') ?? 1) + 1
    const outcome = /"outcome":"([a-z]+)"/.exec(text)?.[1]
    const life = tab.bind()?.life
    if (outcome !== 'reset' && life !== undefined) life.epoch ??= /"epoch":"([^"]*)"/.exec(text)?.[1]
    if (outcome === 'resumed') {
      this.saw('resumed')
      if (count === 0) this.saw('resumed with nothing to replay')
      if (count === 1) this.saw('resumed with one message to replay')
      if (count >= MANY) this.saw('resumed with a hundred messages or more to replay')
    }
    if (text.includes('"reason":"unknown"')) this.saw('reset, because the session was unknown')
    if (text.includes('"reason":"expired"')) this.saw('reset, because the session had expired')
    if (text.includes('"reason":"regressed"')) this.saw('reset, because the log had stepped back')
    if (text.includes('"restore":true')) this.saw('a client was asked for its state')
    if (trail.lostWelcome) this.saw('a lost welcome was made up for')
    if (trail.cuts === 1) this.saw('a replay that was cut was taken up again')
    if (trail.cuts > 1) this.saw('a replay was cut twice and taken up again')
    if (trail.refused === 'unauthorized') {
      this.saw('a refused token was replaced')
      if (count > 0) this.saw('a replay followed a fresh token')
    }
    if (trail.refused === 'protocol') this.saw('a refused version found a server that speaks it')
    const server = /"server":"([^"]+)"/.exec(text)?.[1]
    if (trail.server !== undefined && trail.server !== server) this.saw('a client moved to another server')
    Object.assign(trail, { lostWelcome: false, refused: undefined, hintMs: undefined, server })
    sight.isReplaying = count > 0
  }

  /** Follows what an application can see of its session. */
  private attend(tab: Tab): void {
    const trail = this.trailOf(tab)
    const { world } = this
    const { session } = tab
    trail.last = 0
    session.on('attempt', ({ waitMs, cause }) => {
      // The hello before may have been welcomed without anybody hearing of it, or its replay was cut.
      if (trail.newest?.welcome === 'sent') trail.lostWelcome = true
      if (trail.newest?.isReplaying === true) trail.cuts += 1
      trail.newest = undefined
      const { hintMs } = trail
      if (cause === 'overloaded' && hintMs !== undefined && hintMs >= 100)
        if (Math.abs(waitMs - hintMs) <= hintMs * 0.1 + 1) this.saw('a hint of the server was honoured')
      if (cause !== 'overloaded' && waitMs > 30_000) this.saw('the backoff reached its ceiling')
    })
    session.on('lost', ({ code, reason }) => {
      if (code === 1012) this.saw('a drain ran out of time')
      world.guard(() => world.laws.must('I29', !reason.includes(MARK), () => 'a token is in a close reason'))
    })
    session.on('error', ({ message }) => {
      world.guard(() => world.laws.must('I29', !message.includes(MARK), () => 'a token is in an error'))
    })
    session.on('reset', ({ epoch }) => {
      const life = tab.bind()?.life
      if (life !== undefined) life.epoch = epoch
    })
    session.on('gap', ({ from, to }) =>
      world.guard(() => {
        const isGone = world.mirror.hasToldGone(session.id ?? '', to)
        world.laws.must('I6', isGone, () => `a gap from ${from} to ${to}, and the log has not said that`)
      }),
    )
    this.handoffs.attend(tab)
  }

  private turnedAway(text: string): void {
    if (text.includes('"code":"forbidden"')) this.saw('an intruder was refused')
    if (text.includes('"code":"forked"')) this.saw('a hello was said twice, and refused')
  }

  private sightOf(wire: Wire): Sight {
    const known = this.sights.get(wire)
    if (known !== undefined) return known
    const sight: Sight = { welcome: 'none', isReplaying: false, sent: 0, acked: 0 }
    this.sights.set(wire, sight)
    return sight
  }

  private trailOf({ client: { name } }: Tab): Trail {
    const known = this.trails.get(name)
    if (known !== undefined) return known
    const nothing = { refused: undefined, hintMs: undefined, server: undefined, newest: undefined }
    const trail: Trail = { lostWelcome: false, cuts: 0, last: 0, ...nothing }
    this.trails.set(name, trail)
    return trail
  }
}

const PATTERNS = new Map<string, RegExp>()

/** A number by its name; the frames that are asked have each name once. */
function numberIn(text: string, name: string): number | undefined {
  let pattern = PATTERNS.get(name)
  if (pattern === undefined) PATTERNS.set(name, (pattern = new RegExp(`"${name}":(\\d+)`)))
  const found = pattern.exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}
