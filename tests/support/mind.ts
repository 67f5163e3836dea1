/** The core on its own, with a clock that stands still until it is told to go on. */
import { after, at, type Instant, milliseconds, NEVER, seconds } from '../../src/base/time.ts'
import type { Config } from '../../src/core/config.ts'
import { deadline } from '../../src/core/deadline.ts'
import type { Effect, News } from '../../src/core/effect.ts'
import type { Input, Kept } from '../../src/core/input.ts'
import { initialState, type Phase, type State } from '../../src/core/state.ts'
import { transition } from '../../src/core/transition.ts'
import type { ClientFrame, ServerFrame, Welcome } from '../../src/protocol/frames.ts'
import { SECRET, SESSION, welcome } from './frames.ts'

export const CONFIG: Config = {
  client: 'c1',
  connectTimeout: seconds(10),
  heartbeat: { every: seconds(10), within: seconds(2), hiddenWithin: seconds(10) },
  backoff: { base: milliseconds(500), max: seconds(60), first: milliseconds(250) },
  stableAfter: seconds(10),
  ackWithin: milliseconds(100),
  ackEvery: 64,
  keepsState: false,
  resends: () => true,
  allows: (url) => url.startsWith('wss://allowed.example'),
}

export const KEPT: Kept = {
  identity: { session: SESSION, secret: SECRET },
  generation: 0,
  epoch: undefined,
  outbox: { acked: 0, wired: 0, texts: [] },
  cursor: 0,
  failures: 0,
  isNew: true,
}

/** An input as a test writes it: the time is added. */
export type Told = Input extends infer One
  ? One extends { readonly now: Instant }
    ? Omit<One, 'now'>
    : never
  : never

export class Mind {
  state: State
  now: Instant = at(1_000_000)
  /** Everything asked for so far. */
  readonly asked: Effect[] = []
  readonly config: Config

  constructor(change: Partial<Config> = {}, seed = 1) {
    this.config = { ...CONFIG, ...change }
    this.state = initialState(seed, this.now)
  }

  get phase(): Phase {
    return this.state.phase
  }

  tell(input: Told): readonly Effect[] {
    const { state, effects } = transition(this.state, { ...input, now: this.now }, this.config)
    this.state = state
    for (const effect of effects) this.asked.push(effect)
    return effects
  }

  /** Lets time pass, with a tick at each deadline on the way. */
  pass(length: number): readonly Effect[] {
    const end = after(this.now, milliseconds(length))
    const effects: Effect[] = []
    for (let due = deadline(this.state); due <= end; due = deadline(this.state)) {
      this.now = due > this.now ? due : this.now
      effects.push(...this.tell({ type: 'tick' }))
      if (deadline(this.state) <= this.now) throw new Error('a tick did not move the deadline')
    }
    this.now = end
    return effects
  }

  /** Lets time pass without a single alarm, as a sleeping device does, and then rings. */
  oversleep(length: number): readonly Effect[] {
    this.now = after(this.now, milliseconds(length))
    return this.tell({ type: 'tick' })
  }

  /** The store has caught up. */
  persist(): readonly Effect[] {
    const { revision, inbox, outbox } = this.state
    return this.tell({ type: 'persisted', revision, cursor: inbox.handled, last: outbox.last })
  }

  restore(change: Partial<Kept> = {}): this {
    this.tell({ type: 'restored', kept: { ...KEPT, ...change } })
    return this
  }

  /** The number of the connection that was dialed last. */
  get connection(): number {
    return this.state.connections
  }

  open(): readonly Effect[] {
    const effects = [...this.tell({ type: 'opened', connection: this.connection }), ...this.persist()]
    return effects
  }

  hear(frame: ServerFrame, connection = this.connection): readonly Effect[] {
    return this.tell({ type: 'received', connection, frame })
  }

  drop(code = 1006, connection = this.connection, reason = ''): readonly Effect[] {
    return this.tell({ type: 'dropped', connection, code, reason })
  }

  /** Sends a message and waits for the store. */
  send(...texts: readonly string[]): readonly Effect[] {
    const effects = texts.flatMap((text) => this.tell({ type: 'submit', text }))
    return [...effects, ...this.persist()]
  }

  /** The wait is over. */
  redial(): readonly Effect[] {
    return this.pass(this.sleeps ?? 0)
  }

  /** From nothing to a welcome. */
  connect(change: Partial<Welcome> = {}): this {
    if (this.phase.kind === 'restoring') this.restore()
    if (this.phase.kind === 'waiting') this.redial()
    this.open()
    this.hear(welcome(change))
    return this
  }

  /** The application is done with everything that was delivered, and the store knows. */
  process(): readonly Effect[] {
    const effects = this.tell({ type: 'handled', upTo: this.state.inbox.received })
    return [...effects, ...this.persist()]
  }

  /** What the core last went to sleep until; `undefined` if nothing wakes it. */
  get sleeps(): number | undefined {
    const due = deadline(this.state)
    return due === NEVER ? undefined : due - this.now
  }
}

/** A mind that is online over a welcomed line. */
export function online(config: Partial<Config> = {}, change: Partial<Welcome> = {}, seed = 1): Mind {
  return new Mind(config, seed).connect(change)
}

export const typesOf = (effects: readonly Effect[]): readonly string[] => effects.map(({ type }) => type)

export function newsOf(effects: readonly Effect[]): readonly News[] {
  return effects.flatMap((effect) => (effect.type === 'announce' ? [effect.news] : []))
}

/** What goes out: frames, and messages as they will be framed. */
export type Sent =
  ClientFrame | { readonly type: 'messages'; readonly from: number; readonly texts: readonly string[] }

export function framesOf(effects: readonly Effect[]): readonly Sent[] {
  const sent: Sent[] = []
  for (const effect of effects) {
    if (effect.type === 'transmit') sent.push(effect.frame)
    if (effect.type === 'transmit-messages')
      sent.push({ type: 'messages', from: effect.from, texts: effect.texts })
  }
  return sent
}

export const hangUpsOf = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'hang-up' ? [[effect.connection, effect.code]] : []))

export const dialsOf = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'dial' ? [effect] : []))

export const deliveriesOf = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'deliver' ? [effect.parcel] : []))
