/**
 * The server's options, checked, with their defaults.
 */
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { DEFAULT_MESSAGE_BYTES, DEFAULT_WINDOW, MAX_FRAME, MAX_STATE_CHARACTERS } from '../protocol/limits.ts'
import type { ServerLimits, ServerOptions } from './api.ts'
import { checkHas, checkJson, checkKind, checkRange, checkText } from './check.ts'
import type { SessionLog } from './session-log.ts'

/** What a server needs to run anywhere: no socket, no port, but a clock, chance and a log. */
export interface CoreOptions<Up = unknown, Down = unknown, State = unknown> extends Pick<
  ServerOptions<Up, Down, State>,
  'authenticate' | 'state' | 'name' | 'heartbeat' | 'limits'
> {
  readonly log: SessionLog
  readonly clock: Clock
  readonly random: Random
}

/** How a state is folded, whatever its type: the face of the server knows it. */
export type StateRule = NonNullable<ServerOptions['state']>

export interface Settings {
  readonly name: string
  readonly authenticate: NonNullable<ServerOptions['authenticate']>
  readonly state: StateRule | undefined
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number }
  readonly limits: Required<ServerLimits>
}

const DEFAULT_LIMITS = {
  messageBytes: DEFAULT_MESSAGE_BYTES,
  window: DEFAULT_WINDOW,
  helloWithinMs: 5_000,
  connections: 100_000,
  admissionsPerSecond: 2_000,
  bufferedBytes: 1024 * 1024,
  stateBytes: 16 * 1024 * 1024,
} satisfies Required<ServerLimits>

export function settle(options: Omit<CoreOptions, 'clock'>): Settings {
  const { heartbeat = {}, limits = {} } = options
  checkHas('log', options.log, 'greet')
  checkKind('heartbeat', heartbeat, 'object')
  checkKind('limits', limits, 'object')
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
  const settings: Settings = {
    name: options.name ?? `server-${options.random.secret(4)}`,
    authenticate: options.authenticate ?? (() => 'anonymous'),
    state: options.state,
    heartbeat: { intervalMs: heartbeat.intervalMs ?? 10_000, timeoutMs: heartbeat.timeoutMs ?? 2_000 },
    limits: { ...DEFAULT_LIMITS, ...given },
  }
  checkText('name', settings.name)
  checkRange('name.length', settings.name.length, 1, 256)
  checkKind('authenticate', settings.authenticate, 'function')
  if (settings.state !== undefined) {
    checkHas('state', settings.state, 'reduce')
    checkJson('state.initial', settings.state.initial)
  }
  checkRange('heartbeat.intervalMs', settings.heartbeat.intervalMs, 100, 60_000)
  checkRange('heartbeat.timeoutMs', settings.heartbeat.timeoutMs, 100, 60_000)
  // What the clients clamp to, so that both ends go by the same numbers.
  checkRange('limits.messageBytes', settings.limits.messageBytes, 1024, MAX_FRAME / 2)
  checkRange('limits.window', settings.limits.window, 1, 100_000)
  checkRange('limits.helloWithinMs', settings.limits.helloWithinMs, 1, 600_000)
  checkRange('limits.connections', settings.limits.connections, 1, Number.MAX_SAFE_INTEGER)
  checkRange('limits.admissionsPerSecond', settings.limits.admissionsPerSecond, 1, 1_000_000)
  checkRange('limits.bufferedBytes', settings.limits.bufferedBytes, 1024, Number.MAX_SAFE_INTEGER)
  checkRange('limits.stateBytes', settings.limits.stateBytes, 1024, MAX_STATE_CHARACTERS)
  return settings
}
