/**
 * One process to a session, by a lock that the kernel lets go of when the process dies.
 *
 * The holder listens on a local socket whose name stands for the session. Who comes second connects to it and
 * waits for the connection to break: that happens at once, even if the holder was killed with SIGKILL, and
 * asks nothing of a holder that is busy or stopped. It is a courtesy, not the safety: it does not reach from
 * one container into another, and the files themselves keep two holders apart.
 */
import { createHash } from 'node:crypto'
import { open, stat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HoldfastError } from '../base/errors.ts'
import { milliseconds, seconds } from '../base/time.ts'
import type { OpenRequest } from '../ports/session-store.ts'
import { codeOf, journalFailure, unless } from './journal-errors.ts'

/** Where the socket's name lives: outside the file system if the system can, so that nothing stays behind. */
export type LockKind = 'abstract' | 'pipe' | 'file'

/** Who could neither listen nor connect asks again after so long. */
const ASK_EVERY = milliseconds(20)
/** The right to replace a dead socket file is used within milliseconds, or its owner is dead. */
const CLAIM_WITHIN = seconds(5)
/** Longer paths do not fit into a socket's address on every system. */
const LONGEST_PATH = 100

interface Lock {
  release(): Promise<void>
}

/**
 * Waits for the lock.
 *
 * @throws {@link HoldfastError} `closed` if the signal aborts the waiting; `store-failed`
 */
export async function holdProcessLock(
  directory: string,
  name: string,
  { blocked, signal }: OpenRequest,
  kind: LockKind = kindHere(),
): Promise<Lock> {
  const address = addressOf(directory, name, kind)
  for (let attempt = 0; ; attempt += 1) {
    if (signal.aborted) throw new HoldfastError('closed', 'Opening the store was given up.')
    const lock = await (kind === 'file' ? listenOnFile(address) : listen(address))
    if (lock !== undefined) return lock
    if (attempt === 0) blocked()
    await holderGone(address, signal)
  }
}

function kindHere(): LockKind {
  if (process.platform === 'linux' || process.platform === 'android') return 'abstract'
  return process.platform === 'win32' ? 'pipe' : 'file'
}

function addressOf(directory: string, name: string, kind: LockKind): string {
  const hash = createHash('sha256').update(`${directory}\0${name}`).digest('hex').slice(0, 32)
  switch (kind) {
    case 'abstract':
      return `\0holdfast-${hash}`
    case 'pipe':
      return `\\\\.\\pipe\\holdfast-${hash}`
    case 'file': {
      const path = join(directory, `${hash}.lock`)
      return path.length <= LONGEST_PATH ? path : join(tmpdir(), `holdfast-${hash}.lock`)
    }
  }
}

/** @returns `undefined` if somebody else listens there. */
function listen(address: string): Promise<Lock | undefined> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<Socket>()
    const server = createServer((socket) => {
      waiting.add(socket)
      socket.unref()
      socket.on('error', () => undefined)
      socket.on('close', () => waiting.delete(socket))
    })
    server.once('error', (reason) => {
      if (codeOf(reason) === 'EADDRINUSE') resolve(undefined)
      else reject(journalFailure(reason, 'locked'))
    })
    // `exclusive`, or workers of one cluster would share the socket, and with it the lock.
    server.listen({ path: address, exclusive: true }, () => {
      // A process that has nothing else to do may end, and the lock with it.
      server.unref()
      resolve({ release: () => stop(server, waiting) })
    })
  })
}

function stop(server: Server, waiting: Set<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of waiting) socket.destroy()
  })
}

/**
 * A socket file outlives its process, and nobody answers then. Finding that out and taking its place are two
 * steps, so they are done under a claim that only one process can make.
 */
async function listenOnFile(path: string): Promise<Lock | undefined> {
  const claim = `${path}.claim`
  const handle = await unless(['EEXIST'], open(claim, 'wx', 0o600))
  if (handle === undefined) {
    const made = await unless(['ENOENT'], stat(claim))
    if (made !== undefined && Date.now() - made.mtimeMs > CLAIM_WITHIN)
      await unless(['ENOENT'], unlink(claim))
    return undefined
  }
  try {
    await handle.close()
    if (await answers(path)) return undefined
    await unless(['ENOENT'], unlink(path))
    return await listen(path)
  } finally {
    await unless(['ENOENT'], unlink(claim))
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (reason) =>
      resolve(!['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'].includes(codeOf(reason))),
    )
  })
}

/** Resolves when the holder has died or let go, and when it is time to ask again. Never rejects. */
function holderGone(address: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(address)
    let pause: NodeJS.Timeout | undefined
    const end = (): void => {
      signal.removeEventListener('abort', end)
      clearTimeout(pause)
      socket.destroy()
      resolve()
    }
    if (signal.aborted) return end()
    signal.addEventListener('abort', end)
    socket.once('connect', () => socket.once('close', end))
    // Nobody there any more, or a queue that is full: the next attempt tells, but not in a tight loop.
    socket.on('error', () => (pause ??= setTimeout(end, ASK_EVERY)))
  })
}
