/**
 * The session: the driver's face towards the application.
 */
import { HoldfastError } from '../base/errors.ts'
import { between, type Instant } from '../base/time.ts'
import type { News } from '../core/effect.ts'
import { type Numbered, textsBetween } from '../core/parts/outbox.ts'
import type { State as CoreState } from '../core/state.ts'
import { Driver } from '../driver/driver.ts'
import type { DriverListener, DriverOptions, Surroundings } from '../driver/surroundings.ts'
import type { Message } from '../protocol/message.ts'
import type { Durability } from '../protocol/frames.ts'
import type { Session } from './api.ts'
import { Audience } from './audience.ts'
import { Emitter } from './emitter.ts'
import type { Delivery, SessionEvents } from './events.ts'
import { closingError, tell } from './news.ts'
import { Sending } from './sending.ts'
import type { Bounds } from './settings.ts'
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
  private readonly emitter: Emitter<SessionEvents<Up, Down, State>>
  private readonly driver: Driver
  private readonly audience: Audience<Up, Down, State>
  private readonly sending: Sending
  private shown: CoreState
  private closingError: HoldfastError | undefined
  private hasFinished = false
  private hasEnded = false
  private stateIsNew = false
  private resolveRestored = (): void => undefined
  private resolveClosed: (error: HoldfastError | undefined) => void = () => undefined

  constructor(parts: Parts<State>) {
    this.parts = parts
    this.restored = new Promise((resolve) => (this.resolveRestored = resolve))
    this.closed = new Promise((resolve) => (this.resolveClosed = resolve))
    this.emitter = new Emitter((cause, event) => this.listenerFailed(cause, event))
    const folds = parts.driver.fold !== undefined
    this.audience = new Audience(this.emitter, folds, () => this.driver.listened())
    this.driver = new Driver(parts.driver, parts.world, this.driverListener())
    this.sending = new Sending(this.driver, parts.bounds, (cause) => this.listenerFailed(cause, 'change'))
    this.shown = this.driver.state
    this.driver.start()
    const { signal } = parts
    if (signal?.aborted === true) this.abort()
    else signal?.addEventListener('abort', this.abort)
  }

  get id(): string | undefined {
    return this.driver.image?.identity.session
  }

  get status(): Status {
    return statusOf(this.driver.state, this.toDate, this.closingError)
  }

  get durability(): Durability {
    return this.driver.hasNoStore ? 'memory' : this.parts.durability()
  }

  get state(): State {
    const { image } = this.driver
    // The fold starts from `initial` and only ever holds what the caller's own reducer returned.
    return image === undefined ? this.parts.initial : (image.folded.state as State)
  }

  get pending(): number {
    return this.sending.pending
  }

  send(data: Up): Delivery {
    this.refuseIfClosed()
    return this.sending.send(data)
  }

  messages(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<Message<Down>> {
    return this.audience.loop(options.signal)
  }

  on<Name extends keyof SessionEvents<Up, Down, State>>(
    name: Name,
    listener: SessionEvents<Up, Down, State>[Name],
  ): () => void {
    const stop = this.emitter.on(name, listener)
    if (name === 'message') queueMicrotask(() => this.driver.listened())
    return stop
  }

  once<Name extends keyof SessionEvents<Up, Down, State>>(
    name: Name,
    listener: SessionEvents<Up, Down, State>[Name],
  ): () => void {
    const stop = this.emitter.once(name, listener)
    if (name === 'message') queueMicrotask(() => this.driver.listened())
    return stop
  }

  reconnect(): void {
    this.driver.dispatch({ type: 'reconnect' })
  }

  async close(): Promise<void> {
    if (this.sending.hasEarly) {
      // [SU-9] What was sent before the store was read has to be in it before we leave.
      this.driver.leaveInTime()
      await this.restored
    }
    this.driver.dispatch({ type: 'close', forGood: false })
    await this.closed
  }

  async end(): Promise<void> {
    // [SU-8] Who is closed already erases nothing, and so must not say that it did.
    if (this.driver.state.phase.kind !== 'closed') this.hasEnded = true
    this.driver.dispatch({ type: 'close', forGood: true })
    await this.closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** The reducer threw: the state is as before, the message is kept. */
  reducerFailed(cause: unknown): void {
    this.tellTrouble(
      new HoldfastError('reducer-failed', 'The reducer failed; the state is as before.', {
        cause,
        hint: 'See `cause`, and let the reducer return the state unchanged for what it does not know.',
      }),
    )
  }

  private readonly abort = (): void => {
    void this.close()
  }

  private refuseIfClosed(): void {
    if (this.driver.state.phase.kind !== 'closed') return
    const hint = 'Connect anew to go on.'
    if (this.hasEnded || this.closingError?.code === 'ended')
      throw new HoldfastError('ended', 'The session has ended.', { hint })
    throw new HoldfastError('closed', 'The session is closed.', { hint, cause: this.closingError })
  }

  private readonly toDate = (instant: Instant): Date => {
    const { clock } = this.parts.world
    return new Date(clock.wallTime() + between(clock.now(), instant))
  }

  private driverListener(): DriverListener {
    return {
      changed: (state) => this.follow(state),
      announce: (news) => this.announce(news),
      failed: (messages, code, message) => this.fail(messages, new HoldfastError(code, message)),
      folded: () => this.foldedSoon(),
      trouble: (error) => this.tellTrouble(error),
      restored: () => this.resolveRestored(),
      finished: () => this.finish(),
      isReady: () => this.audience.isReady(),
      consume: (message) => this.audience.consume(message as Message<Down>),
      missed: ({ from, to, reason }) => void this.emitter.emit('gap', { from, to, reason }),
    }
  }

  private follow(state: CoreState): void {
    const before = this.shown
    this.shown = state
    const isRestored = before.phase.kind === 'restoring' && state.phase.kind !== 'restoring'
    if (isRestored) this.sending.begin(state)
    if (state.outbox !== before.outbox) this.sending.deliveries.follow(state.outbox)
    if (looksDifferent(state, before)) {
      void this.emitter.emit(
        'status',
        statusOf(state, this.toDate, this.closingError),
        statusOf(before, this.toDate, undefined),
      )
    }
    if (isRestored) this.sending.submitEarly(this.closingError)
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
    if (news.type === 'closed') this.closingError = closingError(news)
    else tell(this.emitter, news, this.toDate)
  }

  /** Who sent a message is told by its delivery, and of what a process before this one left everybody is. */
  private fail(messages: readonly Numbered[], error: HoldfastError): void {
    for (const { seq, text } of messages)
      if (!this.sending.deliveries.fail(seq, error))
        void this.emitter.emit('failed', { seq, data: JSON.parse(text) as Up, error })
  }

  private finish(): void {
    if (this.hasFinished) return
    this.hasFinished = true
    this.parts.signal?.removeEventListener('abort', this.abort)
    this.settleDeliveries()
    this.audience.end()
    this.resolveRestored()
    this.resolveClosed(this.closingError)
    void this.emitter.emit('closed', this.closingError)
  }

  private settleDeliveries(): void {
    const { deliveries } = this.sending
    const { outbox } = this.driver.state
    // What the server has ended is erased, with all that it has not got.
    if (this.closingError?.code === 'ended')
      this.fail(textsBetween(outbox, outbox.acked + 1, outbox.last), this.closingError)
    if (this.closingError !== undefined) deliveries.failAll(this.closingError)
    else if (this.hasEnded)
      deliveries.failAll(new HoldfastError('ended', 'The session was ended by the application.'))
    else
      deliveries.leaveAll(
        this.driver.storedTo,
        new HoldfastError('closed', 'The session was closed; what is stored is sent by the next one.'),
      )
  }

  private tellTrouble(error: HoldfastError): void {
    void this.emitter.emit('error', error)
  }

  private listenerFailed(cause: unknown, event: string): void {
    const error = new HoldfastError('listener-failed', `A listener of \`${event}\` failed.`, { cause })
    // A failing listener of `error` has nobody left to be told to but the platform.
    if (event === 'error') queueMicrotask(() => reportUncaught(error))
    else this.tellTrouble(error)
  }
}

function reportUncaught(error: HoldfastError): void {
  const { console } = globalThis as { console?: { error(error: unknown): void } }
  console?.error(error)
}
