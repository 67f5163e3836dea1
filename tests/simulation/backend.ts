/**
 * The server's application: it takes messages in its own time and manner, answers some, and speaks unasked.
 */
import type { Instance } from '../../src/testing/virtual/instance.ts'
import type { StateRule } from '../../src/server/settings.ts'
import type { ServerSession } from '../../src/server/api.ts'
import type { Chance } from '../../src/testing/virtual/chance.ts'
import { reduce, START } from './fold.ts'
import type { World } from './world.ts'

export class Backend {
  /** What every process of the server is told. */
  readonly options: {
    readonly state?: StateRule
    readonly limits: { readonly window: number }
  }
  /** Sessions as the newest process that met them has them. */
  readonly sessions = new Map<string, { readonly session: ServerSession; readonly instance: Instance }>()
  /** What its sender was told the log has failed to take: it may be there, and nobody owes it to the client. */
  readonly doubted = new Set<string>()
  /** By process and session: the message that its application has not done with. */
  private readonly busyWith = new WeakMap<Instance, Map<string, () => number | undefined>>()
  private readonly world: World
  private readonly luck: Chance
  private count = 0

  constructor(world: World) {
    this.world = world
    this.luck = world.chance.stream('backend')
    const { serverFolds, window } = world.options
    this.options = {
      ...(serverFolds && { state: { initial: START, reduce: reduce as StateRule['reduce'] } }),
      limits: { window },
    }
  }

  get folds(): boolean {
    return this.options.state !== undefined
  }

  take(session: ServerSession, instance: Instance): void {
    this.world.note(`${instance.core.name} has ${session.id.slice(0, 6)} ${session.outcome}`)
    const other = this.sessions.get(session.id)
    if (other !== undefined && other.instance !== instance && !other.instance.isDead)
      this.world.coverage.sometimes('two servers had the session at once')
    const known = { session, instance }
    this.sessions.set(session.id, known)
    const ledger = this.world.ledgerOf(session.id)
    const holding = ledger.taken()
    /** What the application is at. */
    let current: number | undefined
    const busy = this.busyWith.get(instance) ?? new Map<string, () => number | undefined>()
    this.busyWith.set(
      instance,
      busy.set(session.id, () => (instance.isDead ? undefined : current)),
    )
    session.on('message', (message) => {
      if (instance.isDead) return
      const { seq, redelivered } = message
      const token = (message.data as { readonly t: string }).t
      this.world.note(`server takes ${token} as ${seq}${redelivered ? ' again' : ''}`)
      if (redelivered) this.world.coverage.sometimes('a message was offered again, and marked')
      this.world.guard(() => {
        const { laws } = this.world
        laws.must('I9', current === undefined, () => `${token} is offered, and ${current} is not done with`)
        ledger.offered(holding, seq, token, redelivered)
      })
      if (this.luck.happens(0.5)) this.speak(session, instance)
      const done = this.ponder(instance)
      if (done === undefined) return undefined
      current = seq
      return done.then(() => {
        current = undefined
      })
    })
    session.on('released', () => {
      if (this.sessions.get(session.id) !== known) return
      // A server that waited for the client's state may tell of the session after another one that took it over.
      if (other === undefined || other.instance.isDead || other.session.signal.aborted)
        this.sessions.delete(session.id)
      else this.sessions.set(session.id, other)
    })
  }

  /** A process has told the log that all to here was processed. */
  processed(session: string, instance: Instance, upTo: number): void {
    const current = this.busyWith.get(instance)?.get(session)?.() ?? Infinity
    this.world.laws.must('I8', upTo < current, () => `${upTo} counts as processed, and ${current} is not`)
  }

  /** Says something to a session, if it still has it. */
  speak(session: ServerSession, instance: Instance): void {
    if (instance.isDead) return
    this.count += 1
    const ledger = this.world.ledgerOf(session.id)
    const token = `${ledger.name}-d${this.count}`
    ledger.sentDown(token)
    this.world.note(`server says ${token}`)
    // What becomes of it the log tells; a rejection says nothing, for it may have landed.
    session.send({ t: token }).then(
      () => {
        if (!instance.isDead) this.world.guard(() => ledger.certain(token))
      },
      () => this.doubted.add(token),
    )
  }

  /** Says something to somebody. */
  speakUp(luck: Chance): void {
    const known = [...this.sessions.values()]
    if (known.length === 0) return
    const { session, instance } = luck.pick(known)
    for (let count = luck.whole(1, this.world.options.burst); count > 0; count -= 1)
      this.speak(session, instance)
  }

  private ponder(instance: Instance): Promise<void> | undefined {
    const { serverClumsiness, serverSlowness } = this.world.options
    if (this.luck.happens(serverClumsiness)) throw new Error('the application is clumsy')
    if (this.world.isQuiet || !this.luck.happens(serverSlowness)) return undefined
    const { clock } = instance.host
    const wait = this.luck.between(0, this.luck.pick([20, 200, 3000]))
    return new Promise((resolve) =>
      clock.alarm((clock.now() + wait) as ReturnType<typeof clock.now>, resolve),
    )
  }
}
