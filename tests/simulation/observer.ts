/**
 * Looks on from outside, at wires and at what the application is told: checks the laws that show only there, and
 * counts the situations that were met.
 */
import type { Wire } from '../../src/testing/virtual/wire.ts'
import { Handoffs } from './handoffs.ts'
import { Secrecy } from './secrecy.ts'
import { attend, welcomed } from './sights-of-session.ts'
import { numberIn, type Sight, Sights, type Trail } from './sights.ts'
import type { Situation } from './situations.ts'
import type { LogWatcher } from './watched-log.ts'
import type { Tab } from './tab.ts'
import { tokenIn, type World } from './world.ts'

/** Milliseconds that a server waits at least for a state that it has asked for. */
const WAITS_FOR_STATE = 4900

export interface Heard {
  readonly step: 'sent' | 'arrived'
  readonly way: 'up' | 'down'
  readonly type: string
  readonly text: string
  readonly wire: Wire
  readonly tab: Tab | undefined
}

export class Observer {
  readonly logWatcher: LogWatcher
  private readonly world: World
  private readonly secrecy: Secrecy
  readonly handoffs: Handoffs
  private readonly sights = new Sights()
  private readonly attended = new WeakSet()
  private readonly hellos = new Map<string, string>()

  constructor(world: World) {
    this.world = world
    this.handoffs = new Handoffs(world)
    this.secrecy = new Secrecy(world)
    this.logWatcher = {
      mirror: world.mirror,
      guard: (work) => world.guard(work),
      greets: (greeting) => {
        world.guard(() => this.secrecy.asked(greeting))
        return world.strangers.refusalOf(greeting)
      },
      repeats: () => world.repeatsAppends?.() === true,
      granted: (greeting, { up, epoch, outcome, reason }) => {
        const { session } = greeting
        world.strangers.granted(greeting)
        const ledger = world.ledgerOf(session)
        const seen = Math.max(greeting.received, greeting.seen ?? 0)
        ledger.letIn(seen, outcome === 'reset')
        // Long after its time is over, the log does not even know that there was a session; who has not met it neither.
        const isMetAnew = outcome === 'created' && !ledger.epochs.areNone
        const isOver = isMetAnew || reason === 'expired' || reason === 'unknown'
        if (ledger.epochs.begins(epoch) && isOver) ledger.expired(reason === 'expired')
        ledger.greeted(up)
      },
      given: (session, from, to) => world.ledgerOf(session).gaveUp(from, to),
      appendedUp: (session, seq, text) => world.ledgerOf(session).logged(seq, tokenIn(text)),
      appendedDown: (session, seq, text) => {
        const [token, epoch] = [tokenIn(text), world.mirror.epochOf(session)]
        world.ledgerOf(session).appended(token, seq, epoch, world.backend.doubted.has(token))
      },
      refused: (kind) => {
        if (kind === 'fenced') this.saw('a write of an older generation was refused')
      },
    }
  }

  /** The last one that was welcomed: it is worth nothing any more. */
  helloOf(session: string): string | undefined {
    return this.hellos.get(session)
  }

  saw(situation: Situation): void {
    this.world.coverage.sometimes(situation)
  }

  /** Between two events. */
  look(): void {
    this.handoffs.look()
    for (const client of this.world.clients)
      for (const tab of client.tabs) {
        if (this.attended.has(tab)) continue
        this.attended.add(tab)
        attend(tab, this.sights.trailOf(tab))
        this.handoffs.attend(tab)
      }
  }

  heard(heard: Heard): void {
    const { step, way, type, text, wire, tab } = heard
    const sight = this.sights.sightOf(wire)
    if (this.world.options.auth) this.secrecy.look(heard)
    if (tab === undefined) {
      if (way === 'down' && step === 'arrived' && type === 'error') this.turnedAway(text)
      return
    }
    const trail = this.sights.trailOf(tab)
    if (way === 'up') this.heardUp(heard, sight, trail, tab)
    else if (step === 'sent') this.sentDown(type, text, sight, tab)
    else this.arrivedDown(heard, sight, trail, tab)
  }

  private heardUp({ step, type, text }: Heard, sight: Sight, trail: Trail, tab: Tab): void {
    if (step === 'sent') {
      if (type === 'hello') {
        sight.greeting = text
        Object.assign(trail, { newest: sight, hintMs: undefined })
      }
      if (type === 'messages' || type === 'gap') this.speaksUp(text, sight, tab)
      if (type === 'bye') this.saw('a session was ended by its client')
      return
    }
    if (type === 'restore') this.stateGiven(text, sight, tab)
    if (type === 'messages') {
      const from = numberIn(text, 'from') ?? 0
      if (from <= this.world.mirror.upOf(tab.session.id ?? ''))
        this.saw('a duplicate came up, and was dropped')
    }
    const acked = numberIn(text, 'received')
    if (acked !== undefined && type !== 'hello') sight.acked = Math.max(sight.acked, acked)
  }

  private stateGiven(text: string, { welcomedAt }: Sight, { ledger }: Tab): void {
    const isWhole = numberIn(text, 'part') === numberIn(text, 'of')
    if (!isWhole || ledger === undefined || this.world.now >= welcomedAt + WAITS_FOR_STATE) return
    ledger.isStateAsked = false
  }

  /** A welcome is an acknowledgement: what it names is not said again. */
  private speaksUp(text: string, { had }: Sight, { name }: Tab): void {
    const from = numberIn(text, 'from') ?? 0
    const isNews = from > had
    this.world.laws.must('I9', isNews, () => `${name} says ${from} again, and the welcome had ${had}`)
  }

  private sentDown(type: string, text: string, sight: Sight, tab: Tab): void {
    if (type === 'welcome') {
      sight.welcome = 'sent'
      sight.welcomedAt = this.world.now
      if (tab.session.id !== undefined) this.hellos.set(tab.session.id, sight.greeting)
      if (tab.ledger !== undefined && text.includes('"restore":true')) {
        tab.ledger.isStateAsked = true
        tab.ledger.wasStateAsked = true
      }
      sight.acked = (numberIn(text, 'from') ?? 1) - 1
      sight.sent = sight.acked
    }
    // What is gone is on nobody's way.
    if (type === 'gap') sight.acked = Math.max(sight.acked, numberIn(text, 'to') ?? 0)
    if (type !== 'messages') return
    const { from, data } = JSON.parse(text) as { readonly from: number; readonly data: readonly unknown[] }
    sight.sent = Math.max(sight.sent, from + data.length - 1)
    const { window } = this.world.options
    const ahead = sight.sent - sight.acked
    this.world.laws.must(
      'I24',
      ahead <= window,
      () => `${ahead} are on their way down, the window is ${window}`,
    )
    if (ahead >= window) this.saw('a slow reader was held back')
  }

  private arrivedDown(heard: Heard, sight: Sight, trail: Trail, tab: Tab): void {
    const { type, text } = heard
    switch (type) {
      case 'welcome':
        tab.ledger?.welcomed()
        return welcomed(text, sight, trail, tab)
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

  private turnedAway(text: string): void {
    if (text.includes('"code":"forbidden"')) this.saw('an intruder was refused')
    if (text.includes('"code":"forked"')) this.saw('a hello was said twice, and refused')
  }
}
