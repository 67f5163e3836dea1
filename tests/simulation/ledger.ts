/**
 * The outside ledger: what both applications did and saw, and what may follow from it.
 *
 * It knows nothing of the code under test. It is told what was sent, stored, appended, offered and delivered,
 * as seen from outside, and says at once when something cannot be, and at the end what is missing.
 */
import { check, type Down, type Holding, type Life, type Up } from './entries.ts'

export class Ledger {
  readonly name: string
  readonly ups = new Map<string, Up>()
  readonly downs = new Map<string, Down>()
  session: string | undefined
  /** What the client's store holds. */
  cursor = 0
  /** What the server's log holds, or held: an old acknowledgement may be said again after a loss. */
  logUp = 0
  resets = 0
  /** Whether the client's store still works: without one, memory has to do, and acknowledgements stand for that. */
  hasStore = true
  /** What was delivered and whose processing is in the client's store. */
  readonly kept = new Set<string>()
  private readonly upBySeq = new Map<number, string>()
  private lives = 0
  /** Losses of the server's memory: after one, what was offered may be offered again. */
  private losses = 0
  private offers = 0
  private readonly offeredAt = new Map<string, { readonly losses: number; readonly offers: number }>()

  constructor(name: string) {
    this.name = name
  }

  begin(): Life {
    this.lives += 1
    return { number: this.lives, last: this.cursor, handled: this.cursor, fresh: [] }
  }

  // What the client's application does and sees.

  sent(token: string): void {
    const up: Up = {
      token,
      seq: undefined,
      isStored: false,
      isLogged: false,
      offered: 0,
      isExcused: false,
    }
    this.ups.set(token, up)
  }

  stored(token: string, seq: number | undefined): void {
    const up = this.up(token)
    check(seq !== undefined, `${token} is stored without a number`)
    check(up.seq === undefined || up.seq === seq, `${token} was ${up.seq} and is ${seq} [I10]`)
    up.seq = seq
    up.isStored = true
  }

  acknowledged(token: string): void {
    const up = this.up(token)
    check(up.isLogged, `${token} is acknowledged, but no log ever had it`)
  }

  /** [I1] [I3] [I4] */
  delivered(life: Life, seq: number, token: string, redelivered: boolean): void {
    const down = this.downs.get(token)
    check(down !== undefined, `${token} is delivered to ${this.name}, for whom it never was`)
    check(seq === life.last + 1, `${seq} is delivered after ${life.last} [I1]`)
    check(down.seq === undefined || down.seq === seq, `${token} was ${down.seq} and comes as ${seq}`)
    check(!down.lives.has(life.number), `${token} is delivered twice in one life [I3]`)
    check(redelivered || down.lives.size === 0, `${token} comes again, and is not marked [I4]`)
    down.seq = seq
    down.lives.add(life.number)
    life.last = seq
    life.fresh.push({ seq, token })
  }

  handled(life: Life, seq: number): void {
    check(seq === life.handled + 1, `${seq} is done with after ${life.handled}`)
    life.handled = seq
  }

  /** [I2] A gap that is told is no loss. */
  missed(life: Life, from: number, to: number): void {
    check(from === life.last + 1, `a gap from ${from} is told after ${life.last} [I2]`)
    life.last = to
    life.handled = to
    for (const down of this.downs.values())
      if (down.seq !== undefined && down.seq >= from && down.seq <= to) down.isExcused = true
  }

  // What its store and the wire show.

  /** [I5] A cursor is stored only after the handler, … */
  committed(life: Life, cursor: number): void {
    check(cursor <= life.handled, `cursor ${cursor} is stored, the handlers are done to ${life.handled} [I5]`)
    check(cursor >= this.cursor, `cursor ${cursor} is stored after ${this.cursor}`)
    this.cursor = cursor
    for (let [one] = life.fresh; one !== undefined && one.seq <= cursor; [one] = life.fresh) {
      this.kept.add(one.token)
      life.fresh.shift()
    }
  }

  /** … and acknowledged only when it is stored. */
  clientAcks(received: number): void {
    if (this.hasStore)
      check(received <= this.cursor, `${received} is acknowledged, the store is at ${this.cursor} [I5]`)
  }

  /** What a welcome allows, and what the client has been told that the server has. */
  window = Number.POSITIVE_INFINITY
  private told = 0

  heardAck(received: number): void {
    this.told = Math.max(this.told, received)
  }

  /** No more is in flight than the server's window lets be. */
  transmitted(to: number): void {
    check(
      to <= this.told + this.window,
      `${to} is sent, ${this.told} acknowledged, the window ${this.window} [I24]`,
    )
  }

  serverAcks(received: number): void {
    check(received <= this.logUp, `the server acknowledges ${received}, its log is at ${this.logUp}`)
  }

  // What the server's log and its application see.

  logged(seq: number, token: string): void {
    const up = this.up(token)
    const before = this.upBySeq.get(seq)
    check(before === undefined || before === token, `number ${seq} was ${before} and is ${token} [I10]`)
    check(up.seq === undefined || up.seq === seq, `${token} was ${up.seq} and is appended as ${seq} [I9]`)
    this.upBySeq.set(seq, token)
    up.seq = seq
    up.isLogged = true
    this.logUp = Math.max(this.logUp, seq)
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
   * [I9] Offered once by each process that has the session, in order, and again by a later one only where that
   * is said. One that was replaced while it stood still may not know it yet: its application has the number.
   */
  offered(holding: Holding, seq: number, token: string, redelivered: boolean): void {
    const up = this.up(token)
    check(up.seq === seq, `${token} is ${up.seq} and is offered as ${seq}`)
    check(
      holding.last === undefined || seq === holding.last + 1,
      `${seq} is offered after ${holding.last} [I9]`,
    )
    const before = this.offeredAt.get(token)
    const again = before !== undefined && before.losses === holding.losses && before.offers < holding.offers
    check(!again || redelivered, `${token} is offered again, and is not marked [I9]`)
    holding.last = seq
    up.offered += 1
    // A process that outlived a loss offers what the log, as it is now, knows nothing of.
    this.offeredAt.set(token, { losses: holding.losses, offers: this.offers })
    this.offers += 1
  }

  sentDown(token: string): void {
    this.downs.set(token, {
      token,
      seq: undefined,
      isCertain: false,
      lives: new Set(),
      isExcused: false,
    })
  }

  appended(token: string, seq: number): void {
    const down = this.downs.get(token)
    check(down !== undefined, `${token} is appended and was never sent`)
    check(down.seq === undefined || down.seq === seq, `${token} has number ${down.seq} and ${seq}`)
    down.seq = seq
  }

  /** The server's application has the log's word for it. */
  certain(token: string): void {
    const down = this.downs.get(token)
    // Told late: the log had it, and has been lost since.
    if (down?.isExcused === true) return
    check(down?.seq !== undefined, `${token} is in no log, and its sender was told that it is`)
    down.isCertain = true
  }

  /** The server's memory is gone: what was only there is lost, and the client will be told. */
  forget(): void {
    this.losses += 1
    for (const up of this.ups.values()) if (up.isLogged && up.offered === 0) up.isExcused = true
    for (const down of this.downs.values()) {
      if (down.lives.size > 0) continue
      down.isExcused = true
      // Its number may be given to another message: nobody has met this one.
      down.seq = undefined
    }
  }

  /** After everything is quiet: what must have arrived has arrived. */
  settle(): void {
    for (const up of this.ups.values())
      check(
        !up.isStored || up.offered > 0 || up.isExcused,
        `${up.token} (${up.seq}) is lost on its way up [I8]`,
      )
    for (const down of this.downs.values()) {
      const isFine = down.lives.size > 0 || down.isExcused || !down.isCertain
      check(isFine, `${down.token} (${down.seq}) is lost on its way down [I2]`)
    }
  }

  private up(token: string): Up {
    const up = this.ups.get(token)
    check(up !== undefined, `${token} has come to ${this.name}, who never sent it`)
    return up
  }
}
