/**
 * The server over all its processes: one log, and an application that takes messages, answers some, and speaks.
 */
import type { ServerSession } from '../../src/server/api.ts'
import { type MemoryLog, memoryLog } from '../../src/server/memory-log.ts'
import type { StateRule } from '../../src/server/settings.ts'
import type { CrashSign } from '../../src/testing/script/cues.ts'
import { Instance } from '../../src/testing/virtual/instance.ts'
import { reduce, START } from '../simulation/fold.ts'
import type { Scene } from './scene.ts'
import { LogTroubles } from './troubles.ts'
import { watchedLog } from './watched.ts'

/** From a planned death to the next process. */
const DOWN_FOR = 40
const SIGNS = ['fin', 'reset', 'silence'] as const

export class Backend {
  readonly log: MemoryLog
  readonly troubles: LogTroubles
  /** The session at the process that met it last. */
  current: { readonly session: ServerSession; readonly instance: Instance } | undefined
  private readonly scene: Scene
  private readonly watched = { up: 0 }
  private instances = 0
  private said = 0
  private met = 0
  /** What is to be said when somebody has the session. */
  private unsaid = 0

  constructor(scene: Scene) {
    this.scene = scene
    this.troubles = new LogTroubles(scene.timeline, (trouble) => scene.sprung(trouble))
    const { timeline, luck } = scene
    this.log = memoryLog({ shared: true, now: () => timeline.now, random: luck.stream('log').random })
  }

  get isWaiting(): boolean {
    return this.unsaid > 0
  }

  start(): Instance {
    const { scene, log } = this
    const { books } = scene.client.one
    const { serverFolds, window, logTakesMs } = scene.circumstances
    this.instances += 1
    const name = `server-${this.instances}`
    scene.note(`${name} starts`)
    /** @returns whether it is dead now */
    const gate = (boundary: string): boolean => {
      if (instance.isDead) return true
      if (scene.server.boundaries.pass(boundary)) this.die(instance)
      return instance.isDead
    }
    const instance: Instance = new Instance({
      timeline: scene.timeline,
      chance: scene.luck.stream(name),
      log: watchedLog(log, this.watched, scene.pauseOf(logTakesMs), {
        isDead: () => instance.isDead,
        greeted: (up) => books.greeted(up),
        appendedUp: (seq, text) => scene.guard(() => books.logged(seq, tokenIn(text))),
        appendedDown: (seq, text) => scene.guard(() => books.appended(tokenIn(text), seq)),
        done: (type) => void gate(`after ${type}`),
      }),
      // Asked before the operation: who is dead after it, for that one nothing happens.
      logFaults: ({ type }) => (gate(`before ${type}`) ? undefined : this.troubles.of(type)),
      server: {
        name,
        limits: { window },
        ...(serverFolds && { state: { initial: START, reduce: reduce as StateRule['reduce'] } }),
      },
      application: (session, at) => this.take(session, at),
      trouble: (error) => scene.note(`${name} has trouble: ${error.message}`),
    })
    scene.door.instances.push(instance)
    return instance
  }

  /** Somebody starts the server again if nobody else has. */
  revive(): void {
    if (this.scene.door.open === undefined) this.start()
  }

  crashAll(sign: CrashSign): void {
    for (const instance of this.scene.door.instances.splice(0)) instance.crash(sign)
    this.current = undefined
  }

  say(count: number): void {
    const { current } = this
    if (current === undefined) this.unsaid += count
    else for (let left = count; left > 0; left -= 1) this.speak(current.session, current.instance)
  }

  private die(instance: Instance): void {
    const { scene } = this
    scene.note(`${instance.core.name} dies`)
    instance.crash(SIGNS[scene.server.boundaries.diedAt % SIGNS.length] ?? 'fin')
    const { instances } = scene.door
    instances.splice(0, instances.length, ...instances.filter((one) => one !== instance))
    if (this.current?.instance === instance) this.current = undefined
    void scene.timeline.pause(DOWN_FOR).then(() => this.revive())
  }

  private take(session: ServerSession, instance: Instance): void {
    if (instance.isDead) return
    const { scene } = this
    const { books } = scene.client.one
    scene.note(`${instance.core.name} has the session: ${session.outcome}`)
    this.current = { session, instance }
    const holding = books.taken()
    session.on('message', ({ seq, data, redelivered }) => {
      if (instance.isDead) return undefined
      const { t: token } = data as { readonly t: string }
      scene.note(`${instance.core.name} takes ${token} as ${seq}${redelivered ? ' again' : ''}`)
      scene.guard(() => books.offered(holding, seq, token, redelivered))
      if (scene.circumstances.answers) this.speak(session, instance)
      return this.ponder(token, instance)
    })
    session.on('released', () => {
      if (this.current?.session === session) this.current = undefined
    })
    const { unsaid } = this
    this.unsaid = 0
    this.say(unsaid)
  }

  private speak(session: ServerSession, instance: Instance): void {
    if (instance.isDead) return
    const { scene } = this
    const { books } = scene.client.one
    this.said += 1
    const token = `d${this.said}`
    books.sentDown(token)
    scene.note(`${instance.core.name} says ${token}`)
    // What becomes of it the log tells; a rejection says nothing, for it may have landed.
    session.send({ t: token }).then(
      () => {
        if (!instance.isDead) scene.guard(() => books.certain(token))
      },
      () => undefined,
    )
  }

  private ponder(token: string, instance: Instance): Promise<void> | undefined {
    const { scene } = this
    const { serverTakesMs, throwsEvery } = scene.circumstances
    this.met += 1
    const fails = throwsEvery > 0 && this.met % throwsEvery === 0
    const settle = (): void => {
      if (!instance.isDead) scene.guard(() => scene.client.one.books.processed(token))
      if (fails) throw new Error('the application is clumsy')
    }
    if (serverTakesMs > 0) return scene.timeline.pause(serverTakesMs).then(settle)
    settle()
    return undefined
  }
}

function tokenIn(text: string): string {
  return (JSON.parse(text) as { readonly t: string }).t
}
