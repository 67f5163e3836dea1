/**
 * The outside ledger: what both applications did and saw, and what may follow from it.
 *
 * It knows nothing of the code under test. It is told what was sent, stored, appended, offered and delivered,
 * as seen from outside, and says at once when something cannot be, and at the end what is missing.
 */
import type { Down, Life } from './entries.ts'
import { Epochs } from './epochs.ts'
import { Laws } from './laws.ts'
import type { Shelf } from './shelf.ts'
import { type InLog, UpLedger } from './up-ledger.ts'

export class Ledger extends UpLedger {
  readonly downs = new Map<string, Down>()
  session: string | undefined
  /** Nobody will come back to the session: its store is gone, or it was ended. What was left of it is left. */
  isOver = false
  readonly epochs = new Epochs()
  /** The server has lost the state, and waits for the client's. */
  isStateAsked = false
  /** The server has asked for the state at least once. */
  wasStateAsked = false
  /** A message has the number of another that the client or a server has: until a reset the two fold differently. */
  isMistaken = false
  /** Epochs and numbers of messages that a log has lost. */
  private readonly lostPlaces = new Set<string>()
  /** What was appended since a hello was let in whose welcome nobody has heard, by a log that has lost something before. */
  private mistakable: Down[] | undefined
  /** The gaps that its applications were told of, and how often the log had lost something by then. */
  private readonly missedRanges: { from: number; to: number; epoch: string | undefined; losses: number }[] =
    []
  private lives = 0
  private greetings = 0

  constructor(name: string, laws = new Laws()) {
    super(name, laws)
  }

  /** A process begins with what it has read. */
  begin(store: object, cursor: number): Life {
    this.lives += 1
    return {
      number: this.lives,
      store,
      last: cursor,
      handled: cursor,
      committed: cursor,
      hasStore: true,
      fresh: [],
    }
  }

  /** It holds messages of ours only to somewhere, and knows only to its cursor that theirs were processed. */
  override forgotten(store: object, shelf: Shelf): void {
    super.forgotten(store, shelf)
    for (const down of this.downs.values())
      if (down.keptOn === store && (down.seq ?? 0) > shelf.cursor) down.keptOn = undefined
  }

  // What the client's application sees.

  delivered(life: Life, seq: number, token: string, redelivered: boolean): void {
    const { laws } = this
    const unknown = (): string => `${token} is delivered to ${this.name}, for whom it never was`
    const down = laws.present('I7', this.downs.get(token), unknown)
    laws.must('I1', seq === life.last + 1, () => `${seq} is delivered after ${life.last}`)
    const isTheSame = down.seq === undefined || down.seq === seq
    laws.must('I7', isTheSame, () => `${token} was ${down.seq} and comes as ${seq}`)
    laws.must('I3', !down.lives.has(life), () => `${token} is delivered twice in one life`)
    // Of what a copy of the store has met since then it knows nothing.
    const isAgain = [...down.lives].some(
      ([{ number, store }, begun]) => number < life.number && (store === life.store || begun < life.number),
    )
    laws.must('I4', redelivered || !isAgain, () => `${token} comes again, and is not marked`)
    laws.must(
      'I7',
      this.epochs.isTold(down.epoch, life.epoch),
      () => `${token} of a new epoch comes before the reset`,
    )
    if (down.seq === undefined && down.isLost) this.mistake(down, seq)
    down.seq = seq
    down.lives.set(life, this.lives)
    life.last = seq
    life.fresh.push(down)
  }

  /**
   * What the log has lost is met after all: it was still on its way. A copy of this client has greeted since, or
   * another line of its own, and a message that got its number then passes for this one.
   */
  private mistake(lost: Down, seq: number): void {
    for (const down of this.downs.values()) {
      const isLater = down.greetings > lost.greetings && down.epoch === lost.epoch
      if (down.seq === seq && isLater) down.isExcused = true
    }
  }

  /**
   * One copy of the client has met a message that the log has lost, or was told that its number is gone, and another copy
   * lets the number be used again.
   */
  private passesForTheLost({ token, seq = 0, epoch }: Down): boolean {
    const others = [...this.downs.values()].filter((down) => down.seq === seq && down.token !== token)
    return (
      others.some((down) => down.isLost && down.lives.size > 0 && down.epoch === epoch) ||
      this.missedRanges.some(
        (gap) => gap.losses < this.losses && gap.epoch === epoch && gap.from <= seq && seq <= gap.to,
      )
    )
  }

  handled(life: Life, seq: number): void {
    this.laws.must('I1', seq === life.handled + 1, () => `${seq} is done with after ${life.handled}`)
    life.handled = seq
  }

  get gaps(): number {
    return this.missedRanges.length
  }

  /** A gap that is told is no loss. */
  missed(life: Life, from: number, to: number): void {
    this.laws.must('I2', from === life.last + 1, () => `a gap from ${from} is told after ${life.last}`)
    this.missedRanges.push({ from, to, epoch: life.epoch, losses: this.losses })
    life.last = to
    life.handled = to
    for (const down of this.downs.values())
      if (down.seq !== undefined && down.seq >= from && down.seq <= to) down.isExcused = true
  }

  // What its store and the wire show.

  /** A cursor is stored only after the listeners are done, … */
  committed(life: Life, cursor: number): void {
    const { laws } = this
    const isDone = cursor <= life.handled
    laws.must('I5', isDone, () => `cursor ${cursor} is stored, the listeners are done to ${life.handled}`)
    const isOn = cursor >= life.committed
    laws.must('I25', isOn, () => `cursor ${cursor} is stored after ${life.committed}`)
    life.committed = cursor
    while ((life.fresh[0]?.seq ?? Number.POSITIVE_INFINITY) <= cursor) {
      const down = life.fresh.shift()
      if (down !== undefined) down.keptOn = life.store
    }
  }

  /** … and acknowledged only when it is stored. */
  clientAcks(life: Life, received: number): void {
    if (!life.hasStore) return
    const isStored = received <= life.committed
    this.laws.must('I5', isStored, () => `${received} is acknowledged, the store is at ${life.committed}`)
  }

  // What the server's application and its log do.

  sentDown(token: string): void {
    this.downs.set(token, {
      token,
      seq: undefined,
      isCertain: false,
      greetings: 0,
      lives: new Map(),
      keptOn: undefined,
      isLost: false,
      isExcused: false,
    })
  }

  /** @param isLate - whoever appended it was told that it had failed */
  appended(token: string, seq: number, epoch?: string, isLate = false): void {
    const { laws } = this
    const down = laws.present('I7', this.downs.get(token), () => `${token} is appended and was never sent`)
    const isTheSame = down.seq === undefined || down.seq === seq
    laws.must('I1', isTheSame, () => `${token} has number ${down.seq} and ${seq}`)
    down.seq = seq
    down.epoch = epoch
    down.greetings = this.greetings
    if (this.isSplit && this.passesForTheLost(down)) down.isExcused = true
    if (this.losses > 0) this.mistakable?.push(down)
    if (isLate && this.lostPlaces.has(`${epoch} ${seq}`)) this.isMistaken = true
  }

  /**
   * The log lets the client in. The client may have met more than its hello says, since it was sent.
   *
   * The welcome shows the client that the log has lost what it met. If the welcome is lost, and the next hello follows,
   * nothing shows it: a message that got such a number meanwhile passes for one that the client knows.
   *
   * @param seen - the highest down number that the hello says
   * @param isReset - whether the welcome begins another epoch, in which no old number can pass for a new one
   */
  letIn(seen: number, isReset: boolean): void {
    for (const down of this.mistakable ?? [])
      if ((down.seq ?? Infinity) <= seen && down.lives.size === 0) down.isExcused = this.isMistaken = true
    this.greetings += 1
    this.sleepingLoss = false
    this.mistakable = isReset ? undefined : (this.mistakable ?? [])
  }

  /** The client hears the answer to its hello. */
  welcomed(): void {
    this.mistakable = undefined
  }

  /** The server's application has the log's word for it. */
  certain(token: string): void {
    const down = this.downs.get(token)
    // Told late: the log had it, and has been lost since.
    if (down?.isExcused === true) return
    this.laws.must(
      'I2',
      down?.seq !== undefined,
      () => `${token} is in no log, and its sender was told it is`,
    )
    if (down !== undefined) down.isCertain = true
  }

  // What is lost.

  /** The server's memory is gone: what was only there is lost, and the client will be told. */
  forget(): void {
    this.losses += 1
    this.loseUps()
    for (const down of this.downs.values()) {
      if (down.lives.size > 0) continue
      down.isExcused = true
      // Its number may be given to another message: nobody has met this one.
      down.seq = undefined
    }
  }

  /** What the log has at this moment. */
  inLog(): InLog {
    const ups = [...this.upBySeq.values()].filter(({ losses }) => losses === this.losses)
    const downs = [...this.downs.values()].filter(({ seq, isLost }) => seq !== undefined && !isLost)
    return new Set([...ups, ...downs].map(({ token }) => token))
  }

  /** The log has stepped back to what it had: what came since is lost, unless an end has it from before. */
  rewound(had: InLog): void {
    this.losses += 1
    this.loseUps(had)
    for (const down of this.downs.values()) {
      if (down.seq === undefined) continue
      down.isLost = !had.has(down.token)
      if (down.isLost) this.lostPlaces.add(`${down.epoch} ${down.seq}`)
      if (!down.isLost || down.lives.size > 0) continue
      down.isExcused = true
      down.seq = undefined
    }
  }

  /** The log has let the session expire: its numbers are known still, and what is gone is told as a gap. */
  expired(hasNumbers: boolean): void {
    // Long after its time is over not even they are known: the reset says so.
    if (!hasNumbers) return this.forget()
    this.losses += 1
    this.loseUps()
  }

  /** The client is told of a new incarnation: what older ones still had for it went with them, and the reset says so. */
  leftBehind(epoch: string): void {
    this.isMistaken = false
    for (const down of this.downs.values())
      if (down.lives.size === 0 && down.epoch !== undefined && down.epoch !== epoch) down.isExcused = true
  }

  /** After everything is quiet: what must have arrived has arrived. */
  override settle(): void {
    const { laws } = this
    super.settle()
    for (const down of this.downs.values()) {
      const isFine = down.lives.size > 0 || down.isExcused || !down.isCertain
      laws.must('I2', isFine, () => `${down.token} (${down.seq}) is lost on its way down`)
    }
  }
}
