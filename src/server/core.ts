/**
 * The server without a socket: give it connections, a clock, chance and a log, and it runs anywhere.
 */
import { HoldfastError } from '../base/errors.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import type { Shutdown } from '../protocol/frames.ts'
import { Admissions } from './admissions.ts'
import type { DrainOptions, HoldfastServerEvents, ServerSession } from './api.ts'
import type { ConnectionInputs, ServerConnection } from './connection-port.ts'
import { Connection } from './connection.ts'
import { checkDrain, Drain } from './drain.ts'
import { Emitter } from './emitter.ts'
import type { Instance } from './instance.ts'
import { jitter } from './jitter.ts'
import type { LiveSession } from './live-session.ts'
import { type CoreOptions, settle } from './settings.ts'

export interface ServerCore<Up = unknown, Down = unknown, State = unknown> {
  readonly name: string
  readonly sessions: ReadonlyMap<string, ServerSession<Up, Down, State>>
  /** How many connections there are, welcomed or not. */
  readonly connections: number
  /** Whether nobody more is listened to: not even a refusal is worth a socket. */
  readonly isFull: boolean
  /** @param request - what `authenticate` is to see beside the token */
  accept(connection: ServerConnection, request?: unknown): ConnectionInputs
  on<Name extends keyof HoldfastServerEvents<Up, Down, State>>(
    name: Name,
    listener: HoldfastServerEvents<Up, Down, State>[Name],
  ): () => void
  /** Says goodbye to every client and resolves when all have left, or time is up. */
  drain(options?: DrainOptions): Promise<void>
  /** Ends everything at once. */
  close(): Promise<void>
}

type Events = HoldfastServerEvents<unknown, unknown, unknown>

export function createServerCore<Up = unknown, Down = unknown, State = unknown>(
  options: CoreOptions<Up, Down, State>,
): ServerCore<Up, Down, State> {
  // Inside, a message is any value; what it is to the application, only the application knows.
  const core = new Core(options as unknown as CoreOptions)
  const face: ServerCore = {
    name: core.settings.name,
    sessions: core.sessions,
    get connections() {
      return core.connections.size
    },
    get isFull() {
      return core.isFull
    },
    accept: (connection, request) => core.accept(connection, request),
    on: (name, listener) => core.emitter.on(name, listener),
    drain: (wishes) => core.drain(wishes),
    close: () => core.close(),
  }
  return face as unknown as ServerCore<Up, Down, State>
}

class Core implements Instance {
  readonly settings: Instance['settings']
  readonly log: Instance['log']
  readonly clock: Instance['clock']
  readonly draw: () => number
  readonly sessions = new Map<string, LiveSession>()
  readonly connections = new Set<Connection>()
  readonly handling = new Set<Promise<unknown>>()
  readonly emitter: Emitter<Events>
  private readonly admissions: Admissions
  isClosed = false
  /** [SV-77] Whether it is closed, and has told everything that there was to tell. */
  isSilent = false
  private draining: Drain | undefined

  constructor(options: CoreOptions) {
    this.settings = settle(options)
    this.log = options.log
    this.clock = options.clock
    this.draw = jitter(options.random.seed())
    this.admissions = new Admissions(options.clock, this.settings.limits.admissionsPerSecond)
    this.emitter = new Emitter((cause, name) => {
      if (name !== 'error')
        this.report(new HoldfastError('listener-failed', `A listener of ${name} failed.`, { cause }))
    })
  }

  accept(socket: ServerConnection, request: unknown): ConnectionInputs {
    const { isFull } = this
    const connection = new Connection(this, socket, request)
    this.connections.add(connection)
    if (this.isClosed) connection.close(CLOSE.goingAway, 'the server is closing')
    else if (isFull) {
      connection.refuse('overloaded', CLOSE.tryAgainLater, 'too many connections', this.soon())
    }
    return connection
  }

  /** Those who say nothing are counted too. */
  get isFull(): boolean {
    return this.connections.size >= 2 * this.settings.limits.connections
  }

  notice(): Shutdown | undefined {
    return this.draining?.notice
  }

  crowded(): number | undefined {
    if (this.draining !== undefined) return this.draining.retryAfterMs
    if (this.connections.size > this.settings.limits.connections) return this.soon() * 10
    return this.admissions.admit()
  }

  soon(): number {
    return Math.round(500 + this.draw() * 1000)
  }

  report(error: HoldfastError): void {
    if (!this.isSilent) this.emitter.emit('error', error)
  }

  announce(session: LiveSession): void {
    this.emitter.emit('session', session)
  }

  left(): void {
    this.draining?.check()
  }

  drain(options: DrainOptions = {}): Promise<void> {
    checkDrain(options)
    this.draining ??= new Drain(this, options)
    return this.draining.done
  }

  close(): Promise<void> {
    this.isClosed = true
    for (const session of [...this.sessions.values()]) session.release('server-closed')
    for (const connection of [...this.connections]) connection.close(CLOSE.goingAway, 'the server is closing')
    this.isSilent = true
    return Promise.resolve()
  }
}
