/** Whether the client is still there: in virtual time, to the millisecond. */
import { expect, test } from 'vitest'
import { identity } from './raw-client.ts'
import { world } from './virtual.ts'

const heartbeat = { intervalMs: 10_000, timeoutMs: 2_000 }

test('[SV-40] a silent line is pinged after the interval, the first time up to half of it sooner', async () => {
  const { greet, clock } = world({ heartbeat })
  const clients = await Promise.all(Array.from({ length: 50 }, () => greet()))
  await clock.pass(4_900)
  expect(clients.flatMap((client) => client.all('ping'))).toEqual([])
  await clock.pass(2_600)
  const early = clients.filter((client) => client.all('ping').length === 1).length
  expect(early).toBeGreaterThan(10)
  expect(early).toBeLessThan(40)
  await clock.pass(2_500)
  expect(clients.every((client) => client.all('ping').length === 1)).toBe(true)
})

test('[SV-41] anything that the client sends is life, and puts the ping off', async () => {
  const { greet, clock } = world({ heartbeat })
  const client = await greet()
  for (let count = 0; count < 100; count += 1) {
    await clock.pass(4_000)
    client.say(count % 2 === 0 ? { type: 'ack', received: 0 } : { type: 'ping', id: count, received: 0 })
  }
  expect(client.all('ping')).toEqual([])
  expect(client.all('pong').map(({ id }) => id)).toEqual(
    Array.from({ length: 50 }, (_, index) => index * 2 + 1),
  )
  expect(client.isTerminated).toBe(false)
})

test('[SV-42] after two intervals and the timeout of silence the line is cut, without a word, and the session waits', async () => {
  const { greet, clock, sessions, core } = world({ heartbeat })
  const who = identity()
  const client = await greet(who)
  const lost: unknown[] = []
  sessions[0]!.on('disconnected', (info) => lost.push(info))
  await clock.pass(21_999)
  expect(client.isTerminated).toBe(false)
  await clock.pass(1)
  expect(client.isTerminated).toBe(true)
  expect(client.closed).toBeUndefined()
  expect(lost).toEqual([{ code: 1006, reason: 'no sign of life' }])
  expect(core.sessions.get(who.session)).toBe(sessions[0])
  expect(core.connections).toBe(0)
})

test('[SV-43] a server that hung itself asks before it judges', async () => {
  const { greet, clock } = world({ heartbeat })
  const client = await greet()
  clock.freeze(600_000)
  await clock.pass(0)
  expect(client.isTerminated).toBe(false)
  expect(client.all('ping')).toHaveLength(1)
  client.say({ type: 'pong', id: 1, received: 0 })
  await clock.pass(9_000)
  expect(client.isTerminated).toBe(false)
  clock.freeze(600_000)
  await clock.pass(13_000)
  expect(client.isTerminated).toBe(true)
})

test('[SV-44] X17 every ping is answered at once, with its number', async () => {
  const { greet } = world()
  const client = await greet()
  for (let id = 0; id < 500; id += 1) client.say({ type: 'ping', id, received: 0 })
  expect(client.all('pong').map(({ id }) => id)).toEqual(Array.from({ length: 500 }, (_, id) => id))
})
