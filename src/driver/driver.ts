/**
 * Carries out what the core decides: a mailbox, an interpreter of effects, and one alarm.
 *
 * An input is taken in at once, even while effects are being carried out, so whoever calls sees the new state
 * on return; its effects wait their turn. After each run the alarm is set to the core's next deadline.
 */
import { HoldfastError } from '../base/errors.ts'
import { after, type Instant, seconds } from '../base/time.ts'
import { deadline } from '../core/deadline.ts'
import type { Config } from '../core/config.ts'
import type { Effect } from '../core/effect.ts'
import type { Input } from '../core/input.ts'
import { initialState, type State } from '../core/state.ts'
import { transition } from '../core/transition.ts'
import type { Journal } from '../ports/session-store.ts'
import { Alarm } from './alarm.ts'
import { Connections } from './connections.ts'
import { Deliverer, listenersReturned } from './deliverer.ts'
import { Fates } from './fates.ts'
import type { Image } from './image.ts'
import { openImage } from './opening.ts'
import { Persister } from './persister.ts'
import { StateReceiver } from './state-receiver.ts'
import { asStoreError, tellIfSilent } from './store-errors.ts'
import type { DriverListener, DriverOptions, Surroundings } from './surroundings.ts'

/** How long the store may take when we leave: beyond it, closing goes on without. */
const LEAVE_WITHIN = seconds(5)
/** How long the store may take to be read before the application is told: longer than any of ours gives itself. */
const OPEN_WITHIN = seconds(10)

type Unstamped = Input extends infer One
  ? One extends { readonly now: Instant }
    ? Omit<One, 'now'>
    : never
  : never

export class Driver {
  state: State
  /** The highest number of ours that the store holds beyond this process, as far as its commits were told. */
  storedTo = 0
  private readonly options: DriverOptions
  private readonly config: Config
  private readonly fates: Fates
  private readonly world: Surroundings
  private readonly listener: DriverListener
  private readonly connections: Connections
  private readonly deliverer: Deliverer
  private readonly stateReceiver: StateReceiver
  private readonly effects: Effect[] = []
  private readonly opening = new AbortController()
  private unsubscribe = (): void => undefined
  private persister: Persister | undefined
  private journal: Journal | undefined
  private imageHeld: Image | undefined
  /** What the listener has heard of. */
  private told: State
  private isRunning = false
  private isBlocked = false
  private erases = false
  private worksInMemory = false
  private hasLeft = false
  private cancelLeaving: (() => void) | undefined
  private cancelTelling = (): void => undefined
  private readonly alarm: Alarm

  constructor(options: DriverOptions, world: Surroundings, listener: DriverListener) {
    this.options = options
    this.fates = new Fates(options.config.resends, (error) => listener.trouble(error))
    this.config = { ...options.config, resends: this.fates.resends }
    this.world = world
    this.listener = listener
    this.state = initialState(world.random.seed(), world.clock.now())
    this.told = this.state
    this.alarm = new Alarm(world.clock, () => this.dispatch({ type: 'tick' }))
    this.connections = new Connections(world.transport, options.provide, {
      opened: (connection) => this.dispatch({ type: 'opened', connection }),
      received: (connection, frame) => {
        if (frame.type === 'welcome' && frame.outcome === 'reset')
          this.fates.decide(this.state.outbox, frame.received)
        this.dispatch({ type: 'received', connection, frame })
      },
      garbled: (connection, fault) => this.dispatch({ type: 'garbled', connection, fault }),
      dropped: (connection, loss, cause) => this.dispatch({ type: 'dropped', connection, ...loss, cause }),
      impossible: (code, message) => this.dispatch({ type: 'barred', code, message }),
      trouble: (error) => listener.trouble(error),
    })
    this.deliverer = new Deliverer(listener, options.fold !== undefined, (upTo) =>
      this.dispatch({ type: 'handled', upTo }),
    )
    this.stateReceiver = new StateReceiver(
      (text, state, up, down) => this.persister?.adopt(text, state, up, down),
      (error) => listener.trouble(error),
    )
  }

  /** Begins; apart from the constructor, because the listener may be called from the first moment on. */
  start(): void {
    this.unsubscribe = this.world.lifecycle.subscribe((hint) => this.dispatch({ type: 'hint', hint }))
    void this.open()
  }

  /** The session as the store has it, or will have it; `undefined` until the store has been read. */
  get image(): Image | undefined {
    return this.imageHeld
  }

  /** Whether memory has to do: the store could not be had, or was given up and has not come back. */
  get hasNoStore(): boolean {
    return this.worksInMemory
  }

  dispatch(input: Unstamped): void {
    // Stamped in place: the callers make each input for this call alone, and a copy would cost every message.
    const stamped = Object.assign(input, { now: this.world.clock.now() })
    this.world.observe?.(this.state.phase.kind, input.type)
    const { state, effects } = transition(this.state, stamped, this.config)
    this.state = state
    // At once: a listener may have closed us in the middle of a batch.
    if (state.phase.kind === 'closed') this.deliverer.stop()
    for (const effect of effects) this.effects.push(effect)
    if (!this.isRunning) this.run()
  }

  /** Until nothing is left to do or to tell. Whoever is told may dispatch: its turn comes after the others'. */
  private run(): void {
    this.isRunning = true
    try {
      do {
        for (let index = 0; index < this.effects.length; index += 1)
          this.carryOut(this.effects[index] as Effect)
        this.effects.length = 0
        if (this.state !== this.told) {
          this.told = this.state
          this.listener.changed(this.state)
        }
      } while (this.effects.length > 0 || this.state !== this.told)
    } finally {
      this.effects.length = 0
      this.isRunning = false
    }
    this.alarm.setTo(deadline(this.state))
  }

  /** Somebody may have begun to listen to messages. */
  listened(): void {
    this.deliverer.go()
  }

  private carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'dial':
        return this.connections.dial(effect)
      case 'transmit':
        return this.connections.transmit(effect.connection, effect.frame)
      case 'transmit-messages':
        return this.connections.transmitMessages(effect.connection, effect.from, effect.texts)
      case 'transmit-state':
        return this.transmitState(effect.connection)
      case 'hang-up':
        return this.connections.hangUp(effect.connection, effect.code, effect.reason)
      case 'persist': {
        const { cursor } = effect.change
        const done = cursor === undefined ? undefined : this.deliverer.takeDone(cursor)
        this.persister?.add(effect.revision, effect.change, done)
        return
      }
      case 'deliver':
        return this.deliverer.deliver(effect.parcel)
      case 'adopt-state':
        return this.stateReceiver.take(effect.piece)
      case 'fail':
        return this.listener.failed(effect.messages, effect.code, effect.message)
      case 'announce':
        return this.listener.announce(effect.news)
      case 'finish':
        void this.finish(effect.erase)
    }
  }

  private transmitState(connection: number): void {
    const isAnother = this.imageHeld?.foldAhead(this.deliverer.inHand()) === true
    const { folded } = this.imageHeld ?? {}
    let text: string | undefined
    try {
      text = this.imageHeld?.stateText()
    } catch (cause) {
      this.unwritable(cause)
    }
    if (isAnother && folded !== undefined && text !== undefined)
      this.persister?.adopt(text, folded.state, folded.up, folded.down)
    this.connections.transmitState(connection, text, folded?.up ?? 0, folded?.down ?? 0)
  }

  private unwritable(cause: unknown): void {
    const hint = 'Return plain JSON from the reducer; until then no snapshot of the state is stored.'
    this.listener.trouble(
      new HoldfastError('reducer-failed', 'The reducer returned a state that JSON cannot carry.', {
        cause,
        hint,
      }),
    )
  }

  private async open(): Promise<void> {
    const { name, fold } = this.options
    this.watchOpening()
    const opened = await openImage(name, this.world, fold, {
      blocked: () => {
        this.isBlocked = true
        this.cancelTelling()
        this.dispatch({ type: 'blocked' })
      },
      opened: () => {
        if (this.isBlocked) this.watchOpening()
      },
      signal: this.opening.signal,
      trouble: (error) => this.listener.trouble(error),
      fenced: ({ message }) => this.storeLost(message),
    })
    this.cancelTelling()
    if (opened === undefined) return this.left()
    const { image, journal } = opened
    this.imageHeld = image
    this.journal = journal
    this.worksInMemory = journal === undefined
    if (this.state.phase.kind === 'closed') return this.finish(this.erases)
    this.persister = new Persister(image, journal, fold !== undefined, this.world.clock, {
      persisted: (revision, cursor, last) => {
        if (!this.worksInMemory) this.storedTo = last
        this.dispatch({ type: 'persisted', revision, cursor, last })
      },
      folded: () => this.listener.folded(),
      fenced: ({ message }) => this.storeLost(message),
      revived: () => {
        this.worksInMemory = false
      },
      gaveUp: (error) => {
        this.worksInMemory = true
        this.listener.trouble(error)
      },
      silent: (error) => this.listener.trouble(error),
      unwritable: (cause) => this.unwritable(cause),
    })
    if (opened.replacesAll) this.persister.replaceAll()
    else this.persister.goOnFrom(opened.contents)
    const lost = () => this.storeLost('Another holder took the store over.')
    void journal?.lost.then(lost, () => undefined)
    this.dispatch({ type: 'restored', kept: image.kept() })
    this.listener.restored()
  }

  private watchOpening(): void {
    // Who leaves is told in its own time.
    if (this.cancelLeaving !== undefined) return
    this.cancelTelling = tellIfSilent(this.world.clock, OPEN_WITHIN, (error) => this.listener.trouble(error))
  }

  private storeLost(message: string): void {
    this.dispatch({ type: 'barred', code: 'store-fenced', message })
  }

  private async finish(erase: boolean): Promise<void> {
    this.erases = erase
    this.unsubscribe()
    this.connections.closeAll()
    this.leaveInTime()
    if (this.imageHeld === undefined) {
      // Still reading: `open` comes back here when it has something to let go of, or to erase.
      if (!erase || this.isBlocked) this.opening.abort()
      return
    }
    await listenersReturned()
    await this.persister?.settled({ erases: this.erases })
    await this.letGo((journal) => (this.erases ? journal.erase() : Promise.resolve()))
    await this.letGo((journal) => journal.close())
    this.left()
  }

  /** [SU-7] Whatever the store does, everything is let go in five seconds from the first call on. */
  leaveInTime(): void {
    const { clock } = this.world
    this.cancelTelling()
    this.cancelLeaving ??= clock.alarm(after(clock.now(), LEAVE_WITHIN), () => this.leaveAtLast())
  }

  /** [SU-7] The store does not answer. If it ever does, it is still let go of, and nothing is erased so late. */
  private leaveAtLast(): void {
    this.dispatch({ type: 'close', forGood: false })
    // A store that another holder has did answer.
    const isSilent = this.imageHeld !== undefined || !this.isBlocked
    const hint = this.erases
      ? 'What is stored may not be erased: connect again, and if the session goes on, call `end()` there.'
      : 'What was not yet stored is lost with this process.'
    if (isSilent) {
      this.listener.trouble(
        new HoldfastError('store-failed', 'The store did not answer within 5 s of closing.', { hint }),
      )
    }
    this.erases = false
    this.left()
    this.opening.abort()
  }

  private left(): void {
    if (this.hasLeft) return
    this.hasLeft = true
    this.cancelLeaving?.()
    this.listener.finished()
  }

  /** Whatever fails while leaving is told, and keeps nobody from leaving. */
  private async letGo(leave: (journal: Journal) => Promise<void>): Promise<void> {
    try {
      if (this.journal !== undefined) await leave(this.journal)
    } catch (error) {
      if (!this.hasLeft) this.listener.trouble(asStoreError(error))
    }
  }
}
