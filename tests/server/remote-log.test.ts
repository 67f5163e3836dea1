/** A log in another process: what happens when that process, or the line to it, goes away. */
import { fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect as connectTo, createServer as createNetServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import {
  createServer,
  memoryLog,
  remoteLog,
  serveLog,
  type RemoteLogOptions,
  type SessionLog,
} from 'holdfast/server'
import {
  byGeneration,
  type GenerationLog,
  filled,
  granted,
  greeting,
} from '../../src/testing/log-contract-steps.ts'
import type { Grant } from '../../src/server/session-log.ts'
import { LogLine } from '../../src/server/log-line.ts'
import { lineOf, Lines, LineWriter } from '../../src/server/log-wire.ts'
import { answerTo } from '../../src/server/serve-log.ts'
import { identity, RawClient, until } from './raw-client.ts'

const toClose: (() => unknown)[] = []
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close()
})

async function serve(log: SessionLog, place: Parameters<typeof serveLog>[1] = { port: 0 }) {
  const served = await serveLog(log, place)
  toClose.push(() => served.close())
  return served
}

function remote(options: RemoteLogOptions): SessionLog {
  const log = remoteLog(options)
  toClose.push(() => log.close())
  return log
}

/** A process that listens like a log's and says what it is told to. */
async function impostor(answer: (line: string, socket: Socket) => void): Promise<number> {
  const server = createNetServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split('\n').filter(Boolean)) answer(line, socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  toClose.push(() => server.close())
  return (server.address() as { port: number }).port
}

const failed = { code: 'log-failed' }

test('[LOG-2] when the process of the log comes back, the next question finds it', async () => {
  const log = memoryLog()
  const first = await serve(log)
  const port = first.port!
  const asking = byGeneration(remote({ port }))
  await filled(asking, 2, 0)
  await first.close()
  const early = asking.readDown('s', 1, 9)
  await new Promise((resolve) => setTimeout(resolve, 100))
  await serve(log, { port })
  expect(await early).toHaveLength(2)
  expect(await asking.appendDown('s', 1, 2, ['3'])).toEqual({ kind: 'appended', last: 3 })
})

/** A log that does what it is asked, and dies before it answers the first question of a kind. */
async function mortal(method: string): Promise<GenerationLog> {
  const log = memoryLog()
  let hasDied = false
  const port = await impostor((line, socket) => {
    const request = JSON.parse(line) as { id: number; method: 'touch'; args: ['s', Grant] }
    const dies = request.method === method && !hasDied
    hasDied ||= dies
    void log[request.method](...request.args).then((value) =>
      dies ? socket.destroy() : socket.write(`${JSON.stringify({ id: request.id, value })}\n`),
    )
  })
  return byGeneration(remote({ port }))
}

test('[LOG-2] an append whose answer was lost is done once, and told as done', async () => {
  const down = await mortal('appendDown')
  await granted(down, greeting(1))
  expect(await Promise.all([down.appendDown('s', 1, 0, ['1', '2']), down.touch('s', 1)])).toEqual([
    { kind: 'appended', last: 2 },
    { kind: 'written' },
  ])
  expect(await down.appendDown('s', 1, 0, ['x', 'y'])).toEqual({ kind: 'hole', last: 2 })
  const up = await mortal('appendUp')
  await granted(up, greeting(1))
  expect(await up.appendUp('s', 1, { from: 1, texts: ['1'] })).toEqual({ kind: 'appended', last: 1 })
  expect(await up.readUp('s', 1, 9)).toHaveLength(1)
  const end = await mortal('end')
  await granted(end, greeting(1))
  expect(await end.end('s', 1)).toEqual({ kind: 'written' })
})

test('[LOG-2] a greeting whose answer was lost fails, for asked again it would be taken for a copy of itself', async () => {
  const log = await mortal('greet')
  await expect(log.greet(greeting(1))).rejects.toMatchObject(failed)
  expect((await granted(log, greeting(2))).outcome).toBe('created')
})

test('[LOG-3] a question that is not answered in time fails, wherever it is stuck', async () => {
  const silent = await impostor(() => undefined)
  const asking = byGeneration(remote({ port: silent, timeoutMs: 50 }))
  await expect(Promise.all([asking.touch('s', 1), asking.touch('s', 2)])).rejects.toMatchObject(failed)
  const nobody = byGeneration(remote({ path: join(tmpdir(), 'holdfast-nobody-listens-here'), timeoutMs: 50 }))
  await expect(nobody.touch('s', 1)).rejects.toMatchObject(failed)
  await expect(nobody.touch('s', 1)).rejects.toMatchObject(failed)
})

test('[LOG-3] a log that was closed answers no more', async () => {
  const silent = await impostor(() => undefined)
  const asking = byGeneration(remote({ port: silent }))
  const waiting = asking.touch('s', 1)
  await asking.close()
  await expect(waiting).rejects.toMatchObject(failed)
  await expect(asking.touch('s', 1)).rejects.toMatchObject(failed)
})

test.each([
  ['not JSON', 'nonsense'],
  ['null', 'null'],
  ['an error', '{"id":1,"error":"no"}'],
  ['a line that never ends', 'x'.repeat(1000)],
  ['an answer to something else', '{"id":1,"value":[]}'],
  ['an answer of another kind', '{"id":1,"value":{"kind":"appended","last":1}}'],
  ['an answer without a value', '{"id":1}'],
])('[LOG-4] X28 %s for an answer is a failure of the log, and nothing else', async (_, text) => {
  const port = await impostor((_line, socket) => void socket.write(`${text}\n`))
  await expect(byGeneration(remote({ port, timeoutMs: 200 })).touch('s', 1)).rejects.toMatchObject(failed)
})

test('[LOG-4] X28 a greeting must be answered whole', async () => {
  const { kind, ...rest } = await granted(memoryLog(), greeting(1))
  for (const broken of [
    { kind },
    { ...rest },
    { kind, ...rest, up: '1' },
    { kind, ...rest, outcome: 'reset' },
    { kind, ...rest, head: -1 },
  ]) {
    const port = await impostor(
      (_, socket) => void socket.write(`${JSON.stringify({ id: 1, value: broken })}\n`),
    )
    await expect(remote({ port }).greet(greeting(1))).rejects.toMatchObject(failed)
  }
})

test('[LOG-5] whoever asks the log nonsense loses the connection, and the log is fine', async () => {
  const { port } = await serve(memoryLog())
  const { connect } = await import('node:net')
  for (const text of [
    'nonsense',
    '{}',
    '{"id":1,"method":"close","args":[]}',
    '{"id":1,"method":"constructor","args":[]}',
    'null',
    '[]',
  ]) {
    const socket = connect(port!, '127.0.0.1')
    socket.on('error', () => undefined)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(`${text}\n`)
    socket.resume()
    await closed
  }
  expect((await granted(remote({ port: port! }), greeting(1))).outcome).toBe('created')
})

test('[LOG-10] a question whose arguments make no sense is answered with an error, and never reaches the log', async () => {
  const log = memoryLog()
  const reached: string[] = []
  const spy = new Proxy(log, {
    get: (target, name: keyof SessionLog) => {
      const member: unknown = target[name]
      if (typeof member !== 'function') return member
      return (...args: never[]) => {
        reached.push(name)
        return (member as (...all: never[]) => unknown).apply(target, args)
      }
    },
  })
  const { port } = await serve(spy)
  const asking = remote({ port: port! })
  const ask = (method: keyof SessionLog, ...args: unknown[]) =>
    (asking[method] as (...all: unknown[]) => Promise<unknown>)(...args)
  const { secretHash: _, ...noHash } = greeting(1)
  const grant: Grant = { epoch: 'e', generation: 1 }
  for (const question of [
    ['greet', {}],
    ['greet', noHash],
    ['greet', { ...greeting(1), generation: 1.5 }],
    ['greet', { ...greeting(1), session: 7 }],
    ['appendUp', 's', grant, { from: 1 }],
    ['appendUp', 's', grant, { from: 1, texts: [7] }],
    ['appendDown', 's', grant, 0, 'text'],
    ['appendDown', 's', { ...grant, generation: -1 }, 0, []],
    ['acknowledge', 's', grant],
    ['touch', undefined, grant],
    ['touch', 's', 1],
    ['touch', 's', { generation: 1 }],
    ['readDown', 's', 1, '9'],
    ['saveState', 's', grant, { state: {}, up: 0, down: 0 }],
    ['readState'],
    ['end', 's', grant, 'more'],
  ] as const)
    await expect(ask(...(question as unknown as ['end']))).rejects.toMatchObject(failed)
  expect(reached).toEqual([])
  expect((await granted(asking, greeting(1))).outcome).toBe('created')
})

test('[LOG-10] a line that does not end is not collected for ever', () => {
  const lines = new Lines(100)
  expect(lines.take(`${'x'.repeat(99)}\n`)).toHaveLength(1)
  lines.take('x'.repeat(100))
  expect(() => lines.take('x')).toThrow(RangeError)
})

test('[LOG-12] a question that is too long for the line fails before it is written, and costs no other its answer', async () => {
  const heard: string[] = []
  const port = await impostor((line, socket) => {
    heard.push(line)
    const { id } = JSON.parse(line) as { id: number }
    socket.write(`${JSON.stringify({ id, value: { kind: 'written' } })}\n`)
  })
  const line = new LogLine({ port }, 1000)
  toClose.push(() => line.close())
  const state = { state: 'x'.repeat(1000), up: 0, down: 0 }
  const [tooLong, beside] = await Promise.allSettled([
    line.ask('saveState', ['s', 1, state]),
    line.ask('touch', ['s', 1]),
  ])
  expect(tooLong).toMatchObject({ status: 'rejected', reason: failed })
  expect(beside).toEqual({ status: 'fulfilled', value: { kind: 'written' } })
  expect(heard).toHaveLength(1)
  // JSON would throw on what no string can hold.
  const toJSON = (): never => {
    throw new RangeError('Invalid string length')
  }
  expect(lineOf({ id: 1, method: 'touch', args: [{ toJSON }] })).toBeUndefined()
})

test('[LOG-12] an answer that is too long for the line is an error in its place', async () => {
  const log = memoryLog()
  await filled(byGeneration(log), 2, 0)
  const request = { id: 7, method: 'readDown', args: ['s', 1, 9] } as const
  expect(JSON.parse(await answerTo(log, request))).toMatchObject({ id: 7, value: [{ seq: 1 }, { seq: 2 }] })
  expect(JSON.parse(await answerTo(log, request, 20))).toMatchObject({
    id: 7,
    error: expect.any(String) as string,
  })
})

test('[LOG-12] lines that are long together are written one by one', async () => {
  const written: number[] = []
  const writer = new LineWriter({ write: (text: string) => written.push(text.length) })
  for (const length of [10, 10, 1024 * 1024, 10]) writer.write('x'.repeat(length))
  await new Promise((resolve) => setImmediate(resolve))
  expect(written).toEqual([22, 1024 * 1024 + 1, 11])
})

test('[LOG-6] a socket file that a killed process left behind is taken over; one that is in use is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-log-'))
  toClose.push(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'log.sock')
  const script = join(folder, 'leave.mjs')
  writeFileSync(
    script,
    `import { createServer } from 'node:net'\ncreateServer().listen(${JSON.stringify(path)}, () => process.send('on'))\n`,
  )
  const child = fork(script)
  await new Promise((resolve) => child.once('message', resolve))
  await expect(serveLog(memoryLog(), { path })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
  await serve(memoryLog(), { path })
  expect((await granted(remote({ path }), greeting(1))).outcome).toBe('created')
})

test('[LOG-6] a socket file whose process is too busy to answer is in use', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-log-'))
  toClose.push(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'log.sock')
  const script = join(folder, 'busy.mjs')
  writeFileSync(
    script,
    `import { createServer } from 'node:net'\ncreateServer().listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => process.send('on'))\n`,
  )
  const child = fork(script)
  toClose.push(() => child.kill('SIGKILL'))
  await new Promise((resolve) => child.once('message', resolve))
  child.kill('SIGSTOP')
  for (let count = 0; count < 8; count += 1) {
    const waiting = connectTo(path).on('error', () => undefined)
    toClose.push(() => waiting.destroy())
  }
  await expect(serveLog(memoryLog(), { path })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

test('[LOG-6] whatever else has the name of a socket file is left alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-log-'))
  toClose.push(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'precious.txt')
  const link = join(folder, 'link')
  writeFileSync(file, 'a year of work')
  symlinkSync(file, link)
  for (const path of [file, link, folder])
    await expect(serveLog(memoryLog(), { path })).rejects.toMatchObject({ code: 'invalid-option' })
  expect(readFileSync(file, 'utf8')).toBe('a year of work')
  expect(readFileSync(link, 'utf8')).toBe('a year of work')
})

test('[LOG-7] two servers that share a remote log share its sessions, and outlive its absence', async () => {
  const kept = memoryLog()
  const served = await serve(kept)
  const port = served.port!
  const servers = [
    createServer({ port: 0, log: remote({ port }) }),
    createServer({ port: 0, log: remote({ port }) }),
  ] as const
  for (const server of servers) toClose.push(() => server.close())
  const [a, b] = await Promise.all(servers.map(({ listening }) => listening))
  const who = identity()
  const first = await RawClient.welcomed(a!.port, who)
  expect(first.welcome.durability).toBe('process')
  await servers[0].sessions.get(who.session)!.send('from a')
  await first.until(() => first.downs().length === 1, 'a message')
  await served.close()
  first.up(1, 'while the log is away')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(first.all('ack')).toEqual([])
  await serve(kept, { port })
  await first.until(() => first.acked() === 1, 'the ack')
  const second = await RawClient.welcomed(b!.port, who, { epoch: first.welcome.epoch, received: 1, acked: 1 })
  expect(second.welcome).toMatchObject({ outcome: 'resumed', received: 1, pending: 1 })
  await until(() => servers[1].sessions.has(who.session), 'the session')
  await servers[1].sessions.get(who.session)!.send('from b')
  await second.until(() => second.downs().length === 1, 'a message')
  expect(second.downs()).toEqual([[2, 'from b']])
})

test('[LOG-9] a bound of a log that makes no sense is refused when the log is made', () => {
  const refused = expect.objectContaining({ code: 'invalid-option' }) as Error
  for (const bad of [0, -1, Number.NaN, Infinity, '5' as never]) {
    for (const name of ['retainMs', 'messagesPerSession', 'bytesPerSession', 'sessions'])
      expect(() => memoryLog({ [name]: bad })).toThrow(refused)
    expect(() => remoteLog({ port: 1, timeoutMs: bad })).toThrow(refused)
  }
})
