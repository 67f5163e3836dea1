/** The public face against mocked sockets: the ones that an application's own tests will use. */
import { connect, memoryStore } from 'holdfast'
import type { Options, Session, WebSocketConstructor } from 'holdfast'
import { setupServer } from 'msw/node'
import { WebSocket as UndiciWebSocket } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { shutdown } from '../support/frames.ts'
import { MOCKED, mockServer } from '../support/msw-server.ts'

const network = setupServer()
const scope = globalThis as { WebSocket?: unknown }
const native = scope.WebSocket
let server = mockServer()
let open: Session[] = []

beforeAll(() => {
  // Node 20 has no global WebSocket for msw to patch.
  scope.WebSocket ??= UndiciWebSocket
  network.listen({ onUnhandledRequest: 'bypass' })
})

afterAll(() => {
  network.close()
  scope.WebSocket = native
})

beforeEach(() => {
  server = mockServer()
  network.use(...server.handlers)
})

afterEach(async () => {
  await Promise.all(open.map((session) => session.close()))
  open = []
  network.resetHandlers()
})

function start(options: Options<unknown, unknown, undefined> = {}): Session {
  const session = connect(MOCKED, {
    store: memoryStore(),
    WebSocket: scope.WebSocket as WebSocketConstructor,
    backoff: { base: 5, first: 1 },
    ...options,
  })
  open.push(session)
  return session
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 2 })

describe('over mocked sockets', () => {
  test('[SU-1] a session goes online and sends', async () => {
    const session = start()
    await session.send({ text: 'hello' }).acknowledged
    expect(session.status).toMatchObject({ kind: 'online', server: 's1' })
    expect([...server.sessions.values()]).toMatchObject([{ up: [{ text: 'hello' }] }])
  })

  test('[DN-1] messages that were missed come once, in order', async () => {
    const session = start()
    const heard: unknown[] = []
    session.on('message', ({ data }) => heard.push(data))
    await until(() => expect(session.status.kind).toBe('online'))
    server.broadcast('one')
    server.dropAll(1006)
    server.broadcast('two')
    server.broadcast('three')
    await until(() => expect(heard).toEqual(['one', 'two', 'three']))
    expect(server.connections).toBe(2)
  })

  test.each([1000, 1001, 1006, 1011, 1012])('[CL-7] code %d ends no session', async (code) => {
    const session = start()
    await until(() => expect(session.status.kind).toBe('online'))
    server.dropAll(code)
    await session.send('after').acknowledged
    expect(server.connections).toBe(2)
  })

  test('[CL-7] code 4403 in place of a welcome closes the session', async () => {
    server.refusal = { code: 4403 }
    expect(await start().closed).toMatchObject({ code: 'forbidden' })
  })

  test('[CL-4] code 4401 asks for a fresh token, then waits for credentials', async () => {
    server.refusal = { code: 4401 }
    const asked: boolean[] = []
    const session = start({
      token: ({ refresh }) => {
        asked.push(refresh)
        return 'token'
      },
    })
    await until(() => expect(session.status).toMatchObject({ kind: 'suspended', reason: 'needs-auth' }))
    expect(asked).toEqual([false, true])
    server.refusal = undefined
    session.reconnect()
    await until(() => expect(session.status.kind).toBe('online'))
  })

  test('[BO-6] a refusal in band with a time is obeyed', async () => {
    const frame = { type: 'error', code: 'overloaded', message: 'busy', retryAfterMs: 30_000 } as const
    server.refusal = { frame, code: 1013 }
    const session = start()
    await until(() => expect(session.status).toMatchObject({ kind: 'waiting', cause: 'overloaded' }))
    const { status } = session
    if (status.kind !== 'waiting') throw new Error(status.kind)
    expect(status.dialsAt.getTime() - Date.now()).toBeGreaterThan(26_000)
  })

  test('[DR-10] a hand-off loses nothing and no status says so', async () => {
    const session = start()
    const kinds: string[] = []
    await until(() => expect(session.status.kind).toBe('online'))
    session.on('status', ({ kind }) => kinds.push(kind))
    server.sayAll(shutdown({ reconnect: { afterMs: 0, withinMs: 10 } }))
    await Promise.all([session.send('a').acknowledged, session.send('b').acknowledged])
    await until(() => expect(session.status.kind).toBe('online'))
    expect(new Set(kinds)).toEqual(new Set(['draining', 'online']))
    expect(server.connections).toBe(2)
    expect([...server.sessions.values()]).toMatchObject([{ up: ['a', 'b'] }])
  })

  test('[SU-5] close leaves the server’s line', async () => {
    const session = start()
    await until(() => expect(session.status.kind).toBe('online'))
    await session.close()
    await until(() => expect(server.lines.size).toBe(0))
  })
})
