/**
 * The processes of the server behind the balancer: started, taken out, killed and started again.
 */
import { Instance } from '../../src/testing/virtual/instance.ts'
import type { LogFault, LogOperation } from '../../src/testing/faulty-log.ts'
import type { CrashSign } from '../../src/testing/script/cues.ts'
import type { ServerLimits } from '../../src/server/api.ts'
import { MARK } from './auth.ts'
import { Balancer } from './balancer.ts'
import { joined, LATER, muffled, refusing } from './versions.ts'
import { watchedMarks } from './watched-marks.ts'
import type { World } from './world.ts'

/** What goes wrong with an operation of this process; nothing if `undefined`. */
export type LogTrouble = (operation: LogOperation, instance: Instance) => LogFault | undefined

export class Fleet {
  readonly balancer: Balancer
  readonly troubles = new Set<LogTrouble>()
  /** Whether servers that are started now are of a later version. */
  isLater = false
  /** Notices are lost until then. */
  losesNotices = false
  readonly draining = new WeakSet<Instance>()
  /** Sessions that a server of another version has refused, or will: twice in a row would end a session. */
  readonly refusedOnce = new Set<string>()
  private readonly unspeakable = new Set<string>()
  private readonly world: World
  private started = 0

  constructor(world: World) {
    this.world = world
    const { door, options } = world
    const ownerOf = (wire: Parameters<Balancer['pick']>[0]): string =>
      world.tabOf(wire)?.client.name ?? 'a stranger'
    this.balancer = new Balancer(options.balance, door.instances, world.chance.stream('balancer'), ownerOf)
    door.balancer = (wire) => this.balancer.pick(wire)
  }

  /** Those that are alive, listening or not. */
  get alive(): readonly Instance[] {
    return this.world.door.instances.filter((one) => !one.isDead)
  }

  get listening(): readonly Instance[] {
    return this.alive.filter((one) => one.isListening)
  }

  start(limits: ServerLimits = {}): Instance {
    const { world } = this
    this.started += 1
    const name = `server-${this.started}`
    const { options, auth } = world
    // Not yet made when the log first asks.
    const own: { instance?: Instance } = {}
    const instance = new Instance({
      timeline: world.timeline,
      chance: world.chance.stream(name),
      log: watchedMarks(world, () => own.instance),
      logFaults: (operation) => this.faultOf(operation, own.instance),
      server: {
        name,
        ...world.backend.options,
        limits: { ...world.backend.options.limits, ...limits },
        ...(options.auth && { authenticate: auth.authenticate }),
      },
      application: (session, at) => world.backend.take(session, at),
      trouble: (error) => world.guard(() => this.heed(error)),
      dialect: joined(
        muffled(() => this.losesNotices),
        { say: (text) => this.overhear(text, own.instance) },
        refusing((hello) => this.refuses(hello)),
        ...(this.isLater ? [LATER] : []),
      ),
    })
    own.instance = instance
    instance.host.setWallClock(world.wallShift)
    world.door.instances.push(instance)
    return instance
  }

  /** The next hello of this session meets a server that does not speak our version. */
  refuseOnce(session: string): void {
    this.refusedOnce.add(session)
    this.unspeakable.add(session)
  }

  /** Starts as many as there should be. */
  revive(): void {
    const { instances } = this.world.door
    const left = this.alive
    if (left.length < instances.length) instances.splice(0, instances.length, ...left)
    while (this.listening.length < this.world.options.servers) this.start()
  }

  crashAll(how: CrashSign): void {
    for (const instance of this.world.door.instances.splice(0)) instance.crash(how)
  }

  /** Everything is well from now on. */
  calm(): void {
    this.troubles.clear()
    this.balancer.isBehind = false
    this.losesNotices = false
    this.unspeakable.clear()
    for (const { host } of this.alive) host.thaw()
    this.revive()
  }

  private faultOf(operation: LogOperation, instance: Instance | undefined): LogFault | undefined {
    const { logFault } = this.world
    const fault = logFault?.()
    if (fault !== undefined || instance === undefined) return fault
    for (const trouble of this.troubles) {
      const found = trouble(operation, instance)
      if (found !== undefined) return found
    }
    return undefined
  }

  private refuses(hello: string): boolean {
    const session = /"session":"([^"]*)"/.exec(hello)?.[1] ?? ''
    return this.unspeakable.delete(session)
  }

  private overhear(text: string, instance: Instance | undefined): string {
    if (text.startsWith('{"type":"error","code":"overloaded"') && instance !== undefined) {
      if (this.draining.has(instance))
        this.world.coverage.sometimes('turned away by a server that is being drained')
      else if (this.world.auth.isDown)
        this.world.coverage.sometimes('turned away, because credentials could not be checked')
      else this.world.coverage.sometimes('turned away by a server that is too busy')
    }
    return text
  }

  private heed(error: Error): void {
    const { world } = this
    const { message, hint, facts } = error as Error & { readonly hint?: string; readonly facts?: object }
    const told = `${message} ${hint ?? ''} ${JSON.stringify(facts ?? {})}`
    world.laws.must('I29', !told.includes(MARK), () => `a token is in the trouble that a server reports`)
    world.note(`server trouble: ${message}`)
  }
}
