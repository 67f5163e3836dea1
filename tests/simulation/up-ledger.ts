/**
 * The way up in the ledger: what became of each message that the client's application sent.
 */
import type { Holding, Life, Up } from './entries.ts'
import type { Laws } from './laws.ts'
import type { Shelf } from './shelf.ts'

/** Tokens that a log has. */
export type InLog = ReadonlySet<string>

export class UpLedger {
  readonly name: string
  readonly laws: Laws
  readonly ups = new Map<string, Up>()
  /** What the server's log holds, or held: an old acknowledgement may be said again after a loss. */
  logUp = 0
  resets = 0
  /** Copies of it are alive, or its store went back: where the log forgets, too, nobody can know what had a number. */
  isSplit = false
  /** The log has stepped back since it last let the client in, and whoever writes to it next finds that out. */
  sleepingLoss = false
  private readonly givenUp = new Set<number>()
  protected readonly upBySeq = new Map<number, { readonly token: string; readonly losses: number }>()
  /** Losses of the server's memory: after one, what was offered may be offered again. */
  protected losses = 0
  private offers = 0
  private readonly offeredAt = new Map<string, { readonly losses: number; readonly offers: number }>()

  constructor(name: string, laws: Laws) {
    this.name = name
    this.laws = laws
  }

  // What the client's application does and sees.

  /** @param store - the one that its process has, whether it works or not */
  sent(token: string, store: object): void {
    const up: Up = {
      token,
      seq: undefined,
      sentOn: store,
      storedOn: undefined,
      isLogged: false,
      offered: 0,
      isWired: false,
      wiredOn: new Set(),
      isExcused: false,
      isTaken: false,
      isForgotten: false,
    }
    this.ups.set(token, up)
  }

  stored(token: string, seq: number | undefined, store: object): void {
    const up = this.up(token)
    const number = this.laws.present('I10', seq, () => `${token} is stored without a number`)
    this.laws.must(
      'I10',
      up.seq === undefined || up.seq === number,
      () => `${token} was ${up.seq} and is ${seq}`,
    )
    up.seq = number
    up.storedOn = store
    up.isForgotten = false
  }

  acknowledged(token: string, life: Life): void {
    const up = this.up(token)
    // Two copies had each a message of this number on a wire, or one gave it up: neither can know what has arrived.
    const isOthers = this.isSplit && up.wiredOn.has(life) && this.logUp >= (up.seq ?? 0)
    this.laws.must('I8', up.isLogged || isOthers, () => `${token} is acknowledged, but no log ever had it`)
    if (!up.isLogged) up.isExcused = true
    this.laws.must('I12', !up.isTaken, () => `${token} had failed and is acknowledged`)
  }

  /** Its sender was told that it failed, and why. */
  failed(token: string, code: string, life: Life): void {
    const up = this.up(token)
    up.isExcused = true
    if (code !== 'number-taken') return
    // A copy has sent it, or the store went back to before that: whose message the server has nobody knows here.
    const isUnknown = this.isSplit && !up.wiredOn.has(life) && !up.wiredOn.has(life.store)
    this.laws.must(
      'I12',
      !up.isLogged || isUnknown,
      () => `${token} is in the log, and its sender was told it cannot be`,
    )
    up.isTaken = !up.isLogged
  }

  /** A store was copied, and the copy says of messages of ours to here that they may have been on a wire. */
  copied(store: object, copy: object, wired: number): void {
    for (const up of this.ups.values())
      if (up.wiredOn.has(store) && (up.seq ?? 0) <= wired) up.wiredOn.add(copy)
  }

  /** A store has lost something that it was allowed to lose, and holds messages of ours only to here. */
  forgotten(store: object, { last, wired }: Shelf): void {
    for (const up of this.ups.values()) {
      if ((up.seq ?? 0) > wired) up.wiredOn.delete(store)
      // That it was given up may be forgotten, too.
      if (up.storedOn === store) up.isTaken = false
    }
    for (const up of this.ups.values()) {
      if (up.storedOn === store && (up.seq ?? 0) > last) [up.isExcused, up.isForgotten] = [true, true]
      // What memory alone had goes with its process; another copy's process has its own.
      if (up.storedOn === undefined && up.sentOn === store && (up.seq ?? Infinity) > last)
        up.isForgotten = true
    }
  }

  /** A new process has read the store: what was told as stored is there, or was excused. */
  readBack(store: object, last: number): void {
    for (const up of this.ups.values()) {
      const isThere = up.storedOn !== store || up.isLogged || up.isExcused || (up.seq ?? 0) <= last
      this.laws.must(
        'I25',
        isThere,
        () => `${up.token} (${up.seq}) was stored, and the store ends at ${last}`,
      )
    }
  }

  /** The server forgot the session. */
  reset(life: Life, unknown: readonly number[]): void {
    this.resets += 1
    for (const up of this.ups.values()) {
      // A store that went back to before that has forgotten that it may have travelled.
      const isKnown = up.wiredOn.has(life) || up.wiredOn.has(life.store)
      const isOurs = up.isWired && isKnown && up.storedOn === life.store
      const isOpen = isOurs && !up.isExcused && up.seq !== undefined && up.seq > this.told
      const isNamed = !isOpen || unknown.includes(up.seq ?? 0)
      this.laws.must('I11', isNamed, () => `${up.token} (${up.seq}) was on a wire, and its fate is not told`)
    }
  }

  // What the wire shows.

  /** What a welcome allows, and what the client has been told that the server has. */
  window = Number.POSITIVE_INFINITY
  private told = 0

  heardAck(received: number): void {
    this.told = Math.max(this.told, received)
  }

  /** No more is in flight than the server's window lets be. */
  transmitted(tokens: readonly string[], to: number, life: Life): void {
    for (const token of tokens) {
      this.up(token).isWired = true
      this.wired(token, life)
    }
    const isWithin = to <= this.told + this.window
    this.laws.must(
      'I24',
      isWithin,
      () => `${to} is sent, ${this.told} acknowledged, the window ${this.window}`,
    )
  }

  /** Its process takes it for sent, though its socket may have been dead. */
  wired(token: string, life: Life): void {
    const { wiredOn } = this.up(token)
    wiredOn.add(life)
    if (life.hasStore) wiredOn.add(life.store)
  }

  serverAcks(received: number): void {
    const isLogged = received <= this.logUp
    this.laws.must('I5', isLogged, () => `the server acknowledges ${received}, its log is at ${this.logUp}`)
  }

  // What the server's log and its application see.

  logged(seq: number, token: string): void {
    const up = this.up(token)
    const before = this.upBySeq.get(seq)
    const { laws } = this
    const isForgiven = this.isSplit && before?.losses !== this.losses
    const isTheSame = before === undefined || before.token === token || isForgiven
    laws.must('I10', isTheSame, () => `number ${seq} was ${before?.token} and is ${token}`)
    // A copy of the store may not know that it was given up, and a log that was lost not why.
    const mayBe = !up.isTaken || (this.isSplit && this.losses > 0)
    laws.must('I12', mayBe, () => `${token} is appended, and its sender was told it cannot be`)
    const isOnce = up.seq === undefined || up.seq === seq
    laws.must('I9', isOnce, () => `${token} was ${up.seq} and is appended as ${seq}`)
    this.upBySeq.set(seq, { token, losses: this.losses })
    up.seq = seq
    up.isLogged = true
    this.logUp = Math.max(this.logUp, seq)
  }

  /** The log holds these numbers as nobody's. */
  gaveUp(from: number, to: number): void {
    for (let seq = from; seq <= to; seq += 1) this.givenUp.add(seq)
    this.greeted(to)
  }

  /** The log says how far it has got with the session. */
  greeted(up: number): void {
    this.logUp = Math.max(this.logUp, up)
  }

  /** A server's process takes the session. @returns what it is to show at each offer */
  taken(): Holding {
    return { losses: this.losses, offers: this.offers, last: undefined }
  }

  /**
   * Offered once by each process that has the session, in order, and again by a later one only where that
   * is said. One that was replaced while it stood still may not know it yet: its application has the number.
   */
  offered(holding: Holding, seq: number, token: string, redelivered: boolean): void {
    const up = this.up(token)
    const { laws } = this
    laws.must('I10', up.seq === seq, () => `${token} is ${up.seq} and is offered as ${seq}`)
    // Numbers that were given up are nobody's.
    const isNext = holding.last === undefined || (seq > holding.last && !this.hasBetween(holding.last, seq))
    laws.must('I9', isNext, () => `${seq} is offered after ${holding.last}`)
    const before = this.offeredAt.get(token)
    const again = before !== undefined && before.losses === holding.losses && before.offers < holding.offers
    laws.must('I9', !again || redelivered, () => `${token} is offered again, and is not marked`)
    holding.last = seq
    up.offered += 1
    // A process that outlived a loss offers what the log, as it is now, knows nothing of.
    this.offeredAt.set(token, { losses: holding.losses, offers: this.offers })
    this.offers += 1
  }

  /** A log that has stepped back may not know that its server has gone through what it has; nobody says so twice. */
  get mayLag(): boolean {
    return (
      this.losses > 0 &&
      [...this.upBySeq.values()].every(
        ({ token, losses }) => losses !== this.losses || (this.ups.get(token)?.offered ?? 0) > 0,
      )
    )
  }

  /** After everything is quiet: what must have arrived has arrived. */
  settle(): void {
    const { laws } = this
    for (const up of this.ups.values()) {
      // Of two copies that each had one number for a message, one is lost, as the guarantees say: the other may have
      // given the number up, which the log holds as well.
      const { seq = 0 } = up
      const holder = this.upBySeq.get(seq)?.token
      const isOthers = holder === undefined ? this.givenUp.has(seq) : holder !== up.token
      const isShadowed = this.isSplit && isOthers
      const isFine = up.storedOn === undefined || up.offered > 0 || up.isExcused || isShadowed
      laws.must('I8', isFine, () => `${up.token} (${up.seq}) is lost on its way up`)
    }
  }

  protected loseUps(had: InLog = new Set()): void {
    for (const up of this.ups.values())
      if (up.isLogged && !had.has(up.token) && up.offered === 0) up.isExcused = true
    // What it still has is there after the loss as it was before.
    for (const [seq, { token }] of this.upBySeq)
      if (had.has(token)) this.upBySeq.set(seq, { token, losses: this.losses })
  }

  /** Whether the log, as it is now, has a message between two numbers. */
  private hasBetween(low: number, high: number): boolean {
    for (let seq = low + 1; seq < high; seq += 1)
      if (this.upBySeq.get(seq)?.losses === this.losses) return true
    return false
  }

  private up(token: string): Up {
    const unknown = (): string => `${token} has come to ${this.name}, who never sent it`
    return this.laws.present('I9', this.ups.get(token), unknown)
  }
}
