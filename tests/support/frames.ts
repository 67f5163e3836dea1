/** Sound frames of every type, for tests to send, to bend and to break. */
import type { ClientFrame, Hello, ServerFrame, Shutdown, Welcome } from '../../src/protocol/frames.ts'

export const SESSION = '00112233445566778899aabbccddeeff'
export const SECRET = SESSION + SESSION

export function hello(change: Partial<Hello> = {}): Hello {
  return {
    type: 'hello',
    version: 1,
    session: SESSION,
    secret: SECRET,
    generation: 1,
    received: 0,
    acked: 0,
    client: 'c1',
    ...change,
  }
}

export function welcome(change: Partial<Welcome> = {}): Welcome {
  return {
    type: 'welcome',
    epoch: 'e1',
    outcome: 'created',
    received: 0,
    from: 1,
    to: 0,
    pending: 0,
    restore: false,
    heartbeat: { intervalMs: 10_000, timeoutMs: 2000 },
    limits: { messageBytes: 262_144, window: 1024, retainMs: 60_000 },
    durability: 'memory',
    server: 's1',
    ...change,
  }
}

export function shutdown(change: Partial<Shutdown> = {}): Shutdown {
  return {
    type: 'shutdown',
    reason: 'restarting',
    closesInMs: 10_000,
    reconnect: { afterMs: 1000, withinMs: 4000 },
    handoff: true,
    ...change,
  }
}

/** At least one of each type, with and without what is optional. */
export const SERVER_FRAMES: readonly ServerFrame[] = [
  welcome(),
  welcome({ outcome: 'reset', reason: 'expired', reconnectWithinMs: 500, restore: true, epoch: 'e2' }),
  welcome({ outcome: 'resumed', from: 4, to: 9, received: 7, pending: 2, durability: 'disk' }),
  { type: 'messages', from: 1, data: ['a', { b: [1, null, true] }] },
  { type: 'ack', received: 3 },
  { type: 'gap', from: 2, to: 5, reason: 'trimmed' },
  { type: 'live', seq: 9 },
  { type: 'snapshot', part: 1, of: 1, text: '{}', digest: 'd', up: 3, down: 4 },
  { type: 'ping', id: 1, received: 2 },
  { type: 'pong', id: 1, received: 2 },
  shutdown(),
  shutdown({ url: 'wss://b.example.com/', handoff: false }),
  { type: 'error', code: 'overloaded', message: 'busy', retryAfterMs: 500 },
  { type: 'error', code: 'ended', message: '' },
]

export const CLIENT_FRAMES: readonly ClientFrame[] = [
  hello(),
  hello({
    epoch: 'e1',
    seen: 7,
    received: 5,
    acked: 3,
    auth: 'token',
    why: { cause: 'closed', code: 1006, downMs: 12, attempts: 1 },
  }),
  hello({ why: { cause: 'silent', downMs: 0, attempts: 2 } }),
  { type: 'messages', from: 9, data: [1] },
  { type: 'ack', received: 0 },
  { type: 'gap', from: 1, to: 1, reason: 'cancelled' },
  { type: 'restore', part: 0, of: 0, text: '', digest: '', up: 0, down: 0 },
  { type: 'auth', token: 'fresh' },
  { type: 'ping', id: 0, received: 0 },
  { type: 'pong', id: 5, received: 1 },
  { type: 'bye' },
]
