/**
 * One process of the server in virtual time: the real server half, its log behind a door that closes when the
 * process dies, and the application under test's few lines.
 */
import { type ServerCore, createServerCore } from '../../server/core.ts'
import type { DrainOptions, ServerSession } from '../../server/api.ts'
import type { ConnectionInputs, ServerConnection } from '../../server/connection-port.ts'
import type { SessionLog } from '../../server/session-log.ts'
import type { CoreOptions } from '../../server/settings.ts'
import { type FaultyLog, faultyLog, type LogScript } from '../faulty-log.ts'
import type { CrashSign } from '../script/cues.ts'
import type { Chance } from './chance.ts'
import { Host } from './host.ts'
import type { Timeline } from './timeline.ts'
import type { Wire } from './wire.ts'

export interface InstanceOptions {
  readonly timeline: Timeline
  readonly chance: Chance
  readonly log: SessionLog
  readonly logFaults?: LogScript | undefined
  /** The rest of what a server can be told. */
  readonly server?: Omit<Partial<CoreOptions>, 'log' | 'clock' | 'random'>
  readonly application: (session: ServerSession, instance: Instance) => void
  readonly trouble?: (error: Error) => void
  /** How it speaks, if not as this version does: each text becomes another one, or is never said. */
  readonly dialect?: Dialect | undefined
}

export interface Dialect {
  readonly say?: ((text: string) => string | undefined) | undefined
  readonly hear?: ((text: string) => string) | undefined
}

export class Instance {
  readonly host: Host
  readonly core: ServerCore
  /** Whether it takes dials. */
  isListening = true
  /** How far its wall clock is off, in milliseconds. */
  skewMs = 0
  private readonly log: FaultyLog
  private readonly wires = new Set<Wire>()
  private readonly dialect: Dialect | undefined

  constructor(options: InstanceOptions) {
    const { timeline, chance, log, logFaults, server = {}, application, trouble } = options
    this.host = new Host(timeline)
    this.log = faultyLog(log, logFaults)
    this.dialect = options.dialect
    const { clock } = this.host
    const skewed = { ...clock, wallTime: () => clock.wallTime() + this.skewMs }
    this.core = createServerCore({ ...server, log: this.log, clock: skewed, random: chance.random })
    this.core.on('session', (session) => application(session, this))
    this.core.on('error', (error) => trouble?.(error))
  }

  get isDead(): boolean {
    return this.host.isDead
  }

  connect(wire: Wire): void {
    this.wires.add(wire)
    for (const one of this.wires) if (one.isOver) this.wires.delete(one)
    // While the process stands still, the kernel has the call wait.
    this.host.run(() => wire.accept(this.host, (socket) => this.greet(socket)))
  }

  /** Resolves when everybody has left; then the process ends. */
  async drain(options: DrainOptions): Promise<void> {
    await this.core.drain(options)
    if (!this.isDead) this.crash('fin')
  }

  /** Ends at once. What its clients see of it is the machine's doing, not the process's. */
  crash(how: CrashSign): void {
    if (this.isDead) return
    this.isListening = false
    this.log.crash()
    this.host.die()
    for (const wire of this.wires) {
      if (wire.isOver) continue
      if (how === 'fin') wire.endByServer(1006, '')
      else if (how === 'reset') wire.reset('server')
    }
    this.wires.clear()
  }

  private greet(socket: ServerConnection): ConnectionInputs {
    const { say, hear } = this.dialect ?? {}
    const spoken: ServerConnection = {
      ...socket,
      send: (text) => {
        const said = say === undefined ? text : say(text)
        if (said !== undefined) socket.send(said)
      },
    }
    const inputs = this.core.accept(say === undefined ? socket : spoken)
    if (hear === undefined) return inputs
    return {
      received: (message) => inputs.received(typeof message === 'string' ? hear(message) : message),
      dropped: (code, reason) => inputs.dropped(code, reason),
    }
  }
}
