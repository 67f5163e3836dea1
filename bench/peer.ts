/**
 * One end of a benchmark, in a process of its own: `server|client raw|holdfast`.
 *
 * The parent says what to do over IPC, and gets back how much processor time it took.
 */
import { WebSocket, WebSocketServer } from 'ws'
import { connect, memoryStore } from 'holdfast'
import { createServer, memoryLog } from 'holdfast/server'

export type Pace = 'turn' | 'burst'
export type Command =
  | { readonly type: 'connect'; readonly port: number; readonly clients: number }
  | { readonly type: 'send'; readonly count: number; readonly pace: Pace }
  | { readonly type: 'expect'; readonly count: number }
  | { readonly type: 'cpu' }
  | { readonly type: 'memory' }

/** 100 bytes of JSON, the same for everybody. */
const MESSAGE = { type: 'token', text: 'x'.repeat(100 - JSON.stringify({ type: 'token', text: '' }).length) }
const BURST = 64

interface Peer {
  /** Sends one message to everybody connected. */
  send(): void
  connect(port: number, clients: number): Promise<void>
  readonly port: number | undefined
}

let received = 0
let expected = Infinity
const hear = () => {
  received += 1
  if (received === expected) process.send?.({ type: 'received' })
}

const [role, kind] = process.argv.slice(2)
const peer = await (role === 'server'
  ? kind === 'raw'
    ? rawServer()
    : ourServer()
  : kind === 'raw'
    ? rawClient()
    : ourClient())
process.send?.({ type: 'ready', port: peer.port })

process.on('message', (command: Command) => void obey(command))
process.on('disconnect', () => process.exit(0))

async function obey(command: Command): Promise<void> {
  switch (command.type) {
    case 'connect':
      await peer.connect(command.port, command.clients)
      break
    case 'send':
      await sendMany(command.count, command.pace)
      break
    case 'expect':
      received = 0
      expected = command.count
      break
    case 'cpu': {
      const { user, system } = process.cpuUsage()
      process.send?.({ type: 'done', cpuMs: (user + system) / 1000 })
      return
    }
    case 'memory':
      globalThis.gc?.()
      process.send?.({ type: 'done', rss: process.memoryUsage.rss(), heap: process.memoryUsage().heapUsed })
      return
  }
  process.send?.({ type: 'done' })
}

async function sendMany(count: number, pace: Pace): Promise<void> {
  const each = pace === 'turn' ? 1 : BURST
  for (let sent = 0; sent < count; sent += each) {
    for (let i = 0; i < Math.min(each, count - sent); i += 1) peer.send()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function rawServer(): Promise<Peer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  server.on('connection', (socket) =>
    socket.on('message', (text) => void (JSON.parse((text as Buffer).toString()), hear())),
  )
  const address = server.address()
  return {
    send: () => {
      for (const socket of server.clients) socket.send(JSON.stringify(MESSAGE))
    },
    connect: () => Promise.resolve(),
    port: typeof address === 'object' && address !== null ? address.port : undefined,
  }
}

async function ourServer(): Promise<Peer> {
  const server = createServer({ port: 0, log: memoryLog() })
  const { port } = await server.listening
  server.on('session', (session) => session.on('message', hear))
  return {
    send: () => {
      for (const session of server.sessions.values()) session.send(MESSAGE).catch(() => undefined)
    },
    connect: () => Promise.resolve(),
    port,
  }
}

function rawClient(): Peer {
  const sockets: WebSocket[] = []
  return {
    send: () => {
      for (const socket of sockets) socket.send(JSON.stringify(MESSAGE))
    },
    async connect(port, clients) {
      for (let i = 0; i < clients; i += 1) {
        const socket = new WebSocket(`ws://127.0.0.1:${port}`)
        sockets.push(socket)
        await new Promise((resolve) => socket.once('open', resolve))
        socket.on('message', (text) => void (JSON.parse((text as Buffer).toString()), hear()))
      }
    },
    port: undefined,
  }
}

function ourClient(): Peer {
  const sessions: ReturnType<typeof connect>[] = []
  return {
    send: () => {
      for (const session of sessions) session.send(MESSAGE)
    },
    async connect(port, clients) {
      for (let i = 0; i < clients; i += 1) {
        const options = { store: memoryStore(), outbox: { messages: 1_000_000, bytes: 1_000_000_000 } }
        const session = connect(`ws://127.0.0.1:${port}`, options)
        sessions.push(session)
        session.on('message', hear)
        await new Promise<void>((resolve) => session.once('online', () => resolve()))
      }
    },
    port: undefined,
  }
}
