/**
 * A client over all its processes: one user, one device to store on, and tabs that come and go.
 */
import type { HoldfastError, Status } from 'holdfast'
import type { Chance } from '../../src/testing/virtual/chance.ts'
import type { Wire } from '../../src/testing/virtual/wire.ts'
import type { CrashSign } from '../../src/testing/script/cues.ts'
import { Device } from './device.ts'
import { Excuses } from './excuses.ts'
import { Ledger } from './ledger.ts'
import { EMPTY } from './shelf.ts'
import { createStorage } from './storage/storage.ts'
import { Tab } from './tab.ts'
import { watchTab } from './tab-watch.ts'
import { Wallet } from './wallet.ts'
import type { World } from './world.ts'

/** So often an application whose session was forked tries again, before it begins a new one. */
const PATIENCE_WITH_FORKS = 3

export class Client {
  readonly name: string
  readonly world: World
  readonly wallet: Wallet
  readonly folds: boolean
  readonly unknownFate: 'resend' | 'fail'
  readonly outboxMessages: number | undefined
  /** The session as it is now; of earlier ones something may be left to be settled. */
  ledger: Ledger
  readonly ledgers: Ledger[] = []
  /** Those that live. One leads and the others wait; a relay between them would have its channel here. */
  readonly tabs: Tab[] = []
  device: Device
  /** A copy of the device on another machine, alive at the same time. */
  twin: Device | undefined
  private readonly excuses = new Excuses()
  /** Somebody will open it again: until then nobody does. */
  isAway = false
  private readonly luck: Chance
  private lives = 0
  private count = 0
  private forks = 0

  constructor(world: World, name: string) {
    this.world = world
    this.name = name
    const { options, timeline } = world
    this.luck = world.chance.stream(name)
    this.folds = options.folds
    this.unknownFate = this.luck.happens(0.2) ? 'fail' : 'resend'
    this.outboxMessages = this.luck.pick([undefined, undefined, undefined, 30])
    this.wallet = new Wallet(world)
    this.ledger = new Ledger(name, world.laws)
    const chance = world.chance.stream(`device of ${name}`)
    this.device = new Device(world, (landed) =>
      createStorage({ kind: options.storage, timeline, chance, landed }),
    )
  }

  /** The tab that holds the session; if none does, one that waits for it. */
  get process(): Tab | undefined {
    const here = this.tabs.filter(({ device }) => device === this.device)
    return here.find((tab) => tab.isLeading) ?? here[0]
  }

  owns(wire: Wire): boolean {
    return this.tabOf(wire) !== undefined
  }

  tabOf(wire: Wire): Tab | undefined {
    return this.tabs.find((tab) => tab.wires().includes(wire))
  }

  nextToken(): string {
    this.count += 1
    return `${this.name}-u${this.count}`
  }

  /** Starts as many tabs as there are to be. */
  start(): void {
    this.isAway = false
    const here = this.tabs.filter(({ device, isClosing }) => device === this.device && !isClosing).length
    for (let count = here; count < this.world.options.tabs; count += 1) this.open(this.device)
  }

  open(device: Device): Tab {
    this.lives += 1
    const tab = new Tab(this, device, `${this.name}-${this.lives}`)
    this.tabs.push(tab)
    this.world.note(`${this.name} starts its process ${this.lives}`)
    return tab
  }

  /** The process that holds the session dies at once; the others go on. */
  kill(sign: CrashSign): void {
    this.process?.kill(sign)
  }

  killAll(sign: CrashSign): void {
    for (const tab of this.tabs.filter(({ device }) => device === this.device)) tab.kill(sign)
  }

  /** The application closes it in order. */
  async close(): Promise<void> {
    await this.process?.close()
  }

  closeAndComeBack(tab: Tab, ms: number): void {
    void tab.close().then(() => this.comeBackIn(ms))
  }

  comeBackIn(ms: number): void {
    const { world } = this
    void world.timeline.pause(ms).then(() => {
      if (!this.isAway) this.start()
    })
  }

  /** Says a few things at once. */
  talk(luck: Chance): void {
    if (this.tabs.length === 0) return
    const tab = luck.happens(0.8) ? (this.process ?? luck.pick(this.tabs)) : luck.pick(this.tabs)
    for (let count = luck.whole(1, this.world.options.burst); count > 0; count -= 1)
      this.world.guard(() => tab.send())
  }

  /** What must hold at every moment. */
  look(): void {
    for (const tab of this.tabs) watchTab(tab)
  }

  /** A tab is this session, as it has just found or made. */
  goesOnAs(session: string): Ledger {
    const { world } = this
    const known = world.knownLedger(session)
    const { laws } = world
    laws.must(
      'I14',
      known === undefined || this.ledgers.includes(known),
      () => `${this.name} has another's session`,
    )
    const ledger = known ?? this.nextLedger()
    if (known === undefined) world.knows(session, ledger)
    if (this.ledgers.length > 1 && known === undefined) world.coverage.sometimes('new session after a loss')
    this.ledger = ledger
    this.retire(ledger)
    return ledger
  }

  left(tab: Tab): void {
    const place = this.tabs.indexOf(tab)
    if (place >= 0) this.tabs.splice(place, 1)
    this.retire()
  }

  /** A profile is copied to another machine, and both go on. */
  cloneDevice(luck: Chance): void {
    this.mayClose('superseded', 'forked')
    this.twin = this.device.clone()
    // What is copied is what the device has: a tab that works in memory has another session.
    const copied = this.world.knownLedger(this.device.shelf.session)
    if (copied !== undefined) copied.isSplit = true
    this.world.note(`${this.name} is cloned`)
    this.world.coverage.sometimes('two copies alive')
    const { twin } = this
    void this.world.timeline.pause(luck.between(0, 3000)).then(() => {
      if (this.twin === twin) this.open(twin)
    })
  }

  /** A machine is gone for good, with whatever it alone had. */
  drop(device: Device): void {
    for (const tab of this.tabs.filter((one) => one.device === device)) tab.kill('silence')
    this.world.knownLedger(device.shelf.session)?.forgotten(device, EMPTY)
    if (device === this.twin) this.twin = undefined
    else if (device === this.device && this.twin !== undefined) {
      this.device = this.twin
      this.twin = undefined
    }
    this.retire()
  }

  /** From now on any session that the client has had so far may be closed with one of these. */
  mayClose(...codes: readonly string[]): void {
    const had = [...this.ledgers.map(({ session }) => session), ...this.tabs.map(({ session }) => session.id)]
    this.excuses.add([...had, this.device.shelf.session], codes)
  }

  mayFail(tab: Tab, code: string): boolean {
    const { status } = tab.session
    switch (code) {
      case 'closed':
        return tab.isClosing
      case 'ended':
        // Its own application has ended it, or the server, for another copy of it has.
        return tab.isClosing || (status.kind === 'closed' && status.error?.code === code)
      case 'number-taken':
        return tab.device.hasGoneBack(tab.session.id) || this.excuses.has(tab.session.id, 'superseded')
      case 'unknown-fate':
        return this.unknownFate === 'fail'
      default:
        return status.kind === 'closed' && status.error?.code === code
    }
  }

  /** What the application does about it. */
  closedBy(tab: Tab, error: HoldfastError | undefined): void {
    const { world } = this
    if (error === undefined || tab.isOver) return
    const { code } = error
    world.note(`${tab.name} is closed: ${code}`)
    const { id } = tab.session
    const { device } = tab
    const isLegal =
      this.excuses.has(id, code) ||
      // Of a store that went back, the past may arrive later still.
      ((code === 'forked' || code === 'superseded') && device.hasGoneBack(id)) ||
      (code === 'ended' && this.world.mirror.mayEnd.has(id ?? '')) ||
      (code === 'store-fenced' && device.wasRobbed)
    world.guard(() => world.laws.must('I17', isLegal, () => `${tab.name} is closed: ${error.message}`))
    // Its promises settle first.
    void Promise.resolve().then(() => this.afterClosing(tab, code))
  }

  statusOf(tab: Tab, status: Status, before: Status): void {
    const { coverage, timeline } = this.world
    if (status.kind === 'suspended' && status.reason === 'another-holder')
      coverage.sometimes('waited for a tab')
    if (before.kind === 'suspended' && before.reason === 'another-holder' && status.kind === 'connecting')
      coverage.sometimes('took over from another tab')
    if (status.kind !== 'suspended' || status.reason !== 'needs-auth') return
    coverage.sometimes('held until there is a token')
    void timeline.pause(this.luck.between(500, 5000)).then(() => {
      if (!tab.isOver) tab.session.reconnect()
    })
  }

  trouble(tab: Tab, error: HoldfastError): void {
    const { coverage } = this.world
    if (tab.isInMemory && error.code === 'store-failed') coverage.sometimes('store fell back to memory')
    if (error.code === 'store-corrupt')
      coverage.sometimes(
        error.message.includes('newest commits') ? 'lost commits told' : 'damaged store set aside',
      )
  }

  /** Faults that last are over, and there is one machine. */
  calm(): void {
    this.wallet.trouble = undefined
    if (this.twin !== undefined) this.drop(this.twin)
    this.device.storage.heal()
    for (const tab of [...this.tabs]) {
      tab.calm()
      // One that never had a store, or lost it, begins anew: what the store has kept is waiting there.
      if (tab.ledger !== undefined && tab.ledger.session !== this.device.shelf.session) tab.kill('fin')
      // One that is at reading it may have met it in trouble, and give it up yet.
      else if (tab.session.id === undefined && !tab.isWaiting) tab.kill('fin')
    }
    this.start()
  }

  private afterClosing(tab: Tab, code: string): void {
    if (tab.isOver) return
    const { world } = this
    tab.finish()
    if (this.twin !== undefined && (code === 'superseded' || code === 'forked')) {
      world.coverage.sometimes('one of two copies goes on')
      return this.drop(tab.device)
    }
    if (code === 'forked') this.forks += 1
    if (this.forks <= PATIENCE_WITH_FORKS) return this.comeBackIn(500)
    this.forks = 0
    world.coverage.sometimes('forked session ended by the application')
    void this.endAndBeginAnew()
  }

  private async endAndBeginAnew(): Promise<void> {
    const tab = this.process ?? this.open(this.device)
    await tab.session.restored
    if (!tab.isOver) tab.bind()
    await tab.close(true)
    this.comeBackIn(100)
  }

  private nextLedger(): Ledger {
    const { ledgers, name, world } = this
    const ledger =
      ledgers.length === 0 ? this.ledger : new Ledger(`${name}.${ledgers.length + 1}`, world.laws)
    ledgers.push(ledger)
    return ledger
  }

  /** @param met - a tab has just met it, and may not have stored it yet; others that nobody has are over */
  private retire(met?: Ledger): void {
    for (const ledger of this.ledgers) {
      if (ledger === met) continue
      const isKept = [this.device, this.twin].some((one) => one?.shelf.session === ledger.session)
      if (!isKept && !this.tabs.some((tab) => tab.ledger === ledger)) ledger.isOver = true
    }
  }
}
