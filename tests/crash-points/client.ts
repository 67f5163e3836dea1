/**
 * The client over all its lives: one name, one store, one set of books. It dies at the boundary that the run says.
 */
import { connect, type Delivery, memoryStore, type Message, type Session } from 'holdfast'
import type { CrashSign } from '../../src/testing/script/cues.ts'
import { faultyStore, type FaultyStore } from '../../src/testing/faulty-store.ts'
import { Machine } from '../../src/testing/virtual/machine.ts'
import { type Folded, reduce, START } from '../simulation/fold.ts'
import { Books, type Life } from './books.ts'
import { check, Violation } from './check.ts'
import { type Gate, gatedStore, gatedWorld } from './gates.ts'
import type { Act } from './scenario.ts'
import type { Scene } from './scene.ts'
import { StoreTroubles } from './troubles.ts'
import { watchedStore } from './watched.ts'

export interface Running {
  readonly machine: Machine
  readonly session: Session<unknown, unknown, Folded | undefined>
  readonly life: Life
  readonly store: FaultyStore
  readonly gate: Gate
  readonly deliveries: { readonly token: string; readonly delivery: Delivery; isSettled: boolean }[]
}

/** From a planned death to the next process, and what the server sees of the death: each in its turn. */
const DOWN_FOR = [15, 150] as const
const SIGNS = ['fin', 'reset', 'silence'] as const

export class Client {
  readonly books = new Books()
  readonly troubles: StoreTroubles
  running: Running | undefined
  /** Set while a step wants it killed at a boundary of that name. */
  trap: Extract<Act, { readonly do: 'kill-at' }> | undefined
  /** Steps that wait until it is up. */
  private waiting: (() => void)[] = []
  private readonly scene: Scene
  /** What is really stored, in all its lives. */
  private readonly bottom = memoryStore()
  private lives = 0
  private sent = 0
  private met = 0

  constructor(scene: Scene) {
    this.scene = scene
    this.troubles = new StoreTroubles(scene.timeline, (trouble) => scene.sprung(trouble))
  }

  get isWaiting(): boolean {
    return this.waiting.length > 0
  }

  /** Does something with the running process, now or when there is one. */
  whenUp(act: () => void): void {
    if (this.running === undefined) this.waiting.push(act)
    else act()
  }

  start(): void {
    if (this.running !== undefined) return
    const { scene, books } = this
    this.lives += 1
    scene.note(`the client starts its process ${this.lives}`)
    const machine = new Machine(scene.timeline, scene.network, scene.luck.stream(`client-${this.lives}`))
    const life = books.begin()
    const gate: Gate = (boundary) => {
      if (machine.isDead) return true
      this.passed(boundary)
      return machine.isDead
    }
    const watched = watchedStore(
      this.bottom,
      scene.pauseOf(scene.circumstances.storeTakesMs),
      (cursor, tokens) => scene.guard(() => books.committed(life, cursor, tokens)),
    )
    const store = faultyStore(watched, (operation) => this.troubles.of(operation.type))
    const session = connect<unknown, unknown, Folded | undefined>('ws://stage.test/', {
      name: 'crash-points',
      world: gatedWorld(machine.world, gate),
      store: gatedStore(store, gate),
      ...(scene.circumstances.clientFolds && { state: { initial: START, reduce: reduce as never } }),
    })
    const running: Running = { machine, session, life, store, gate, deliveries: [] }
    this.running = running
    this.listen(running)
    for (const act of this.waiting.splice(0)) act()
  }

  kill(sign: CrashSign, downMs: number): void {
    const { running, scene } = this
    if (running === undefined) return
    this.running = undefined
    scene.note(`the client dies: ${sign}`)
    running.machine.kill(sign)
    void running.store.crash()
    void scene.timeline.pause(downMs).then(() => this.start())
  }

  send(count: number): void {
    const { running } = this
    for (let left = count; left > 0; left -= 1) {
      // Dead or closed in the midst of it: the rest is never said.
      if (running === undefined || this.running !== running || running.session.status.kind === 'closed')
        return
      if (running.gate('before send()')) return
      this.sent += 1
      const token = `u${this.sent}`
      this.books.sent(token)
      this.scene.note(`the client sends ${token}`)
      const delivery = running.session.send({ t: token })
      const entry = { token, delivery, isSettled: false }
      running.deliveries.push(entry)
      const settled = (): boolean => (entry.isSettled = true)
      delivery.acknowledged.then(settled, settled)
      delivery.onChange((state) => this.scene.guard(() => this.follow(running, token, delivery, state)))
      running.gate('after send()')
    }
  }

  /** The application closes it in order. @returns whether it came to its end */
  async close(): Promise<boolean> {
    const { running, books, scene } = this
    if (running === undefined || running.gate('before close()')) return false
    const { machine, session, deliveries } = running
    const pending = deliveries.filter(({ isSettled }) => !isSettled)
    scene.note('the client closes')
    await session.close()
    if (this.running !== running) return false
    // A turn, for those who wait for the deliveries.
    await scene.timeline.pause(0)
    if (running.gate('after close()')) return false
    this.running = undefined
    scene.guard(() => {
      for (const { token, delivery } of pending)
        if (delivery.seq !== undefined) books.stored(token, delivery.seq)
      for (const { token, isSettled } of deliveries)
        check(isSettled, `${token} has come to no end, and its session is closed [I12]`)
      check(machine.host.alarms === 0, `a closed client leaves ${machine.host.alarms} alarms`)
      const left = scene.network.of(machine.host).filter((wire) => wire.reachesClient)
      check(left.length === 0, `a closed client leaves ${left.length} connections`)
    })
    return true
  }

  private passed(boundary: string): void {
    const { scene, trap } = this
    const { boundaries } = scene.client
    if (boundaries.pass(boundary)) {
      const { diedAt } = boundaries
      const round = Math.floor(diedAt / SIGNS.length)
      return this.kill(SIGNS[diedAt % SIGNS.length] ?? 'fin', DOWN_FOR[round % DOWN_FOR.length] ?? 0)
    }
    if (trap?.boundary !== boundary) return
    this.trap = undefined
    scene.sprung(trap)
    this.kill('fin', trap.downMs)
  }

  private follow(running: Running, token: string, delivery: Delivery, state: Delivery['state']): void {
    if (this.running !== running) return
    switch (state) {
      case 'stored':
      case 'sent':
        this.scene.note(`${token} is ${state} as ${delivery.seq ?? 0}`)
        return this.books.stored(token, delivery.seq)
      case 'acknowledged':
        return this.books.acknowledged(token)
      case 'failed':
        if (running.session.status.kind !== 'closed') throw new Violation(`${token} has failed [I12]`)
        return
      case 'accepted':
    }
  }

  private listen(running: Running): void {
    const { scene, books } = this
    const { session, life, gate } = running
    session.on('message', (message) => this.take(running, message))
    session.on('gap', ({ from, to }) => {
      if (gate('gap told')) return
      scene.guard(() => books.missed(life, from, to))
    })
    session.on('reset', ({ reason, unknown }) => {
      if (gate('reset told')) return
      scene.note(`the client is reset: ${reason}`)
      scene.guard(() => books.reset(unknown))
    })
    session.on('attempt', ({ waitMs }) => {
      scene.guard(() => check(waitMs >= 0 && waitMs <= 60_000, `a wait of ${waitMs} ms [I18]`))
    })
    session.on('status', (status) => scene.note(`the client is ${status.kind}`))
    session.on('error', (error) => {
      scene.note(`the client has trouble: ${error.code} ${error.message}`)
      if (error.code === 'store-failed') scene.fail(new Violation(`the store was given up: ${error.message}`))
    })
  }

  private take({ life, gate }: Running, { data, seq, redelivered }: Message): Promise<void> | undefined {
    const { scene, books } = this
    if (gate('before listener')) return undefined
    const { clientTakesMs, throwsEvery } = scene.circumstances
    const token = (data as { readonly t: string }).t
    scene.note(`the client takes ${token} as ${seq}${redelivered ? ' again' : ''}`)
    scene.guard(() => books.delivered(life, seq, token, redelivered))
    this.met += 1
    const fails = throwsEvery > 0 && this.met % throwsEvery === 0
    const settle = (): void => {
      if (gate('listener settles')) return
      scene.guard(() => books.handled(life, seq))
      gate('listener settled')
    }
    if (clientTakesMs === 0) {
      settle()
      if (fails) throw new Error('the application is clumsy')
      return undefined
    }
    return scene.timeline.pause(clientTakesMs).then(() => {
      settle()
      if (fails) throw new Error('the application is clumsy')
    })
  }
}
