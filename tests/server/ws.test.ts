/** The shell over real sockets: which upgrades are let in, and what no peer can do to the process. */
import { createServer as createHttpServer, get, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import {
  createServer,
  isHoldfastError,
  memoryLog,
  type HoldfastServer,
  type ServerOptions,
  type ServerSession,
} from 'holdfast/server'
import { hello, identity, RawClient, until } from './raw-client.ts'

const toClose: (() => unknown)[] = []
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close()
})

async function start(options: ServerOptions = {}) {
  const server = createServer(options.server === undefined ? { port: 0, ...options } : options)
  toClose.push(() => server.close())
  const sessions: ServerSession[] = []
  server.on('session', (session) => sessions.push(session))
  const { port } = await server.listening
  return { server, port, sessions }
}

async function listen(http: Server): Promise<number> {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  toClose.push(() => new Promise((resolve) => http.close(resolve)))
  return (http.address() as { port: number }).port
}

/** Says something to a port, and hears the first line of the answer, or nothing. */
function shout(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''))
    setTimeout(() => socket.destroy(), 500).unref()
  })
}

function upgrade(
  path: string,
  headers: readonly string[] = ['Sec-WebSocket-Protocol: holdfast.v1'],
  version = 13,
): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Version: ${version}`,
    ...headers,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** A socket that has been upgraded by hand, to send frames that no library would. */
async function upgraded(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(upgrade('/'))
  await new Promise((resolve) => socket.once('data', resolve))
  return socket
}

const closing = (socket: Socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve()))

/** The server still serves. */
async function isFine(port: number): Promise<void> {
  const client = await RawClient.welcomed(port, identity())
  expect(client.welcome.outcome).toBe('created')
  client.close()
}

describe('[SV-90] an upgrade is refused politely', () => {
  test.each([
    ['without a subprotocol', upgrade('/', []), 400],
    ['X3 of another subprotocol', upgrade('/', ['Sec-WebSocket-Protocol: holdfast.v2, graphql-ws']), 400],
    [
      'X3 with 16 KB of spaces for a protocol',
      upgrade('/', [`Sec-WebSocket-Protocol: a${' '.repeat(8000)}b`]),
      400,
    ],
    ['X25 of another path', upgrade('/elsewhere'), 404],
    ['X25 of a path in disguise', upgrade('/%73ession'), 404],
    ['of an unknown version', upgrade('/session', undefined, 99), 400],
    [
      'X4 of an origin that is not on the list',
      upgrade('/session', [...protocol, 'Origin: https://evil.example']),
      403,
    ],
  ])('[SV-90] %s', async (_, request, status) => {
    const { port } = await start({ path: '/session', origins: ['https://good.example'] })
    const url = request.replace('GET / ', 'GET /session ')
    expect(await shout(port, url)).toContain(`HTTP/1.1 ${status} `)
  })

  test('[SV-90] a request that is no upgrade learns that one is needed', async () => {
    const { port } = await start()
    const status = await new Promise((resolve) =>
      get({ port, host: '127.0.0.1' }, (response) => resolve(response.statusCode)),
    )
    expect(status).toBe(426)
  })

  test('[SV-90] X19 with 503 when there is no room for so much as a word', async () => {
    const { port } = await start({ limits: { connections: 1 } })
    const silent = await Promise.all([1, 2].map(() => RawClient.open(port)))
    expect(await shout(port, upgrade('/'))).toContain('HTTP/1.1 503 ')
    for (const client of silent) client.socket.terminate()
  })
})

const protocol = ['Sec-WebSocket-Protocol: holdfast.v1']

test('[SV-91] X4 an origin must be on the list to the letter', async () => {
  const { port } = await start({ origins: ['https://good.example'] })
  const tricks = [
    'https://evil-good.example',
    'https://good.example.evil.com',
    'https://GOOD.example',
    'https://good.example:443',
    'http://good.example',
    'null',
    '',
  ]
  for (const origin of tricks)
    expect(await shout(port, upgrade('/', [...protocol, `Origin: ${origin}`])), origin).toContain('403')
  const client = await RawClient.open(port, { origin: 'https://good.example' })
  client.say(hello(identity()))
  expect((await client.next('welcome')).outcome).toBe('created')
})

test('[SV-92] attached to an HTTP server, it leaves the other upgrades and all requests alone', async () => {
  const http = createHttpServer((_request, response) => response.end('hello'))
  const other = new WebSocketServer({ noServer: true })
  http.on('upgrade', (request, socket, head) => {
    if (request.url === '/other')
      other.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('other'))
  })
  const port = await listen(http)
  const { server } = await start({ server: http, path: '/session' })
  const neighbour = new WebSocket(`ws://127.0.0.1:${port}/other`)
  expect(
    await new Promise((resolve) =>
      neighbour.once('message', (message: Buffer) => resolve(message.toString())),
    ),
  ).toBe('other')
  neighbour.terminate()
  const body = await new Promise((resolve) =>
    get({ port, host: '127.0.0.1', agent: false }, (response) =>
      response.on('data', (chunk: Buffer) => resolve(chunk.toString())),
    ),
  )
  expect(body).toBe('hello')
  expect(http.listenerCount('upgrade')).toBe(2)
  const client = await RawClient.open(port, { path: '/session?x=1' })
  client.say(hello(identity()))
  await client.next('welcome')
  await server.close()
  expect(http.listening).toBe(true)
  expect(http.listenerCount('upgrade')).toBe(1)
})

test('[SV-93] X33 compression is never agreed on', async () => {
  const { port } = await start()
  const client = await RawClient.open(port)
  expect(client.socket.extensions).toBe('')
  client.close()
})

describe('[SV-94] no peer takes the process down', () => {
  test('[SV-94] X3 a request with two thousand headers', async () => {
    const { port } = await start()
    const headers = Array.from({ length: 2000 }, (_, index) => `x${index}: 1`)
    await shout(port, upgrade('/', [...protocol, ...headers]))
    await shout(
      port,
      upgrade('/', [...protocol, 'Sec-WebSocket-Extensions: __proto__; constructor=1, toString']),
    )
    await isFine(port)
  })

  test.each([
    ['X24 an unmasked frame', Buffer.from([0x81, 0x02, 0x68, 0x69])],
    ['X24 a reserved opcode', Buffer.from([0x83, 0x80, 0, 0, 0, 0])],
    ['X24 a reserved bit', Buffer.from([0xf1, 0x80, 0, 0, 0, 0])],
    ['X23 a close with a code that may not be sent', Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed])],
    ['X23 a close whose reason is not UTF-8', Buffer.from([0x88, 0x84, 0, 0, 0, 0, 0x03, 0xe8, 0xff, 0xfe])],
    ['a text that is not UTF-8', Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe])],
    ['X6 a frame of four megabytes', Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0])],
    [
      'X6 a frame of a length beyond all counting',
      Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
    ],
    [
      'X5 a thousand empty fragments',
      Buffer.concat([
        Buffer.from([0x01, 0x80, 0, 0, 0, 0]),
        ...Array.from({ length: 1000 }, () => Buffer.from([0x00, 0x80, 0, 0, 0, 0])),
      ]),
    ],
  ])('[SV-94] %s ends that connection alone', async (_, bytes) => {
    const { port, server } = await start()
    const socket = await upgraded(port)
    const closed = closing(socket)
    socket.write(bytes)
    socket.resume()
    await closed
    await until(() => server.connections === 0, 'the connection is forgotten')
    await isFine(port)
  })

  test('[SV-94] X32 a connection that is reset in the middle of everything', async () => {
    const { port, server, sessions } = await start()
    for (let count = 0; count < 20; count += 1) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(upgrade('/'))
      setTimeout(() => socket.resetAndDestroy(), count)
    }
    const client = await RawClient.welcomed(port, identity())
    const sending = Array.from({ length: 100 }, () => sessions[0]!.send('x'.repeat(10_000)))
    client.socket.terminate()
    await Promise.all(sending)
    await until(() => server.connections === 0, 'all are forgotten')
    await isFine(port)
  })

  test('[SV-94] a peer that does not answer a close is cut off', async () => {
    const { port, server } = await start({ limits: { helloWithinMs: 50 } })
    const socket = await upgraded(port)
    socket.pause()
    const closed = closing(socket)
    socket.resume()
    await closed
    expect(server.connections).toBe(0)
  })
})

test('[WI-6] the length of a frame is counted in characters, whatever they take as bytes', async () => {
  const { port, sessions } = await start({ limits: { messageBytes: 512 * 1024 } })
  const client = await RawClient.welcomed(port, identity())
  const seen: unknown[] = []
  sessions[0]!.on('message', ({ data }) => void seen.push(data))
  // Each of these takes three bytes: more than a million and a half in all.
  const data = Array.from({ length: 6 }, () => '字'.repeat(100_000))
  client.say({ type: 'messages', from: 1, data })
  await until(() => seen.length === 6, 'all of them')
  expect(seen).toEqual(data)
})

test.each([
  ['is read', 1024 * 1024 + 1],
  ['is more than what is read', 4 * 1024 * 1024],
])('[WI-6] a frame that is too long has one verdict: one that %s', async (_, length) => {
  const { port } = await start()
  const client = await RawClient.welcomed(port, identity())
  client.say(' '.repeat(length))
  expect((await client.closed).code).toBe(4400)
  expect(client.heard.at(-1)).toMatchObject({ type: 'error', code: 'protocol' })
})

test('[SV-95] X17 a client that does not read costs no more than what a socket may hold', async () => {
  const { port, sessions } = await start({ limits: { bufferedBytes: 64 * 1024, window: 100_000 } })
  const client = await RawClient.welcomed(port, identity())
  await client.next('live')
  client.socket.pause()
  const before = process.memoryUsage().arrayBuffers
  for (let round = 0; round < 25; round += 1) {
    await Promise.all(Array.from({ length: 50 }, () => sessions[0]!.send('x'.repeat(5_000))))
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024)
  client.socket.resume()
  await client.until(() => client.downs().length === 1250, 'all messages', 10_000)
  expect(client.downs().every(([seq], index) => seq === index + 1)).toBe(true)
})

test('[SV-96] a port that is taken is told by `listening`, and by nothing worse', async () => {
  const { port } = await start()
  const second = createServer({ port })
  await expect(second.listening).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await second.close()
})

test('[SV-96] a server needs exactly one place to be', () => {
  const attempt = (options: ServerOptions) => {
    try {
      createServer(options)
      return 'made'
    } catch (error) {
      return isHoldfastError(error) ? error.code : 'thrown'
    }
  }
  expect(attempt({})).toBe('invalid-option')
  expect(attempt({ port: 0, server: createHttpServer() })).toBe('invalid-option')
})

test('[SV-97] two servers hand a session over under traffic, and nothing is lost, doubled or out of order', async () => {
  const log = memoryLog({ shared: true })
  const [a, b] = [await start({ log, name: 'a' }), await start({ log, name: 'b' })]
  const who = identity()
  const offered: unknown[] = []
  for (const { server } of [a, b]) {
    server.on('session', (session) => session.on('message', ({ data }) => void offered.push(data)))
  }
  const first = await RawClient.welcomed(a.port, who)
  const feeding = feed(a.server, b.server, who.session, 300)
  first.up(1, 'u1', 'u2')
  await first.until(() => first.downs().length >= 50, 'some messages')
  const drained = a.server.drain({ handoff: true, closesInMs: 5000 })
  expect((await first.next('shutdown')).handoff).toBe(true)
  const seen = first.downs().at(-1)?.[0] ?? 0
  const second = await RawClient.welcomed(b.port, who, { epoch: first.welcome.epoch, received: seen })
  second.up(second.welcome.received + 1, ...['u1', 'u2', 'u3', 'u4'].slice(second.welcome.received))
  await feeding
  await second.until(() => (second.downs().at(-1)?.[0] ?? 0) === 300, 'the last message')
  await first.closed
  await drained
  const all = [...first.downs().filter(([seq]) => seq <= seen), ...second.downs()]
  expect(all).toEqual(Array.from({ length: 300 }, (_, index) => [index + 1, index + 1]))
  await until(() => offered.length === 4, 'all up messages')
  expect(offered).toEqual(['u1', 'u2', 'u3', 'u4'])
})

/** Sends numbers to a session, by whichever instance has it. */
async function feed(a: HoldfastServer, b: HoldfastServer, session: string, count: number): Promise<void> {
  for (let next = 1; next <= count;) {
    const owner = b.sessions.get(session) ?? a.sessions.get(session)
    try {
      await owner?.send(next)
      if (owner !== undefined) next += 1
    } catch (error) {
      if (!isHoldfastError(error, 'fenced')) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

test.each([
  { path: 'socket' },
  { path: 3 as never },
  { origins: 'https://a.example' as never },
  { origins: [/a/] as never },
])('[SV-15] a place or an origin that nobody could ever match is refused: %o', (options) => {
  expect(() => createServer({ port: 0, ...options })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  )
})
