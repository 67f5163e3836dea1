/**
 * One process of a client, or one tab: the session as it holds it, and what it was seen to do.
 */
import { connect, type Session } from 'holdfast'
import type { Hint } from '../../src/ports/lifecycle.ts'
import { Machine } from '../../src/testing/virtual/machine.ts'
import type { Wire } from '../../src/testing/virtual/wire.ts'
import { App } from './app.ts'
import type { Client } from './client.ts'
import type { Device, Writer } from './device.ts'
import type { Life } from './entries.ts'
import { type Folded, reduce, START } from './fold.ts'
import type { Ledger } from './ledger.ts'
import { Sendings } from './sendings.ts'
import type { Shelf } from './shelf.ts'
import { storeView, type StoreView } from './store-view.ts'
import { Stored } from './stored.ts'
import { seeDeath } from './tab-watch.ts'

export type SimulatedSession = Session<unknown, unknown, Folded | undefined>

export class Tab implements Writer {
  readonly name: string
  readonly client: Client
  readonly device: Device
  readonly machine: Machine
  readonly session: SimulatedSession
  readonly app: App
  readonly welcomed = new Set<Wire>()
  /** What the application was told of the session, and the store: no code of these comes as a surprise. */
  readonly troubles = new Set<string>()
  life: Life | undefined
  ledger: Ledger | undefined
  /** It is dead, or closed. */
  isOver = false
  /** It was closed in order. */
  isFinished = false
  isClosing = false
  private isThrottled = false
  /** Whose alarms were held back hears them ring in this moment, one after the other. */
  private shownAt: number | undefined
  readonly sendings = new Sendings(this)
  private readonly view: StoreView
  readonly stored = new Stored(this)

  constructor(client: Client, device: Device, name: string) {
    this.client = client
    this.device = device
    this.name = name
    const { world } = client
    const { timeline, network, lines } = world
    this.machine = new Machine(timeline, network, world.chance.stream(name))
    this.machine.host.setWallClock(world.wallShift)
    this.view = storeView(device, this, (work) => world.guard(work))
    this.session = connect<unknown, unknown, Folded | undefined>('ws://stage.test/', {
      name: client.name,
      world: { ...this.machine.world, ...lines.equip(client.name, this.machine) },
      store: this.view.store,
      token: client.wallet.provider(this),
      unknownFate: () => this.app.decidesFate(),
      ...(client.outboxMessages !== undefined && { outbox: { messages: client.outboxMessages } }),
      ...(client.folds && { state: { initial: START, reduce: reduce as never } }),
    })
    lines.follow(this.machine, this.session)
    this.app = new App(this)
    void this.session.restored.then(() => {
      if (!this.isOver && this.session.id !== undefined) world.guard(() => this.bind())
    })
  }

  /** The core gave up the store, or never had one. */
  get isInMemory(): boolean {
    return this.session.durability === 'memory'
  }

  /** It was let in, has read its store, and is not closed. */
  get isLeading(): boolean {
    const { kind } = this.session.status
    return !this.isOver && this.session.id !== undefined && kind !== 'closed'
  }

  get isWaiting(): boolean {
    const { status } = this.session
    return status.kind === 'suspended' && status.reason === 'another-holder'
  }

  /** Its alarms are held back, or ring only now. */
  get ringsLate(): boolean {
    const { now } = this.client.world
    const { host } = this.machine
    return this.isThrottled || host.isFrozen || this.shownAt === now || host.thawedAt === now
  }

  wires(): readonly Wire[] {
    return this.client.world.network.of(this.machine.host)
  }

  /** As soon as it is known which session it is: from here on the ledger follows it. */
  bind(): { readonly ledger: Ledger; readonly life: Life } | undefined {
    const { session, client } = this
    const { found } = this.stored
    if (this.ledger !== undefined && this.life !== undefined) return { ledger: this.ledger, life: this.life }
    if (session.id === undefined) return undefined
    const { laws } = client.world
    const before = found?.session
    const isTheSame = before === undefined || before === session.id || this.troubles.size > 0
    laws.must('I14', isTheSame, () => `${this.name} found ${before} and is ${session.id}, and says nothing`)
    const isNew = before !== session.id
    const isFree = !isNew || client.world.knownLedger(session.id) === undefined
    laws.must('I14', isFree, () => `${this.name} begins with a session that was there before`)
    const ledger = client.goesOnAs(session.id)
    const shelf = isNew ? undefined : found
    this.ledger = ledger
    this.life = ledger.begin(this.device, shelf?.cursor ?? 0)
    this.life.hasStore = !this.isInMemory
    if (shelf !== undefined && this.device.holder === this) ledger.readBack(this.device, shelf.last)
    this.sendings.bound(ledger)
    return { ledger, life: this.life }
  }

  wasRead(shelf: Shelf): void {
    this.stored.read(shelf)
    // Robbed, or to be: from here on two have the session.
    const { client, device } = this
    const isBeside = client.tabs.some((one) => one !== this && one.device === device && one.isLeading)
    if (isBeside && device.wasRobbed) client.mayClose('superseded', 'forked')
  }

  landed(shelf: Shelf): void {
    this.stored.landed(shelf)
    const bound = this.bind()
    if (bound !== undefined && shelf.cursor > 0) bound.ledger.committed(bound.life, shelf.cursor)
  }

  /** Its acknowledgement goes out. */
  acks(received: number): void {
    const bound = this.bind()
    if (bound === undefined) return
    bound.life.hasStore = !this.isInMemory
    bound.ledger.clientAcks(bound.life, received)
  }

  /** @returns whether it was taken */
  send(): boolean {
    const { session, machine } = this
    if (this.isOver || machine.host.isFrozen || session.status.kind === 'closed') return false
    return this.sendings.send()
  }

  /** The application closes it in order, or ends it for good. */
  async close(forGood = false): Promise<void> {
    const { session, client } = this
    if (this.isOver) return
    const { world } = client
    const waiting = [...this.sendings.open]
    if (session.id === undefined) world.coverage.sometimes('closed before the store was read')
    this.isClosing = true
    world.note(`${this.name} ${forGood ? 'ends' : 'closes'} as ${session.status.kind}`)
    if (forGood && this.ledger !== undefined) this.ledger.isOver = true
    if (forGood && session.id !== undefined) world.mirror.mayEnd.add(session.id)
    await (forGood ? session.end() : session.close())
    if (this.isOver) return
    if (!forGood) this.sendings.leftBehind(waiting)
    // The last promises settle with the session: a turn later all are known.
    await Promise.resolve()
    this.finish()
  }

  /** The process dies at once. */
  kill(sign: 'fin' | 'reset' | 'silence'): void {
    if (this.isOver) return
    seeDeath(this)
    this.forsakes()
    this.machine.kill(sign)
    this.view.crash()
    this.over()
  }

  hint(hint: Hint): void {
    this.machine.hint(hint)
  }

  /** Its event loop stands still. */
  freeze(ms: number): void {
    this.machine.freeze(ms)
  }

  /** Its machine sleeps, and the monotonic clock with it. */
  sleep(ms: number): void {
    this.machine.host.sleep(ms)
  }

  /** Its page is hidden: alarms ring at multiples of so long alone. */
  hide(everyMs: number): void {
    this.hint('hidden')
    this.isThrottled = true
    this.machine.host.throttle(everyMs)
  }

  show(): void {
    if (this.isThrottled) this.shownAt = this.client.world.now
    this.isThrottled = false
    this.machine.host.throttle(0)
    this.hint('visible')
  }

  /** It runs like any other from now on. */
  calm(): void {
    this.machine.host.thaw()
    this.app.calm()
    if (this.isThrottled) this.show()
  }

  /** Everything is settled, and nothing more will come of it. */
  finish(): void {
    const { world } = this.client
    this.isFinished = true
    const { size } = this.sendings.open
    world.guard(() => world.laws.must('I12', size === 0, () => `${this.name} leaves ${size} unsettled`))
    this.forsakes()
    this.over()
  }

  /** What it did after its store had failed, and told so, the next one knows nothing of. */
  private forsakes(): void {
    if (!this.isInMemory || this.ledger === undefined) return
    this.device.lacks(this.session.id)
    // Whoever robbed it may have come to those numbers by now.
    for (const up of this.ledger.ups.values())
      if (this.sendings.has(up.token) && up.storedOn === undefined && (up.seq ?? Infinity) > this.stored.last)
        up.isForgotten = true
  }

  private over(): void {
    this.isOver = true
    this.client.left(this)
  }
}
