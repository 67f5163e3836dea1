/** Real sockets, where a mock would lie: refusals, handshakes that hang, connections that are cut. */
import { connect, memoryStore } from 'holdfast'
import type { Options, Session } from 'holdfast'
import { createServer as createHttpServer, type Server } from 'node:http'
import { type AddressInfo, createServer, type Server as TcpServer, type Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { decodeClientFrame } from '../../src/protocol/decode-client-frame.ts'
import { encode } from '../../src/protocol/encode.ts'
import { welcome } from '../support/frames.ts'

const leaving: (() => unknown)[] = []

afterEach(async () => {
  for (const leave of leaving.splice(0).toReversed()) await leave()
})

async function listening(server: Server | TcpServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  leaving.push(() => new Promise((resolve) => server.close(resolve)))
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function start(url: string, options: Options<unknown, unknown, undefined> = {}): Session {
  const session = connect(url, { store: memoryStore(), backoff: { base: 20, first: 1 }, ...options })
  leaving.push(() => session.close())
  return session
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 5 })

/** Every socket that a raw server was given; what is left of them is cut at the end. */
function tcp(take: (socket: Socket) => void): TcpServer {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    leaving.push(() => socket.destroy())
    take(socket)
  })
  return server
}

describe('over real sockets', () => {
  test('[BO-6] a 503 with Retry-After is waited for as long as it says', async () => {
    const refusing = createHttpServer()
    refusing.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n')
    })
    const session = start(await listening(refusing))
    await until(() => expect(session.status).toMatchObject({ kind: 'waiting', cause: 'overloaded' }))
    const { status } = session
    if (status.kind !== 'waiting') throw new Error(status.kind)
    expect(status.dialsAt.getTime() - Date.now()).toBeGreaterThan(26_000)
  })

  test.each([
    ['401', 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'],
    ['200 with a page', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhtml'],
    ['a date as Retry-After', 'HTTP/1.1 503 No\r\nRetry-After: Fri, 01 Jan 2100 00:00:00 GMT\r\n\r\n'],
  ])('[CL-13] C35 an HTTP answer of %s is a failed attempt', async (_name, answer) => {
    const refusing = tcp((socket) => socket.once('data', () => socket.end(answer)))
    const session = start(await listening(refusing))
    const attempts: number[] = []
    session.on('attempt', ({ number }) => attempts.push(number))
    await until(() => expect(attempts.length).toBeGreaterThanOrEqual(2))
    expect(attempts.slice(0, 2)).toEqual([2, 3])
  })

  test('[CL-3] a handshake that hangs is given up, and its socket with it', async () => {
    const cut: boolean[] = []
    const hanging = tcp((socket) => socket.resume().on('close', () => cut.push(true)))
    const session = start(await listening(hanging), { connectTimeout: 150 })
    await until(() => expect(session.status).toMatchObject({ cause: 'connect-timeout' }))
    await until(() => expect(cut.length).toBeGreaterThan(0))
  })

  test('[CL-13] a connection that is accepted and reset is a failed attempt', async () => {
    const resetting = tcp((socket) => socket.once('data', () => socket.resetAndDestroy()))
    const session = start(await listening(resetting))
    await until(() => expect(session.status).toMatchObject({ kind: 'waiting', cause: 'closed', code: 1006 }))
  })

  test('[CL-13] nobody at the other end is a failed attempt', async () => {
    const server = createServer()
    const url = await listening(server)
    await leaving.splice(-1)[0]?.()
    const session = start(url)
    await until(() => expect(session.status).toMatchObject({ kind: 'waiting', code: 1006 }))
  })

  test('[CL-13] messages go both ways over ws, binary is refused, and a cut line is made anew', async () => {
    const server = createHttpServer()
    const sockets = new WebSocketServer({ server })
    let connections = 0
    const up: unknown[] = []
    sockets.on('connection', (socket) => {
      connections += 1
      const mine = connections
      socket.on('message', (message) => {
        const decoded = decodeClientFrame((message as Buffer).toString())
        if ('fault' in decoded) throw new Error(decoded.fault)
        const { frame } = decoded
        if (frame.type === 'hello')
          socket.send(encode(welcome({ outcome: mine === 1 ? 'created' : 'resumed', received: up.length })))
        if (frame.type !== 'messages') return
        up.push(...frame.data)
        socket.send(encode({ type: 'ack', received: up.length }))
        if (mine === 1) socket.send(Buffer.from([1, 2, 3]))
        else socket.send(encode({ type: 'messages', from: 1, data: ['down'] }))
      })
    })
    leaving.push(() => sockets.close())
    const session = start(await listening(server))
    const codes: string[] = []
    const heard: unknown[] = []
    session.on('error', ({ code }) => codes.push(code))
    session.on('message', ({ data }) => heard.push(data))
    await session.send('one').acknowledged
    await until(() => expect(codes).toEqual(['protocol']))
    await session.send('two').acknowledged
    await until(() => expect(heard).toEqual(['down']))
    expect([up, connections]).toEqual([['one', 'two'], 2])
    await session.close()
  })

  test('[CL-13] a line that is dead is cut without a close handshake', async () => {
    const server = createHttpServer()
    const sockets = new WebSocketServer({ server })
    const codes: number[] = []
    sockets.on('connection', (socket) => {
      socket.on('close', (code) => codes.push(code))
      socket.once('message', () =>
        socket.send(encode(welcome({ heartbeat: { intervalMs: 100, timeoutMs: 100 } }))),
      )
    })
    leaving.push(() => sockets.close())
    const session = start(await listening(server), { heartbeat: { every: 100, within: 100 } })
    const lost: unknown[] = []
    session.on('lost', ({ cause }) => lost.push(cause))
    await until(() => expect(lost).toEqual(['silent']))
    await until(() => expect(codes).toEqual([1006]))
    await session.close()
  })
})
