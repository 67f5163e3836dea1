/**
 * The session: the driver's face towards the application.
 */
import { type ErrorCode, HoldfastError } from '../base/errors.ts'
import { between, type Instant } from '../base/time.ts'
import type { News } from '../core/effect.ts'
import type { State as CoreState } from '../core/state.ts'
import { unacknowledged, unacknowledgedBytes } from '../core/parts/outbox.ts'
import { Driver, type DriverListener, type DriverOptions, type Surroundings } from '../driver/driver.ts'
import type { Message } from '../driver/message.ts'
import type { Durability } from '../protocol/frames.ts'
import { utf8Length } from '../protocol/utf8.ts'
import type { Session } from './api.ts'
import { Deliveries, Tracked } from './deliveries.ts'
import { Emitter } from './emitter.ts'
import type { Delivery, SessionEvents } from './events.ts'
import { MessageQueue } from './message-queue.ts'
import { type Bounds, DEFAULTS } from './settings.ts'
import { looksDifferent, type Status, statusOf } from './status.ts'

export interface Parts<State> {
  readonly driver: DriverOptions
  readonly world: Surroundings
  readonly bounds: Bounds
  readonly initial: State
  readonly durability: () => Durability
  readonly signal: AbortSignal | undefined
}

export class LiveSession<Up, Down, State> implements Session<Up, Down, State> {
  readonly restored: Promise<void>
  readonly closed: Promise<HoldfastError | undefined>
  private readonly parts: Parts<State>
  private readonly emitter: Emitter<SessionEvents<Down, State>>
  private readonly driver: Driver
  private readonly deliveries = new Deliveries()
  private readonly queues = new Set<MessageQueue<Down>>()
  /** Sent before the store was read: they get their numbers when it has been. */
  private early: { readonly text: string; readonly tracked: Tracked }[] = []
  private shown: CoreState
  private closingError: HoldfastError | undefined
  private hasFinished = false
  private stateIsNew = false
  private resolveRestored = (): void => undefined
  private resolveClosed: (error: HoldfastError | undefined) => void = () => undefined

  constructor(parts: Parts<State>) {
    this.parts = parts
    this.restored = new Promise((resolve) => (this.resolveRestored = resolve))
    this.closed = new Promise((resolve) => (this.resolveClosed = resolve))
    this.emitter = new Emitter((cause, event) => this.listenerFailed(cause, event))
    this.driver = new Driver(parts.driver, parts.world, this.driverListener())
    this.shown = this.driver.state
    const { signal } = parts
    if (signal?.aborted === true) void this.close()
    else signal?.addEventListener('abort', () => void this.close(), { once: true })
  }

  get id(): string | undefined {
    return this.driver.image?.identity.session
  }

  get status(): Status {
    return statusOf(this.driver.state, this.toDate, this.closingError)
  }

  get durability(): Durability {
    return this.driver.isStoreLost ? 'memory' : this.parts.durability()
  }

  get state(): State {
    // The fold starts from `initial` and only ever holds what the caller's own reducer returned.
    return (this.driver.image?.folded.state ?? this.parts.initial) as State
  }

  get pending(): number {
    return unacknowledged(this.driver.state.outbox) + this.early.length
  }

  send(data: Up): Delivery {
    this.refuseIfClosed()
    const text = textOf(data)
    this.refuseIfTooMuch(text)
    const tracked = new Tracked((cause) => this.listenerFailed(cause, 'change'))
    if (this.driver.state.phase.kind === 'restoring') this.early.push({ text, tracked })
    else this.submit(text, tracked)
    return tracked.face
  }

  messages(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<Message<Down>> {
    const asked = (queue: MessageQueue<Down>) => {
      this.queues.add(queue)
      this.driver.listened()
    }
    const queue = new MessageQueue<Down>(asked, (ended) => {
      this.queues.delete(ended)
      this.driver.listened()
    })
    if (this.hasFinished || options.signal?.aborted === true) queue.end()
    options.signal?.addEventListener('abort', () => queue.end(), { once: true })
    return queue
  }

  on<Name extends keyof SessionEvents<Down, State>>(
    name: Name,
    listener: SessionEvents<Down, State>[Name],
  ): () => void {
    const stop = this.emitter.on(name, listener)
    if (name === 'message') queueMicrotask(() => this.driver.listened())
    return stop
  }

  once<Name extends keyof SessionEvents<Down, State>>(
    name: Name,
    listener: SessionEvents<Down, State>[Name],
  ): () => void {
    const stop = this.emitter.once(name, listener)
    if (name === 'message') queueMicrotask(() => this.driver.listened())
    return stop
  }

  reconnect(): void {
    this.driver.dispatch({ type: 'reconnect' })
  }

  async close(): Promise<void> {
    this.driver.dispatch({ type: 'close', forGood: false })
    await this.closed
  }

  async end(): Promise<void> {
    this.driver.dispatch({ type: 'close', forGood: true })
    await this.closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** The reducer threw: the state is as before, the message is kept. */
  reducerFailed(cause: unknown): void {
    void this.emitter.emit(
      'error',
      new HoldfastError('reducer-failed', 'The reducer failed; the state is as before.', { cause }),
    )
  }

  private submit(text: string, tracked: Tracked): void {
    this.deliveries.track(this.driver.state.outbox.last + 1, tracked)
    this.driver.dispatch({ type: 'submit', text })
  }

  private refuseIfClosed(): void {
    if (this.driver.state.phase.kind !== 'closed') return
    const hint = 'Connect anew to go on.'
    if (this.closingError?.code === 'ended')
      throw new HoldfastError('ended', 'The session has ended.', { hint })
    throw new HoldfastError('closed', 'The session is closed.', { hint, cause: this.closingError })
  }

  /** [UP-7] At a bound the caller is told before the message has a number: nothing is dropped, nothing is half sent. */
  private refuseIfTooMuch(text: string): void {
    const most = this.driver.state.limits?.messageBytes ?? DEFAULTS.messageBytes
    if (text.length * 3 > most) {
      const bytes = utf8Length(text)
      if (bytes > most) {
        const hint = 'Send it in parts, or by other means.'
        throw new HoldfastError(
          'message-too-large',
          `A message of ${bytes} bytes is over the limit of ${most}.`,
          { hint, facts: { bytes, most } },
        )
      }
    }
    const { messages, bytes } = this.parts.bounds
    if (this.pending < messages && unacknowledgedBytes(this.driver.state.outbox) + text.length <= bytes)
      return
    const hint = 'Wait until some are acknowledged, then send again.'
    throw new HoldfastError('outbox-full', `${this.pending} messages wait for the server already.`, {
      hint,
      facts: { messages, bytes },
    })
  }

  private readonly toDate = (instant: Instant): Date => {
    const { clock } = this.parts.world
    return new Date(clock.wallTime() + between(clock.now(), instant))
  }

  private driverListener(): DriverListener {
    return {
      changed: (state) => this.follow(state),
      announce: (news) => this.announce(news),
      failed: (seqs, code, message) => this.deliveries.fail(seqs, new HoldfastError(code, message)),
      folded: () => this.foldedSoon(),
      trouble: (error) => void this.emitter.emit('error', error),
      restored: () => this.resolveRestored(),
      finished: () => this.finish(),
      isReady: () => this.isReady(),
      consume: (message) => this.consume(message as Message<Down>),
      missed: ({ from, to, reason }) => void this.emitter.emit('gap', { from, to, reason }),
    }
  }

  private isReady(): boolean {
    for (const queue of this.queues) if (!queue.isAsking) return false
    return this.queues.size > 0 || this.parts.driver.fold !== undefined || this.emitter.has('message')
  }

  private consume(message: Message<Down>): Promise<void> | undefined {
    const pending = this.emitter.emit('message', message)
    if (pending.length === 0 && this.queues.size === 0) return undefined
    const queued = [...this.queues].map((queue) => queue.offer(message))
    return Promise.all([...pending, ...queued]).then(() => undefined)
  }

  private follow(state: CoreState): void {
    const before = this.shown
    this.shown = state
    if (before.phase.kind === 'restoring' && state.phase.kind !== 'restoring') this.afterRestoring(state)
    if (state.outbox !== before.outbox) this.deliveries.follow(state.outbox)
    if (looksDifferent(state, before)) {
      void this.emitter.emit(
        'status',
        statusOf(state, this.toDate, this.closingError),
        statusOf(before, this.toDate, undefined),
      )
    }
  }

  private afterRestoring(state: CoreState): void {
    this.deliveries.begin(state.outbox)
    const { early } = this
    this.early = []
    if (state.phase.kind === 'closed')
      for (const { tracked } of early)
        tracked.fail(new HoldfastError('closed', 'The session was closed before its store was read.'))
    else for (const { text, tracked } of early) this.submit(text, tracked)
  }

  /** One `state` event for all that is folded in one turn. */
  private foldedSoon(): void {
    if (this.stateIsNew) return
    this.stateIsNew = true
    queueMicrotask(() => {
      this.stateIsNew = false
      void this.emitter.emit('state', this.state)
    })
  }

  private announce(news: News): void {
    switch (news.type) {
      case 'attempt':
        return void this.emitter.emit('attempt', {
          number: news.number,
          waitMs: news.wait,
          cause: news.cause,
          at: this.toDate(news.at),
        })
      case 'lost':
        return void this.emitter.emit('lost', { cause: news.cause, code: news.code, reason: news.reason })
      case 'online': {
        const { outcome, replayed, server } = news
        return void this.emitter.emit('online', { outcome, replayed, downMs: news.down, server })
      }
      case 'live':
        return void this.emitter.emit('live', { seq: news.seq })
      case 'notice':
        return void this.emitter.emit('notice', {
          reason: news.reason,
          closesInMs: news.closesIn,
          leavesAt: this.toDate(news.leaveAt),
          handoff: news.handoff,
        })
      case 'handoff':
        return void this.emitter.emit('handoff', { server: news.server })
      case 'reset': {
        const { reason, before, epoch, lastSeq, restored, unknown } = news
        return void this.emitter.emit('reset', { reason, before, epoch, lastSeq, restored, unknown })
      }
      case 'pong':
        return void this.emitter.emit('pong', { roundTripMs: news.roundTrip })
      case 'garbled':
        return void this.emitter.emit(
          'error',
          new HoldfastError('protocol', `The server sent what is not holdfast.v1: ${news.fault}.`, {
            hint: 'The connection was dropped and will be made anew.',
          }),
        )
      case 'closed':
        this.closingError = news.code === undefined ? undefined : closingError(news.code, news.message)
    }
  }

  private finish(): void {
    if (this.hasFinished) return
    this.hasFinished = true
    this.deliveries.failAll(
      this.closingError ??
        new HoldfastError('closed', 'The session was closed; what was stored will be sent by the next one.'),
    )
    for (const queue of [...this.queues]) queue.end()
    this.resolveRestored()
    this.resolveClosed(this.closingError)
    void this.emitter.emit('closed', this.closingError)
  }

  private listenerFailed(cause: unknown, event: string): void {
    const error = new HoldfastError('listener-failed', `A listener of \`${event}\` failed.`, { cause })
    // A failing listener of `error` has nobody left to be told to but the platform.
    if (event === 'error') queueMicrotask(() => reportUncaught(error))
    else void this.emitter.emit('error', error)
  }
}

function reportUncaught(error: HoldfastError): void {
  const { console } = globalThis as { console?: { error(error: unknown): void } }
  console?.error(error)
}

const CLOSING_HINTS: Partial<Record<ErrorCode, string>> = {
  forked:
    'Only one copy can go on. To start a session of its own here, call `end()` on one made with the same name, then connect.',
  superseded: 'Another connection uses this session now.',
  protocol: 'Check that the URL leads to a holdfast.v1 server of a version that understands this one.',
  'store-fenced': 'Another tab or process has the session now.',
}

function closingError(code: ErrorCode, message: string): HoldfastError {
  const hint = CLOSING_HINTS[code]
  return new HoldfastError(code, message, hint === undefined ? {} : { hint })
}

/** The message as JSON, written down once. */
function textOf(data: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(data)
  } catch (cause) {
    throw new HoldfastError('not-serializable', 'The message cannot be written as JSON.', { cause })
  }
  if (text !== undefined) return text
  throw new HoldfastError('not-serializable', `A message cannot be ${typeof data}.`, {
    hint: 'Send null, a string, a number, an array or an object.',
  })
}
