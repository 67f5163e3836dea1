/** The client's messages: stored once, acknowledged, and offered to the application one at a time. */
import { expect, test } from 'vitest'
import type { UpMessage } from 'holdfast/server'
import { identity } from './raw-client.ts'
import { ManualClock, pair, settled, virtualLog, world } from './virtual.ts'

test('[SV-20] X9 a message that comes twice is stored once, and acknowledged again', async () => {
  const { greet, sessions, clock } = world()
  const client = await greet()
  const offered: unknown[] = []
  sessions[0]!.on('message', ({ seq, data }) => offered.push([seq, data]))
  client.up(1, 'a', 'b')
  await clock.pass(100)
  client.up(1, 'a', 'b')
  client.up(2, 'not b', 'c')
  client.up(1, 'x')
  await clock.pass(100)
  expect(offered).toEqual([
    [1, 'a'],
    [2, 'b'],
    [3, 'c'],
  ])
  expect(client.all('ack').map(({ received }) => received)).toEqual([2, 2, 3])
  client.up(3, 'c')
  await clock.pass(100)
  expect(client.all('ack').map(({ received }) => received)).toEqual([2, 2, 3, 3])
})

test.each([
  ['a hole', { type: 'messages', from: 3, data: ['c'] }],
  ['number 0', { type: 'messages', from: 0, data: ['c'] }],
  ['a negative number', { type: 'messages', from: -1, data: ['c'] }],
  ['a broken number', { type: 'messages', from: 1.5, data: ['c'] }],
  ['a number that cannot be counted', { type: 'messages', from: 2 ** 53, data: ['c'] }],
  ['no message', { type: 'messages', from: 2, data: [] }],
  [
    'X7 a message nested too deep',
    `{"type":"messages","from":2,"data":[${'['.repeat(2000)}${']'.repeat(2000)}]}`,
  ],
  ['a gap of the server', { type: 'gap', from: 2, to: 3, reason: 'trimmed' }],
  ['a gap behind a hole', { type: 'gap', from: 3, to: 4, reason: 'cancelled' }],
  ['X8 a frame of a server', { type: 'live', seq: 1 }],
  ['an unknown frame', { type: 'subscribe', to: 'everything' }],
])('[SV-21] X9 %s is a protocol error, and what was stored stays', async (_, frame) => {
  const { greet, clock } = world()
  const who = identity()
  const client = await greet(who)
  client.up(1, 'a')
  await clock.pass(10)
  client.say(frame)
  expect(client.verdict()).toEqual(['protocol', 4400])
  expect((await greet(who)).welcome.received).toBe(1)
})

test('[SV-21] X7 odd values are values: prototypes, duplicate keys and huge numbers change nothing but themselves', async () => {
  const { greet, sessions } = world()
  const client = await greet()
  const offered: unknown[] = []
  sessions[0]!.on('message', ({ data }) => offered.push(data))
  client.say(
    '{"type":"messages","from":1,"data":[{"__proto__":{"polluted":1}},{"a":1,"a":2},1e400],"__proto__":{"x":1}}',
  )
  await settled()
  expect(JSON.stringify(offered)).toBe('[{"__proto__":{"polluted":1}},{"a":2},null]')
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

test('[SV-22] the first ack goes out at once, those that follow closely go together', async () => {
  const { greet, clock } = world()
  const client = await greet()
  client.up(1, 'a')
  await settled()
  expect(client.all('ack')).toEqual([{ type: 'ack', received: 1 }])
  for (let seq = 2; seq <= 40; seq += 1) {
    client.up(seq, seq)
    await settled()
  }
  expect(client.all('ack')).toHaveLength(1)
  await clock.pass(5)
  expect(client.all('ack').map(({ received }) => received)).toEqual([1, 40])
  client.up(41, ...Array.from({ length: 64 }, () => 'much'))
  await settled()
  expect(client.last('ack').received).toBe(104)
})

test('[SV-22] a pong carries the ack that was due', async () => {
  const { greet, clock } = world()
  const client = await greet()
  client.up(1, 'a')
  await settled()
  client.up(2, 'b')
  await settled()
  client.say({ type: 'ping', id: 9, received: 0 })
  expect(client.last('pong')).toEqual({ type: 'pong', id: 9, received: 2 })
  await clock.pass(100)
  expect(client.all('ack').map(({ received }) => received)).toEqual([1])
})

test('[SV-23] the next message is offered when every listener has settled the one before', async () => {
  const { greet, sessions } = world()
  const client = await greet()
  const story: string[] = []
  const settle: (() => void)[] = []
  sessions[0]!.on('message', ({ seq }) => {
    story.push(`slow ${seq}`)
    return new Promise<void>((resolve) => settle.push(resolve))
  })
  sessions[0]!.on('message', ({ seq }) => void story.push(`quick ${seq}`))
  client.up(1, 'a', 'b')
  await settled()
  expect(story).toEqual(['slow 1', 'quick 1'])
  settle.shift()!()
  await settled()
  expect(story).toEqual(['slow 1', 'quick 1', 'slow 2', 'quick 2'])
})

test('[SV-24] messages wait for a listener, and one that listens late hears them all in order', async () => {
  const { greet, sessions } = world()
  const client = await greet()
  for (let seq = 1; seq <= 2000; seq += 50)
    client.up(seq, ...Array.from({ length: 50 }, (_, index) => seq + index))
  await settled()
  const offered: number[] = []
  sessions[0]!.on('message', ({ data }) => offered.push(data as number))
  await settled()
  expect(offered).toEqual(Array.from({ length: 2000 }, (_, index) => index + 1))
})

test('[SV-25] what was not processed is offered again at the instance to which the session comes, and marked so', async () => {
  const [a, b] = pair()
  const who = identity()
  const first = await a.greet(who)
  a.sessions[0]!.on('message', ({ seq }) => (seq < 3 ? undefined : new Promise(() => undefined)))
  first.up(1, 'a', 'b', 'c', 'd')
  await settled()
  const second = await b.greet(who, { epoch: first.welcome.epoch, acked: 4 })
  expect(second.welcome.pending).toBe(2)
  const offered: UpMessage<unknown>[] = []
  b.sessions[0]!.on('message', (message) => void offered.push(message))
  second.up(5, 'e')
  await settled()
  expect(offered).toEqual([
    { seq: 3, data: 'c', redelivered: true },
    { seq: 4, data: 'd', redelivered: true },
    { seq: 5, data: 'e', redelivered: false },
  ])
  const third = await a.greet(who, { epoch: first.welcome.epoch, acked: 5 })
  expect(third.welcome.pending).toBe(0)
})

test('[SV-26] a listener that fails is told as an error, and its message counts as processed', async () => {
  const { greet, sessions, errors } = world()
  const client = await greet()
  sessions[0]!.on('message', ({ seq }) => {
    if (seq === 1) throw new Error('thrown')
    return seq === 2 ? Promise.reject(new Error('rejected')) : undefined
  })
  client.up(1, 'a', 'b', 'c')
  await settled()
  expect(errors.map(({ code, cause }) => [code, (cause as Error).message])).toEqual([
    ['listener-failed', 'thrown'],
    ['listener-failed', 'rejected'],
  ])
  const own: unknown[] = []
  sessions[0]!.on('error', ({ code }) => own.push(code))
  sessions[0]!.on('error', () => {
    throw new Error('an error about errors')
  })
  sessions[0]!.on('message', () => Promise.reject(new Error('again')))
  client.up(4, 'd')
  await settled()
  expect(own).toEqual(['listener-failed'])
  expect(errors).toHaveLength(2)
})

test('[SV-27] numbers that the client gave up are acknowledged, and never offered', async () => {
  const { greet, sessions, clock } = world()
  const client = await greet()
  const offered: number[] = []
  sessions[0]!.on('message', ({ seq }) => void offered.push(seq))
  client.say({ type: 'gap', from: 1, to: 2, reason: 'cancelled' })
  client.up(3, 'c')
  client.say({ type: 'gap', from: 4, to: 2 ** 40, reason: 'cancelled' })
  await clock.pass(100)
  expect(client.last('ack').received).toBe(2 ** 40)
  client.up(2 ** 40 + 1, 'd')
  await settled()
  expect(offered).toEqual([3, 2 ** 40 + 1])
})

test('[SV-28] X6 a message over the limit is refused as too large; one of exactly the limit is not', async () => {
  const { greet } = world({ limits: { messageBytes: 1024 } })
  const client = await greet()
  client.up(1, 'ä'.repeat(511))
  await settled()
  expect(client.last('ack').received).toBe(1)
  client.up(2, `${'ä'.repeat(511)}x`)
  await settled()
  expect(client.verdict()).toEqual(['too-large', 4413])
})

test('[SV-29] an application that falls behind is not stored for beyond four windows, and the rest comes when it catches up', async () => {
  const { greet, sessions, clock } = world({ limits: { window: 10 } })
  const client = await greet()
  let release = (): void => undefined
  const open = new Promise<void>((resolve) => (release = resolve))
  sessions[0]!.on('message', () => open)
  for (let seq = 1; seq <= 50; seq += 10) {
    client.up(seq, ...Array.from({ length: 10 }, () => 'x'))
    await clock.pass(10)
  }
  expect(client.last('ack').received).toBe(40)
  release()
  await clock.pass(10)
  expect(client.last('ack').received).toBe(50)
})

test('[SV-29] X22 who sends far more than the window allows is told to slow down', async () => {
  const { greet, sessions } = world({ limits: { window: 10 } })
  const client = await greet()
  sessions[0]!.on('message', () => new Promise(() => undefined))
  for (let seq = 1; seq <= 400 && client.closed === undefined; seq += 10) {
    client.up(seq, ...Array.from({ length: 10 }, () => 'x'))
    await settled()
  }
  expect(client.verdict()).toEqual(['overloaded', 4429])
})

test('[SV-29] a client whose unstored messages are many megabytes is not read from until they are stored', async () => {
  const clock = new ManualClock()
  const log = virtualLog(clock)
  let release = (): void => undefined
  const open = new Promise<void>((resolve) => (release = resolve))
  const slow = Object.assign(Object.create(log) as typeof log, {
    appendUp: async (...asked: Parameters<typeof log.appendUp>) => {
      await open
      return log.appendUp(...asked)
    },
  })
  const { greet } = world({}, clock, slow)
  const client = await greet()
  for (let seq = 1; seq <= 30; seq += 1) client.up(seq, 'x'.repeat(200_000))
  expect(client.isPaused).toBe(true)
  await clock.pass(120_000)
  expect(client.isTerminated).toBe(false)
  release()
  await clock.pass(100)
  expect(client.isPaused).toBe(false)
  expect(client.last('ack').received).toBe(30)
})
