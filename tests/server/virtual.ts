/**
 * The server's logic in virtual time, with connections that only remember: no socket, no waiting.
 */
import type { Instant } from '../../src/base/time.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { ServerFrame, Welcome } from '../../src/protocol/frames.ts'
import type { ConnectionInputs, ServerConnection } from '../../src/server/connection-port.ts'
import { createServerCore, type ServerCore } from '../../src/server/core.ts'
import { memoryLog, type MemoryLog } from '../../src/server/memory-log.ts'
import type { SessionLog } from '../../src/server/session-log.ts'
import type { CoreOptions } from '../../src/server/settings.ts'
import type { HoldfastError, ServerSession } from 'holdfast/server'
import { type Frames, hello, identity, type Identity } from './raw-client.ts'

/** Lets everything happen that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

export class ManualClock implements Clock {
  private time = 0
  private alarms: { readonly at: number; readonly ring: () => void }[] = []

  now(): Instant {
    return this.time as Instant
  }

  wallTime(): number {
    return this.time
  }

  alarm(at: Instant, ring: () => void): () => void {
    const one = { at, ring }
    this.alarms.push(one)
    return () => (this.alarms = this.alarms.filter((other) => other !== one))
  }

  get pending(): number {
    return this.alarms.length
  }

  /** Lets time pass, with every alarm at its moment. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds
    await settled()
    for (;;) {
      const next = this.alarms.reduce<(typeof this.alarms)[number] | undefined>(
        (first, one) => (one.at <= end && (first === undefined || one.at < first.at) ? one : first),
        undefined,
      )
      if (next === undefined) break
      this.alarms = this.alarms.filter((one) => one !== next)
      this.time = Math.max(this.time, next.at)
      next.ring()
      await settled()
    }
    this.time = end
  }

  /** The process hangs: time passes, and nothing rings until it is over. */
  freeze(milliseconds: number): void {
    this.time += milliseconds
  }
}

export class VirtualClient implements ServerConnection {
  readonly heard: ServerFrame[] = []
  closed: { readonly code: number; readonly reason: string } | undefined
  isTerminated = false
  isPaused = false
  /** What `buffered()` says; with `stuck`, everything that is sent stays there. */
  held = 0
  isStuck = false
  private readonly inputs: ConnectionInputs

  constructor(core: Pick<ServerCore, 'accept'>, request?: unknown) {
    this.inputs = core.accept(this, request)
  }

  send(text: string): void {
    if (this.isStuck) this.held += text.length
    this.heard.push(JSON.parse(text) as ServerFrame)
  }

  buffered(): number {
    return this.held
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason }
  }

  terminate(): void {
    this.isTerminated = true
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  say(message: unknown): void {
    this.inputs.received(
      typeof message === 'object' && !(message instanceof Uint8Array) ? JSON.stringify(message) : message,
    )
  }

  up(from: number, ...data: unknown[]): void {
    this.say({ type: 'messages', from, data })
  }

  ack(received: number): void {
    this.say({ type: 'ack', received })
  }

  /** The line breaks. */
  drop(code = 1006): void {
    this.inputs.dropped(code, '')
  }

  all<Type extends keyof Frames>(type: Type): Frames[Type][] {
    return this.heard.filter((frame) => frame.type === type) as unknown as Frames[Type][]
  }

  last<Type extends keyof Frames>(type: Type): Frames[Type] {
    const frame = this.all(type).at(-1)
    if (frame === undefined) throw new Error(`no ${type}; heard ${JSON.stringify(this.heard).slice(0, 500)}`)
    return frame
  }

  get welcome(): Welcome {
    return this.last('welcome')
  }

  /** The types of all that was heard, in order. */
  types(): string[] {
    return this.heard.map(({ type }) => type)
  }

  downs(): (readonly [number, unknown])[] {
    return this.all('messages').flatMap(({ from, data }) =>
      data.map((value, index) => [from + index, value] as const),
    )
  }

  /** Why it was sent away: the refusal's code and the close code. */
  verdict(): readonly [string | undefined, number | undefined] {
    return [this.all('error').at(-1)?.code, this.closed?.code]
  }
}

export interface World {
  readonly core: ServerCore
  readonly clock: ManualClock
  readonly log: SessionLog
  readonly sessions: ServerSession[]
  readonly errors: HoldfastError[]
  connect(request?: unknown): VirtualClient
  /** Connects and says hello. */
  greet(who?: Identity, more?: Parameters<typeof hello>[1]): Promise<VirtualClient>
}

export function world(
  options: Partial<CoreOptions> = {},
  clock = new ManualClock(),
  log: SessionLog = virtualLog(clock),
): World {
  const random = { seed: () => 1, secret: (bytes: number) => '0'.repeat(bytes * 2) }
  const core = createServerCore({ log, clock, random, ...options })
  const sessions: ServerSession[] = []
  const errors: HoldfastError[] = []
  core.on('session', (session) => sessions.push(session))
  core.on('error', (error) => errors.push(error))
  const connect = (request?: unknown) => new VirtualClient(core, request)
  return {
    core,
    clock,
    log,
    sessions,
    errors,
    connect,
    async greet(who = identity(), more = {}) {
      const client = connect()
      client.say(hello(who, more))
      await settled()
      return client
    },
  }
}

/** A memory log that lives in the same time. */
export function virtualLog(clock: ManualClock, options: Parameters<typeof memoryLog>[0] = {}): MemoryLog {
  let epochs = 0
  return memoryLog({ now: () => clock.now(), random: { secret: () => `epoch-${(epochs += 1)}` }, ...options })
}

/** Two servers that share one log. */
export function pair(options: Partial<CoreOptions> = {}): readonly [World, World, MemoryLog] {
  const clock = new ManualClock()
  const log = virtualLog(clock, { shared: true })
  return [world({ name: 'a', ...options }, clock, log), world({ name: 'b', ...options }, clock, log), log]
}
