/** One client, one server, one conversation: welcome, up, down, away and back. */
import { afterEach, expect, test } from 'vitest'
import { createServer, type HoldfastServer, type ServerSession } from 'holdfast/server'
import { hello, identity, RawClient, until } from './raw-client.ts'

const running: HoldfastServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.close()
})

async function start(options: Parameters<typeof createServer>[0] = {}) {
  const server = createServer({ port: 0, ...options })
  running.push(server)
  const sessions: ServerSession[] = []
  server.on('session', (session) => sessions.push(session))
  const { port } = await server.listening
  return { server, port, sessions }
}

test('[SV-1] a hello gets a welcome, the end of the replay, and then what is live', async () => {
  const { port, sessions } = await start()
  const client = await RawClient.welcomed(port, identity())
  expect(client.welcome).toMatchObject({
    outcome: 'created',
    received: 0,
    from: 1,
    to: 0,
    pending: 0,
    restore: false,
    durability: 'memory',
  })
  expect(await client.next('live')).toEqual({ type: 'live', seq: 0 })
  expect(await sessions[0]!.send('one')).toBe(1)
  await client.until(() => client.downs().length === 1, 'a message')
  expect(client.downs()).toEqual([[1, 'one']])
})

test('[SV-2] an up message is stored, acknowledged, and offered once', async () => {
  const { port, sessions } = await start()
  const client = await RawClient.welcomed(port, identity())
  const offered: unknown[] = []
  sessions[0]!.on('message', (message) => offered.push(message))
  client.up(1, { a: 1 }, 'two')
  await client.until(() => client.acked() === 2, 'an ack')
  await until(() => offered.length === 2, 'both messages')
  expect(offered).toEqual([
    { seq: 1, data: { a: 1 }, redelivered: false },
    { seq: 2, data: 'two', redelivered: false },
  ])
})

test('[SV-3] a client that comes back gets what it missed, in order, and the session object is the same', async () => {
  const { port, sessions, server } = await start()
  const who = identity()
  const first = await RawClient.welcomed(port, who)
  const session = sessions[0]!
  await session.send('a')
  await first.until(() => first.downs().length === 1, 'a message')
  first.socket.terminate()
  await until(() => !session.connected, 'the loss')
  await Promise.all([session.send('b'), session.send('c')])
  const second = await RawClient.welcomed(port, who, { epoch: first.welcome.epoch, received: 1 })
  expect(second.welcome).toMatchObject({ outcome: 'resumed', from: 2, to: 3 })
  await second.next('live')
  expect(second.downs()).toEqual([
    [2, 'b'],
    [3, 'c'],
  ])
  expect(sessions).toHaveLength(1)
  expect(server.sessions.get(who.session)).toBe(session)
  expect(hello(who).generation).toBe(3)
})
