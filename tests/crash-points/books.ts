/**
 * The books beside the run: what both applications did and saw, and what may follow from it.
 *
 * They know nothing of the code under test. They are told what was sent, stored, appended, offered and delivered,
 * as seen from outside, say at once when something cannot be, and at the end what is missing. Smaller than the
 * ledger of the simulation, because here nothing but crashes takes anything away; the names of the laws are the
 * same.
 */
import { check } from './check.ts'

interface Up {
  readonly token: string
  seq: number | undefined
  /** Its sender was told that the store has it: from here on it must not be lost. */
  isStored: boolean
  /** Its store has it, whether anybody was told or not. */
  hasLanded: boolean
  isLogged: boolean
  isWired: boolean
  /** How many processes of the server were done with it. */
  processed: number
  /** The server's memory took it along. */
  isExcused: boolean
}

interface Down {
  readonly token: string
  seq: number | undefined
  /** The server's application was told that it is in the log. */
  isCertain: boolean
  /** In which lives of the client it was delivered. */
  readonly lives: Set<number>
  isExcused: boolean
}

/** One process of the client. */
export interface Life {
  readonly number: number
  /** Everything to here was delivered, or told as a gap; and the application is done with it. */
  last: number
  handled: number
  /** What was delivered and is not in the store yet. */
  readonly fresh: { readonly seq: number; readonly token: string }[]
}

/** The session as one process of the server has it: since when, and what it was offered last. */
export interface Holding {
  readonly losses: number
  readonly offers: number
  last: number | undefined
}

export class Books {
  readonly ups = new Map<string, Up>()
  readonly downs = new Map<string, Down>()
  /** What the client's store holds: how far it has come, and every message to there. */
  cursor = 0
  readonly kept = new Set<string>()
  /** What a welcome allows. */
  window = Number.POSITIVE_INFINITY
  /** How often the server's memory was lost: after that, what was offered may be offered again. */
  losses = 0
  private session: string | undefined
  private lives = 0
  private logUp = 0
  /** What the client has been told that the server has. */
  private told = 0
  private offers = 0
  private readonly upBySeq = new Map<number, string>()
  private readonly offeredAt = new Map<string, { readonly losses: number; readonly offers: number }>()

  begin(): Life {
    this.lives += 1
    return { number: this.lives, last: this.cursor, handled: this.cursor, fresh: [] }
  }

  // What the client's application does and sees.

  sent(token: string): void {
    this.ups.set(token, {
      token,
      seq: undefined,
      isStored: false,
      hasLanded: false,
      isLogged: false,
      isWired: false,
      processed: 0,
      isExcused: false,
    })
  }

  stored(token: string, seq: number | undefined): void {
    const up = this.up(token)
    check(seq !== undefined, `${token} is stored without a number`)
    check(up.seq === undefined || up.seq === seq, `${token} was ${up.seq} and is ${seq} [I10]`)
    check(up.hasLanded, `${token} is told as stored, and is not [I8]`)
    up.seq = seq
    up.isStored = true
  }

  acknowledged(token: string): void {
    check(this.up(token).isLogged, `${token} is acknowledged, but no log ever had it [I8]`)
  }

  /** A session keeps its name over all lives, from the first hello on. */
  greets(session: string): void {
    check(this.session === undefined || this.session === session, 'it has another session [I14]')
    this.session = session
  }

  delivered(life: Life, seq: number, token: string, redelivered: boolean): void {
    const down = this.downs.get(token)
    check(down !== undefined, `${token} is delivered, and never was sent`)
    check(seq === life.last + 1, `${seq} is delivered after ${life.last} [I1]`)
    check(down.seq === undefined || down.seq === seq, `${token} was ${down.seq} and comes as ${seq} [I7]`)
    check(!down.lives.has(life.number), `${token} is delivered twice in one life [I3]`)
    check(redelivered || down.lives.size === 0, `${token} comes again, and is not marked [I4]`)
    down.seq = seq
    down.lives.add(life.number)
    life.last = seq
    life.fresh.push({ seq, token })
  }

  handled(life: Life, seq: number): void {
    check(seq === life.handled + 1, `${seq} is done with after ${life.handled} [I1]`)
    life.handled = seq
  }

  /** A gap that is told is no loss. */
  missed(life: Life, from: number, to: number): void {
    check(from === life.last + 1, `a gap from ${from} is told after ${life.last} [I2]`)
    life.last = to
    life.handled = to
    for (const down of this.downs.values())
      if (down.seq !== undefined && down.seq >= from && down.seq <= to) down.isExcused = true
  }

  /** The server forgot the session. */
  reset(unknown: readonly number[]): void {
    for (const { token, seq, isWired } of this.ups.values()) {
      const isOpen = isWired && seq !== undefined && seq > this.told
      check(!isOpen || unknown.includes(seq), `${token} (${seq}) was on a wire; its fate is not told [I11]`)
    }
  }

  // What its store and the wire show.

  /** A cursor is stored only after the listeners are done, … */
  committed(life: Life, cursor: number | undefined, tokens: readonly string[]): void {
    for (const token of tokens) this.up(token).hasLanded = true
    if (cursor === undefined) return
    const { fresh, handled } = life
    check(cursor <= handled, `cursor ${cursor} is stored, the listeners are done to ${handled} [I5]`)
    check(cursor >= this.cursor, `cursor ${cursor} is stored after ${this.cursor} [I25]`)
    this.cursor = cursor
    for (let [one] = fresh; one !== undefined && one.seq <= cursor; [one] = fresh) {
      this.kept.add(one.token)
      fresh.shift()
    }
  }

  /** … and acknowledged only when it is stored. */
  clientAcks(received: number): void {
    check(received <= this.cursor, `${received} is acknowledged, the store is at ${this.cursor} [I5]`)
  }

  heardAck(received: number): void {
    this.told = Math.max(this.told, received)
  }

  transmitted(from: number, tokens: readonly string[]): void {
    const to = from + tokens.length - 1
    for (const token of tokens) {
      const up = this.up(token)
      check(up.hasLanded, `${token} is sent, and is not in the store [I8]`)
      up.isWired = true
    }
    check(to <= this.told + this.window, `${to} is sent; ${this.told} + ${this.window} is allowed [I24]`)
  }

  serverAcks(received: number): void {
    check(received <= this.logUp, `the server acknowledges ${received}, its log is at ${this.logUp} [I5]`)
  }

  // What the server's log and its application see.

  /** The log says how far it has got. */
  greeted(up: number): void {
    this.logUp = Math.max(this.logUp, up)
  }

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

  taken(): Holding {
    return { losses: this.losses, offers: this.offers, last: undefined }
  }

  /** Offered once by each process that has the session, in order; by a later one again only with a mark. */
  offered(holding: Holding, seq: number, token: string, redelivered: boolean): void {
    const up = this.up(token)
    check(up.seq === seq, `${token} is ${up.seq} and is offered as ${seq} [I10]`)
    const { last, losses, offers } = holding
    check(last === undefined || seq === last + 1, `${seq} is offered after ${last} [I9]`)
    const before = this.offeredAt.get(token)
    const again = before !== undefined && before.losses === losses && before.offers < offers
    check(!again || redelivered, `${token} is offered again, and is not marked [I9]`)
    holding.last = seq
    this.offeredAt.set(token, { losses, offers: this.offers })
    this.offers += 1
  }

  /** The server's application is done with it, and lives. */
  processed(token: string): void {
    this.up(token).processed += 1
  }

  sentDown(token: string): void {
    this.downs.set(token, { token, seq: undefined, isCertain: false, lives: new Set(), isExcused: false })
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
    if (down === undefined || down.isExcused) return
    check(down.seq !== undefined, `${token} is in no log, and its sender was told that it is [I2]`)
    down.isCertain = true
  }

  /** The server's memory is gone: what was only there is lost, and the client will be told. */
  forget(): void {
    this.losses += 1
    for (const up of this.ups.values()) if (up.isLogged && up.processed === 0) up.isExcused = true
    for (const down of this.downs.values()) {
      if (down.lives.size > 0) continue
      down.isExcused = true
      // Its number may be given to another message: nobody has met this one.
      down.seq = undefined
    }
  }

  /** When everything is at rest: what must have arrived has arrived. */
  settle(): void {
    for (const { token, seq, isStored, processed, isExcused } of this.ups.values())
      check(!isStored || processed > 0 || isExcused, `${token} (${seq}) is lost on its way up [I8]`)
    for (const { token, seq, isCertain, lives, isExcused } of this.downs.values()) {
      check(!isCertain || lives.size > 0 || isExcused, `${token} (${seq}) is lost on its way down [I2]`)
      // What was delivered and not stored when the client died is gone if the log was lost, too.
      const isKept = lives.size === 0 || this.kept.has(token) || this.losses > 0
      check(isKept, `${token} was delivered and is not in the store [I4]`)
    }
  }

  private up(token: string): Up {
    const up = this.ups.get(token)
    check(up !== undefined, `${token} has come, and nobody sent it`)
    return up
  }
}
