/**
 * A client over all its processes: one name, one store, one ledger.
 */
import { connect, memoryStore, type Delivery, type Message, type Session } from 'holdfast'
import { type FaultyStore, faultyStore, type StoreFault } from '../../src/testing/faulty-store.ts'
import { Machine } from '../../src/testing/virtual/machine.ts'
import type { Chance } from '../../src/testing/virtual/chance.ts'
import type { Wire } from '../../src/testing/virtual/wire.ts'
import type { CrashSign } from '../../src/testing/script/cues.ts'
import type { SessionStore } from '../../src/ports/session-store.ts'
import { type Folded, reduce, START } from './fold.ts'
import { type Life, Violation } from './entries.ts'
import type { Ledger } from './ledger.ts'
import { watchedStore } from './watched-store.ts'
import type { World } from './world.ts'

interface Process {
  readonly machine: Machine
  readonly session: Session<unknown, unknown, Folded | undefined>
  readonly life: Life
  readonly welcomed: Set<Wire>
  /** What this process sent and the server has not acknowledged. */
  readonly pending: Map<string, Delivery>
}

export class Client {
  readonly name: string
  readonly ledger: Ledger
  readonly folds: boolean
  process: Process | undefined
  storeFault: (() => StoreFault | undefined) | undefined
  /** Its store gave up: what this process has is in memory alone, and it must not be killed. */
  hasLostStore = false
  private readonly world: World
  private readonly luck: Chance
  /** What is really stored, under the store that fails. */
  private readonly bottom: SessionStore
  private store: FaultyStore
  private lives = 0
  private count = 0

  constructor(world: World, name: string, ledger: Ledger) {
    this.world = world
    this.name = name
    this.ledger = ledger
    this.luck = world.chance.stream(name)
    this.folds = world.options.folds
    this.bottom = watchedStore(memoryStore(), (cursor) => {
      const { process } = this
      if (process !== undefined) world.guard(() => ledger.committed(process.life, cursor))
    })
    this.store = this.openStore()
  }

  owns(wire: Wire): boolean {
    return this.process !== undefined && this.world.network.of(this.process.machine.host).includes(wire)
  }

  welcomedOn(wire: Wire): void {
    this.process?.welcomed.add(wire)
  }

  /** Starts a process of it. */
  start(): void {
    if (this.process !== undefined) return
    this.lives += 1
    const { world } = this
    const machine = new Machine(
      world.timeline,
      world.network,
      world.chance.stream(`${this.name}-${this.lives}`),
    )
    const life = this.ledger.begin()
    const session = connect<unknown, unknown, Folded | undefined>('ws://stage.test/', {
      name: this.name,
      world: { ...machine.world, observe: (phase, input) => world.coverage.cell(phase, input) },
      store: this.store,
      ...(this.folds && { state: { initial: START, reduce: reduce as never } }),
    })
    const process: Process = { machine, session, life, welcomed: new Set(), pending: new Map() }
    this.process = process
    world.note(`${this.name} starts its process ${this.lives}`)
    this.listen(process)
    void session.restored.then(() => {
      if (this.process === process && session.id !== undefined) {
        const { id } = session
        world.guard(() => world.knows(id, this.ledger))
      }
    })
  }

  /** The process dies at once. */
  kill(sign: CrashSign): void {
    const { process } = this
    if (process === undefined || this.hasLostStore) return
    this.process = undefined
    process.machine.kill(sign)
    // The journals are let go by the dying process's system; a new store object is the next process's view.
    void this.store.crash()
    this.store = this.openStore()
  }

  /** The application closes it in order. */
  async close(): Promise<void> {
    const { process } = this
    if (process === undefined || this.hasLostStore) return
    const { session } = process
    const open = [...process.pending]
    this.world.note(`${this.name} closes`)
    await session.close()
    for (const [token, delivery] of open)
      if (delivery.seq !== undefined && !this.hasLostStore) {
        this.world.note(`${token} is left behind as ${delivery.seq}`)
        this.ledger.stored(token, delivery.seq)
      }
    if (this.process === process) this.process = undefined
  }

  /** Says a few things at once. */
  talk(luck: Chance): void {
    for (let count = luck.whole(1, this.world.options.burst); count > 0; count -= 1) this.send()
  }

  private send(): void {
    const { process } = this
    if (process === undefined || process.machine.host.isFrozen || process.session.status.kind === 'closed')
      return
    this.count += 1
    const token = `${this.name}-u${this.count}`
    this.ledger.sent(token)
    this.world.note(`${this.name} sends ${token}`)
    const delivery = process.session.send({ t: token })
    process.pending.set(token, delivery)
    delivery.onChange((state) => this.world.guard(() => this.follow(process, token, delivery, state)))
  }

  /** What must hold at every moment. */
  look(): void {
    const { process } = this
    if (process === undefined) return
    const { status } = process.session
    switch (status.kind) {
      case 'online': {
        const isOnLine = [...process.welcomed].some((wire) => wire.reachesClient)
        const broken = (): string => `${this.name} says that it is online, and no welcomed line is left`
        this.world.laws.must('I19', isOnLine, broken)
        return
      }
      case 'waiting': {
        const wait = status.dialsAt.getTime() - status.since.getTime()
        this.world.laws.must('I18', wait <= 60_001, () => `${this.name} waits for ${wait} ms`)
        return
      }
      case 'closed': {
        const { error } = status
        this.world.laws.must(
          'I17',
          error === undefined,
          () => `${this.name} is closed: ${error?.message ?? ''}`,
        )
        return
      }
      default:
    }
  }

  private follow(process: Process, token: string, delivery: Delivery, state: Delivery['state']): void {
    if (this.process !== process) return
    switch (state) {
      case 'stored':
      case 'sent':
        if (!this.hasLostStore) this.ledger.stored(token, delivery.seq)
        this.world.note(`${token} is ${state} as ${delivery.seq ?? 0}`)
        return
      case 'acknowledged':
        process.pending.delete(token)
        this.ledger.acknowledged(token)
        return
      case 'failed':
        if (process.session.status.kind !== 'closed') throw new Violation(`I12: ${token} has failed`)
        return
      case 'accepted':
    }
  }

  private listen({ session, life, machine }: Process): void {
    const { world, ledger } = this
    const isOurs = (): boolean => this.process?.life === life
    session.on('message', (message) => {
      if (!isOurs()) return
      const token = (message.data as { readonly t: string }).t
      world.note(`${this.name} takes ${token} as ${message.seq}${message.redelivered ? ' again' : ''}`)
      world.guard(() => ledger.delivered(life, message.seq, token, message.redelivered))
      return this.ponder(machine, life, message)
    })
    session.on('gap', ({ from, to }) => {
      world.note(`${this.name} misses ${from} to ${to}`)
      world.guard(() => ledger.missed(life, from, to))
    })
    session.on('reset', ({ reason }) => {
      world.note(`${this.name} is reset: ${reason}`)
      ledger.resets += 1
    })
    session.on('attempt', ({ waitMs }) => {
      const isWithin = waitMs >= 0 && waitMs <= 60_000
      world.guard(() => world.laws.must('I18', isWithin, () => `a wait of ${waitMs} ms`))
    })
    session.on('status', (status) => world.note(`${this.name} is ${status.kind}`))
    session.on('error', (error) => {
      world.note(`${this.name} has trouble: ${error.code} ${error.message}`)
      if (error.code === 'store-failed' && isOurs()) this.loseStore()
    })
  }

  private ponder(machine: Machine, life: Life, { seq }: Message): Promise<void> | undefined {
    const done = (): void => {
      if (this.process?.life === life) this.world.guard(() => this.ledger.handled(life, seq))
    }
    const { clumsiness, slowness } = this.world.options
    if (this.luck.happens(clumsiness)) {
      done()
      throw new Error('the application is clumsy')
    }
    if (this.world.isQuiet || !this.luck.happens(slowness)) return void done()
    const { clock } = machine.host
    const wait = this.luck.between(0, this.luck.pick([20, 200, 3000]))
    const until = (clock.now() + wait) as ReturnType<typeof clock.now>
    return new Promise((resolve) =>
      clock.alarm(until, () => {
        done()
        resolve()
      }),
    )
  }

  private loseStore(): void {
    this.hasLostStore = true
    this.ledger.hasStore = false
  }

  private openStore(): FaultyStore {
    return faultyStore(this.bottom, ({ type }) =>
      type === 'commit' || type === 'reopen' ? this.storeFault?.() : undefined,
    )
  }
}
