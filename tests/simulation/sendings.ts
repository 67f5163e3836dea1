/**
 * What one process of a client sends, and what becomes of each message as its sender is told.
 */
import { type Delivery, isHoldfastError } from 'holdfast'
import { Violation } from './entries.ts'
import type { Ledger } from './ledger.ts'
import type { Tab } from './tab.ts'

type Final = 'acknowledged' | 'failed'

export class Sendings {
  /** What was sent and has not settled. */
  readonly open = new Map<string, Delivery>()
  private readonly tab: Tab
  /** Sent before anybody knew which session it would be. */
  private early: string[] = []
  private readonly finals = new Map<string, Final>()

  constructor(tab: Tab) {
    this.tab = tab
  }

  has(token: string): boolean {
    return this.open.has(token) || this.finals.has(token)
  }

  /** @returns whether it was taken */
  send(): boolean {
    const { client, session } = this.tab
    const { world } = client
    const token = client.nextToken()
    world.note(`${this.tab.name} sends ${token}`)
    const bound = this.tab.bind()
    if (bound === undefined) this.early.push(token)
    else bound.ledger.sent(token, this.tab.device)
    let delivery: Delivery
    try {
      delivery = session.send({ t: token })
    } catch (error) {
      this.unsent(token)
      if (!isHoldfastError(error, 'outbox-full')) throw error
      const isFull = session.pending >= (client.outboxMessages ?? 10_000)
      world.laws.must('I24', isFull, () => `${token} is refused, and only ${session.pending} wait`)
      world.coverage.sometimes('outbox full')
      return false
    }
    this.open.set(token, delivery)
    delivery.onChange((state) => world.guard(() => this.changed(token, delivery, state)))
    delivery.acknowledged.then(
      () => this.settled(token, delivery, undefined),
      (error: unknown) => this.settled(token, delivery, error),
    )
    return true
  }

  /** It is known now which session they are of. */
  bound(ledger: Ledger): void {
    for (const token of this.early.splice(0)) ledger.sent(token, this.tab.device)
  }

  /** Closed in order: what has a number in the store is left behind for the next process. */
  leftBehind(waiting: Iterable<readonly [string, Delivery]>): void {
    const { stored, client } = this.tab
    for (const [token, delivery] of waiting) {
      if (delivery.seq === undefined || delivery.state === 'failed' || delivery.seq > stored.last) continue
      client.world.note(`${token} is left behind as ${delivery.seq}`)
      this.follow(token, delivery, 'stored')
      client.world.coverage.sometimes('left behind at close with its number')
    }
  }

  /** [UP-14] What an earlier process sent has failed, and nobody but the application can be told. */
  failedOf(seq: number, token: string, code: string): void {
    const { tab } = this
    const bound = tab.bind()
    if (tab.isOver || bound === undefined) return
    const { world } = tab.client
    const { laws, coverage } = world
    world.note(`${token} (${seq}) of an earlier process fails: ${code}`)
    laws.must(
      'I12',
      !this.finals.has(token) && !this.open.has(token),
      () => `${token} of this process fails as another's`,
    )
    laws.must('I12', tab.client.mayFail(tab, code), () => `${token} fails with ${code}`)
    const number = bound.ledger.ups.get(token)?.seq
    laws.must(
      'I10',
      number === undefined || number === seq,
      () => `${token} is ${number} and fails as ${seq}`,
    )
    // The reset that may come with it names it still.
    queueMicrotask(() => world.guard(() => bound.ledger.failed(token, code, bound.life)))
    coverage.sometimes('failure of what an earlier process sent told')
  }

  private unsent(token: string): void {
    this.early = this.early.filter((one) => one !== token)
    this.tab.ledger?.ups.delete(token)
  }

  private changed(token: string, delivery: Delivery, state: Delivery['state']): void {
    const before = this.finals.get(token)
    const { laws } = this.tab.client.world
    laws.must('I12', before === undefined, () => `${token} was ${before} and is ${state}`)
    if (state === 'acknowledged' || state === 'failed') this.finals.set(token, state)
    this.follow(token, delivery, state)
  }

  private follow(token: string, delivery: Delivery, state: Delivery['state']): void {
    const { tab } = this
    const { world } = tab.client
    const bound = tab.bind()
    if (tab.isOver || bound === undefined) return
    switch (state) {
      case 'stored':
      case 'sent': {
        const { seq } = delivery
        world.note(`${token} is ${state} as ${seq ?? 'nothing'}`)
        if (state === 'sent') bound.ledger.wired(token, bound.life)
        if (tab.isInMemory) return
        const { last } = tab.stored
        const broken = (): string => `${token} is stored as ${seq}, the store ends at ${last}`
        world.laws.must('I8', seq !== undefined && seq <= last, broken)
        return bound.ledger.stored(token, seq, tab.device)
      }
      case 'acknowledged':
        return bound.ledger.acknowledged(token, bound.life)
      case 'failed':
      case 'accepted':
    }
  }

  /** Its promise is settled, as its state says. */
  private settled(token: string, { state }: Delivery, error: unknown): void {
    this.open.delete(token)
    const { tab } = this
    if (tab.isOver) return
    const { world } = tab.client
    world.guard(() => {
      const isSame = (state === 'acknowledged') === (error === undefined)
      world.laws.must('I12', isSame, () => `${token} is ${state}, and its promise says something else`)
      if (error === undefined) return
      if (!isHoldfastError(error)) throw new Violation(`I12: ${token} fails with what is no error of ours`)
      const isLegal = tab.client.mayFail(tab, error.code)
      world.laws.must('I12', isLegal, () => `${token} fails with ${error.code}`)
      world.note(`${token} fails: ${error.code}`)
      const bound = tab.bind()
      // Left behind at a close, it is not failed: the next process sends it.
      if (error.code !== 'closed' && bound?.ledger.ups.has(token) === true)
        bound.ledger.failed(token, error.code, bound.life)
      if (error.code === 'number-taken') world.coverage.sometimes('number taken')
      if (error.code === 'unknown-fate') world.coverage.sometimes('unknown fate told as failed')
    })
  }
}
