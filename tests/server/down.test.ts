/** The application's messages: stored first, sent in order, each once, and never more than the line can take. */
import { expect, test } from 'vitest'
import type { HoldfastError } from 'holdfast/server'
import { hello, identity } from './raw-client.ts'
import { ManualClock, settled, virtualLog, world } from './virtual.ts'

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

test('[SV-30] what one turn sends travels together, at most 64 messages or about 16 Ki characters to a frame', async () => {
  const { greet, sessions } = world()
  const client = await greet()
  await Promise.all(range(1, 100).map((count) => sessions[0]!.send(count)))
  expect(client.all('messages').map(({ from, data }) => [from, data.length])).toEqual([
    [1, 64],
    [65, 36],
  ])
  await Promise.all(range(1, 4).map(() => sessions[0]!.send('x'.repeat(7000))))
  expect(
    client
      .all('messages')
      .slice(2)
      .map(({ from, data }) => [from, data.length]),
  ).toEqual([
    [101, 2],
    [103, 2],
  ])
})

test('[SV-31] a number is told when the message is in the log, in the order of the calls, connected or not', async () => {
  const { greet, sessions } = world()
  const client = await greet()
  const session = sessions[0]!
  const numbers = [session.send('a'), session.send('b')]
  expect(client.downs()).toEqual([])
  expect(await Promise.all(numbers)).toEqual([1, 2])
  client.drop()
  expect(await session.send('c')).toBe(3)
})

test('[SV-32] messages that are sent while a replay runs come after it, in order, each once', async () => {
  const { greet, sessions, clock } = world({ limits: { window: 50 } })
  const who = identity()
  const first = await greet(who)
  first.drop()
  const session = sessions[0]!
  await Promise.all(range(1, 300).map((count) => session.send(count)))
  const second = await greet(who, { epoch: first.welcome.epoch })
  let next = 301
  for (let acked = 0; acked < 400;) {
    if (next <= 400) void session.send(next++)
    if (next <= 400) void session.send(next++)
    await settled()
    const reached = second.downs().at(-1)?.[0] ?? 0
    expect(reached - acked).toBeLessThanOrEqual(50)
    acked = Math.min(reached, acked + 7)
    second.ack(acked)
  }
  await clock.pass(100)
  expect(second.downs().map(([seq]) => seq)).toEqual(range(1, 400))
  expect(second.downs().every(([seq, value]) => seq === value)).toBe(true)
  expect(second.all('live')).toHaveLength(1)
  expect(second.welcome).toMatchObject({ from: 1, to: 300 })
})

test('[SV-33] X17 at most a window is in flight unacknowledged; the rest waits in the log', async () => {
  const { greet, sessions } = world({ limits: { window: 8 } })
  const client = await greet()
  await Promise.all(range(1, 20).map((count) => sessions[0]!.send(count)))
  await settled()
  expect(client.downs()).toHaveLength(8)
  client.ack(5)
  await settled()
  expect(client.downs()).toHaveLength(13)
  client.ack(13)
  await settled()
  expect(client.downs().map(([seq]) => seq)).toEqual(range(1, 20))
})

test('[SV-34] X17 X32 nothing more is handed to a socket that is full, not even pongs', async () => {
  const { greet, connect, sessions, clock } = world({ limits: { bufferedBytes: 10_000, window: 100_000 } })
  const who = identity()
  const first = await greet(who)
  first.drop()
  for (let round = 0; round < 50; round += 1) {
    await Promise.all(range(1, 64).map(() => sessions[0]!.send('x'.repeat(1000))))
  }
  const second = connect()
  second.isStuck = true
  second.say(hello(who, { epoch: first.welcome.epoch }))
  await clock.pass(1000)
  const stuckAt = second.heard.length
  for (let id = 1; id <= 1000; id += 1) second.say({ type: 'ping', id, received: 0 })
  await clock.pass(1000)
  expect(second.heard.length).toBeLessThanOrEqual(stuckAt + 1)
  expect(second.held).toBeLessThan(10_000 + 20_000)
  second.isStuck = false
  second.held = 0
  await clock.pass(1000)
  expect(second.downs().map(([seq]) => seq)).toEqual(range(1, 3200))
})

test('[SV-35] X16 an ack for what never was is a protocol error; one that goes back is nothing', async () => {
  const { greet, sessions } = world()
  const client = await greet()
  await Promise.all([sessions[0]!.send('a'), sessions[0]!.send('b')])
  client.ack(2)
  for (let count = 0; count < 1000; count += 1) client.ack(1)
  client.say({ type: 'pong', id: 99, received: 0 })
  expect(client.closed).toBeUndefined()
  client.ack(3)
  expect(client.verdict()).toEqual(['protocol', 4400])
})

test('[SV-35] an ack for what came over another connection, and not over this one yet, is believed', async () => {
  const { greet, sessions } = world({ limits: { window: 3 } })
  const who = identity()
  const first = await greet(who)
  first.drop()
  await Promise.all(range(1, 12).map((count) => sessions[0]!.send(count)))
  const second = await greet(who, { epoch: first.welcome.epoch })
  expect(second.downs().map(([seq]) => seq)).toEqual([1, 2, 3])
  second.ack(8)
  await settled()
  expect(second.downs().map(([seq]) => seq)).toEqual([1, 2, 3, 9, 10, 11])
})

test('[SV-36] what cannot be sent is refused before it is numbered, and told even if nobody waits', async () => {
  const { greet, sessions, errors } = world({ limits: { messageBytes: 1024 } })
  await greet()
  const session = sessions[0]!
  const cyclic: { self?: unknown } = {}
  cyclic.self = cyclic
  const codeOf = (sending: Promise<number>) => sending.then(String, (error: HoldfastError) => error.code)
  expect(await codeOf(session.send(cyclic))).toBe('not-serializable')
  expect(await codeOf(session.send(undefined))).toBe('not-serializable')
  expect(await codeOf(session.send(1n))).toBe('not-serializable')
  expect(await codeOf(session.send('x'.repeat(1023)))).toBe('message-too-large')
  void session.send(undefined)
  expect(errors.map(({ code }) => code)).toEqual([
    'not-serializable',
    'not-serializable',
    'not-serializable',
    'message-too-large',
    'not-serializable',
  ])
  expect(await session.send('x'.repeat(1022))).toBe(1)
})

test('[SV-37] a message that was changed after the call is sent as it was', async () => {
  const { greet, sessions } = world()
  const client = await greet()
  const message = { text: 'before' }
  const sending = sessions[0]!.send(message)
  message.text = 'after'
  await sending
  expect(client.downs()).toEqual([[1, { text: 'before' }]])
})

test('[SV-39] a burst for a client that is here waits for it, however long it is, and none of it becomes a gap', async () => {
  const clock = new ManualClock()
  const { greet, sessions } = world({}, clock, virtualLog(clock))
  const client = await greet()
  let resolved = 0
  for (let count = 1; count <= 50_000; count += 1) void sessions[0]!.send(count).then(() => (resolved += 1))
  await settled()
  expect(resolved).toBeLessThan(10_000)
  for (let acked = 0; acked < 50_000;) {
    acked = client.downs().at(-1)?.[0] ?? 0
    client.ack(acked)
    await settled()
    client.heard.splice(0, client.heard.length - 1)
  }
  expect(resolved).toBe(50_000)
  expect(client.all('gap')).toEqual([])
})

test('[SV-39] large messages for a client that does not read wait as well; when it is gone they are stored', async () => {
  const { greet, sessions, log } = world()
  const who = identity()
  const client = await greet(who)
  let resolved = 0
  for (let count = 1; count <= 60; count += 1)
    void sessions[0]!.send('x'.repeat(200_000)).then(() => (resolved += 1))
  await settled()
  expect(resolved).toBeGreaterThan(30)
  expect(resolved).toBeLessThan(60)
  client.drop()
  await settled()
  expect(resolved).toBe(60)
  expect((await log.readDown(who.session, 60, 1))[0]?.seq).toBe(60)
})

test('[SV-39] beyond a hundred thousand waiting messages a send fails, with what to do about it', async () => {
  const { greet, sessions, errors } = world({ limits: { window: 1 } })
  await greet()
  const sending = Array.from({ length: 100_001 }, () => sessions[0]!.send(1))
  const last = await sending.at(-1)!.catch((error: HoldfastError) => error)
  expect(last).toMatchObject({ code: 'outbox-full', hint: expect.stringContaining('Wait') as string })
  expect(errors.map(({ code }) => code)).toEqual(['outbox-full'])
})

test('[SV-38] what is trimmed before a slow client came to it is a gap there and then', async () => {
  const clock = new ManualClock()
  const { greet, sessions } = world(
    { limits: { window: 5 } },
    clock,
    virtualLog(clock, { messagesPerSession: 10 }),
  )
  const client = await greet()
  await Promise.all(range(1, 5).map((count) => sessions[0]!.send(count)))
  await Promise.all(range(6, 40).map((count) => sessions[0]!.send(count)))
  await settled()
  expect(client.downs().map(([seq]) => seq)).toEqual(range(1, 5))
  client.ack(5)
  await settled()
  expect(client.all('gap')).toEqual([{ type: 'gap', from: 6, to: 30, reason: 'trimmed' }])
  client.ack(35)
  await settled()
  expect(client.downs().map(([seq]) => seq)).toEqual([...range(1, 5), ...range(31, 40)])
})

test('[SV-98] a message that is nested too deep for any client is refused at the send', async () => {
  const { greet, sessions } = world()
  const client = await greet()
  const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown
  await expect(sessions[0]!.send(nested(65))).rejects.toMatchObject({ code: 'not-serializable' })
  await expect(sessions[0]!.send({ text: '['.repeat(500) })).resolves.toBe(1)
  await expect(sessions[0]!.send(nested(64))).resolves.toBe(2)
  await settled()
  expect(client.downs().map(([seq]) => seq)).toEqual([1, 2])
})
