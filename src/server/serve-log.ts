/**
 * Lends a log to other processes on this machine, so that several servers share their sessions.
 *
 * It trusts whoever can connect: it listens on the loopback interface or a socket file, and nowhere else unless
 * it is told to.
 */
import { lstat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { HoldfastError } from '../base/errors.ts'
import { checkHas } from './check.ts'
import { checkPlace, type Place, placeOf } from './log-place.ts'
import { isMethod, isQuestion } from './log-questions.ts'
import { lineOf, Lines, LineWriter, MAX_LINE, type Request } from './log-wire.ts'
import type { SessionLog } from './session-log.ts'

export interface ServedLog {
  /** The port, if it listens on one. */
  readonly port: number | undefined
  /** Stops listening and cuts every connection. The log itself stays open. */
  close(): Promise<void>
}

/**
 * Lends a log, such as `memoryLog({ shared: true })`, to other processes: each uses it by `remoteLog`.
 *
 * Whoever can connect is trusted, so let nobody else reach the port or the socket file.
 *
 * @param place - `port: 0` picks a port; without `host` it listens on 127.0.0.1
 * @returns when it listens; rejects with `invalid-option`, or with the system's error if it cannot
 */
export async function serveLog(log: SessionLog, place: Place): Promise<ServedLog> {
  checkHas('log', log, 'greet')
  checkPlace(place, 0)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serve(log, socket)
  })
  await listen(server, place)
  server.on('error', () => {})
  const address = server.address()
  return {
    port: typeof address === 'object' ? address?.port : undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function serve(log: SessionLog, socket: Socket): void {
  const lines = new Lines()
  const writer = new LineWriter(socket)
  socket.setEncoding('utf8')
  socket.setNoDelay(true)
  // Whoever asks asks again over a new connection.
  socket.on('error', () => socket.destroy())
  socket.on('data', (piece: string) => {
    try {
      for (const line of lines.take(piece)) {
        const request = requestOf(line)
        // Called in the order in which they came, whatever each of them waits for.
        answerTo(log, request).then(
          (line) => writer.write(line),
          () => socket.destroy(),
        )
      }
    } catch {
      socket.destroy()
    }
  })
}

function requestOf(line: string): Request {
  const { id, method, args } = JSON.parse(line) as Partial<Record<keyof Request, unknown>>
  if (typeof id !== 'number' || !isMethod(method) || !Array.isArray(args)) {
    throw new TypeError('no request')
  }
  return { id, method, args }
}

/** @returns a line that can be written, whatever the log said */
export async function answerTo(
  log: SessionLog,
  { id, method, args }: Request,
  mostCharacters = MAX_LINE,
): Promise<string> {
  const sorry = (error: string): string => JSON.stringify({ id, error })
  if (!isQuestion(method, args)) return sorry(`what was asked of ${method} makes no sense`)
  try {
    const value: unknown = await (log[method] as (...args: readonly unknown[]) => unknown).call(log, ...args)
    const line = lineOf({ id, value }, mostCharacters)
    return line ?? sorry(`the answer has more than ${mostCharacters} characters`)
  } catch (cause) {
    return sorry(cause instanceof Error ? cause.message : 'unknown')
  }
}

async function listen(server: Server, place: Place): Promise<void> {
  try {
    await tryToListen(server, place)
  } catch (cause) {
    // A process that was killed leaves its socket file behind.
    const isTaken = (cause as { code?: unknown }).code === 'EADDRINUSE'
    if (!isTaken || !('path' in place) || !(await isDeserted(place.path))) throw cause
    // Whatever else stands there is somebody's.
    if (!(await lstat(place.path)).isSocket())
      throw new HoldfastError('invalid-option', '`path` names something that is no socket file.', { cause })
    await unlink(place.path)
    await tryToListen(server, place)
  }
}

function tryToListen(server: Server, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(placeOf(place), () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Whether nobody listens there; who is only too busy to answer, or answers others alone, does. */
function isDeserted(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'ECONNREFUSED' || code === 'ENOTSOCK'),
    )
  })
}
