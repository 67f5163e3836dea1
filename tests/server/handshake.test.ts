/** From hello to welcome, and every way not to get there. */
import { expect, test } from 'vitest'
import { hello, identity } from './raw-client.ts'
import { ManualClock, settled, virtualLog, world } from './virtual.ts'

test('[SV-4] X1 who says nothing for five seconds is closed with 4408', async () => {
  const { connect, clock } = world()
  const client = connect()
  await clock.pass(4_999)
  expect(client.closed).toBeUndefined()
  await clock.pass(1)
  expect(client.closed?.code).toBe(4408)
  client.say(hello(identity()))
  await settled()
  expect(client.heard).toEqual([])
})

test('[SV-4] an authentication that never answers is given up, and its late answer admits nobody', async () => {
  let answer = (_: string): void => undefined
  const { connect, clock, core } = world({ authenticate: () => new Promise((resolve) => (answer = resolve)) })
  const client = connect()
  client.say(hello(identity()))
  await clock.pass(5_000)
  expect(client.closed?.code).toBe(4408)
  answer('ada')
  await settled()
  expect(core.sessions.size).toBe(0)
})

test.each([
  ['X2 a message', { type: 'messages', from: 1, data: [1] }],
  ['a ping', { type: 'ping', id: 1, received: 0 }],
  ['X8 a frame of a server', { type: 'welcome' }],
  ['X7 what is not JSON', '{'],
  ['a binary message', new Uint8Array([1, 2, 3])],
  ['X7 an array', '[]'],
  ['an unknown version', { ...hello(identity()), version: 2 }],
  ['X26 a session that is no name', { ...hello(identity()), session: '../../etc/passwd\r\n\0*[a-z]' }],
  ['X11 a token of a megabyte', { ...hello(identity()), auth: 'x'.repeat(1024 * 1024) }],
  ['a hello of more than 64 KB', { ...hello(identity()), padding: 'x'.repeat(65 * 1024) }],
  ['X12 a negative cursor', { ...hello(identity()), received: -1 }],
  ['X12 a broken cursor', { ...hello(identity()), acked: 1.5 }],
  ['X12 a cursor beyond all counting', { ...hello(identity()), epoch: 'e', received: 2 ** 53 - 1 }],
])('[SV-5] %s instead of a hello is a protocol error', async (_, message) => {
  const { connect, core } = world()
  const client = connect()
  client.say(message)
  await settled()
  expect(client.verdict()).toEqual(['protocol', 4400])
  expect(core.sessions.size).toBe(0)
  expect(core.connections).toBe(0)
})

test('[SV-5] X2 a frame before the welcome, and a second hello after it, are protocol errors', async () => {
  const { connect, greet } = world()
  const hasty = connect()
  hasty.say(hello(identity()))
  hasty.up(1, 'too early')
  expect(hasty.verdict()).toEqual(['protocol', 4400])
  const who = identity()
  const double = await greet(who)
  double.say(hello(who))
  expect(double.verdict()).toEqual(['protocol', 4400])
})

test('[SV-6] X10 X11 a wrong secret and a foreign subject get the same answer, and the owner is not disturbed', async () => {
  const { greet, connect } = world({ authenticate: (token) => token ?? 'ada' })
  const who = identity()
  const owner = await greet(who)
  const thief = connect()
  thief.say({ ...hello(who), secret: '0'.repeat(64) })
  const foreigner = connect()
  foreigner.say({ ...hello(who), auth: 'eve' })
  await settled()
  expect(thief.heard).toEqual(foreigner.heard)
  expect(thief.verdict()).toEqual(['forbidden', 4403])
  expect(foreigner.verdict()).toEqual(['forbidden', 4403])
  expect(owner.closed).toBeUndefined()
})

test('[SV-6] X35 names and subjects with separators in them are never taken for each other', async () => {
  const { greet } = world({ authenticate: (token) => token ?? '' })
  const [one, other] = [identity(), identity()]
  await greet(one, { auth: 'a:b' })
  await greet(other, { auth: 'a' })
  expect((await greet(one, { auth: 'a' })).verdict()).toEqual(['forbidden', 4403])
  expect((await greet(other, { auth: 'a:b' })).verdict()).toEqual(['forbidden', 4403])
})

test('[SV-7] X15 a generation that is not above the last one is forked', async () => {
  const { greet, connect } = world()
  const who = identity()
  const original = await greet(who)
  const clone = connect()
  clone.say({ ...hello(who), generation: 1 })
  await settled()
  expect(clone.verdict()).toEqual(['forked', 4409])
  expect(original.closed).toBeUndefined()
})

test('[SV-8] X21 credentials are asked of the application with every hello, and what it throws is not told', async () => {
  const asked: unknown[] = []
  const { greet, connect } = world({
    authenticate: (token, request) => {
      asked.push([token, request])
      if (token !== 'good') throw new Error('secret reason')
      return 'ada'
    },
  })
  const who = identity()
  expect((await greet(who, { auth: 'good' })).welcome.outcome).toBe('created')
  const refused = await greet(who, { auth: 'bad' })
  expect(refused.verdict()).toEqual(['unauthorized', 4401])
  expect(JSON.stringify(refused.heard)).not.toContain('secret reason')
  const client = connect({ url: '/' })
  client.say(hello(who))
  await settled()
  expect(asked).toEqual([
    ['good', undefined],
    ['bad', undefined],
    [undefined, { url: '/' }],
  ])
})

test('[SV-66] who cannot be told now is sent away for a while, at the hello and in band, and what was thrown is told here', async () => {
  let answer = (): string | undefined => 'ada'
  const { greet, errors, sessions } = world({ authenticate: () => answer() })
  const who = identity()
  const client = await greet(who)
  const down = Object.assign(new Error('no provider'), { code: 'overloaded', retryAfterMs: 7_000 })
  answer = () => {
    throw down
  }
  client.say({ type: 'auth', token: 'fresh' })
  await settled()
  const late = await greet(identity())
  for (const one of [client, late]) {
    expect(one.verdict()).toEqual(['overloaded', 1013])
    expect(one.last('error').retryAfterMs).toBe(7_000)
    expect(JSON.stringify(one.heard)).not.toContain('no provider')
  }
  Object.assign(down, { retryAfterMs: 3_600_000 })
  expect((await greet(identity())).last('error').retryAfterMs).toBe(300_000)
  Object.assign(down, { retryAfterMs: Number.NaN })
  expect((await greet(identity())).last('error').retryAfterMs).toBeLessThanOrEqual(1500)
  expect(errors.map(({ code, cause }) => [code, cause])).toEqual(Array(4).fill(['provider-failed', down]))
  expect(sessions).toHaveLength(1)
})

test('[SV-66] what refuses by throwing is told here; what returns nothing refuses as well', async () => {
  const cause = new Error('expired')
  let answer = (): string | undefined => {
    throw cause
  }
  const { greet, errors } = world({ authenticate: () => answer() })
  expect((await greet(identity())).verdict()).toEqual(['unauthorized', 4401])
  expect(errors).toMatchObject([{ code: 'unauthorized', cause }])
  answer = () => undefined
  expect((await greet(identity())).verdict()).toEqual(['unauthorized', 4401])
  expect(errors).toHaveLength(1)
})

test.each(['code', 'retryAfterMs'])(
  '[SV-66] something thrown that throws when its %s is looked at is a refusal like any other',
  async (name) => {
    const cause: unknown = Object.defineProperty({ code: 'overloaded' }, name, {
      get() {
        throw new Error('a trap')
      },
    })
    const { greet, errors } = world({
      authenticate: () => {
        throw cause
      },
    })
    expect((await greet()).verdict()).toEqual(['unauthorized', 4401])
    expect(errors).toMatchObject([{ code: 'unauthorized' }])
    expect(errors[0]?.cause).toBe(cause)
  },
)

test('[SV-9] X13 a newer connection takes the session over, and the older one is told', async () => {
  const { greet, sessions } = world()
  const who = identity()
  const clients = [await greet(who)]
  const epoch = clients[0]!.welcome.epoch
  for (let count = 0; count < 20; count += 1) clients.push(await greet(who, { epoch }))
  const newest = clients.pop()!
  for (const client of clients) expect(client.verdict()).toEqual(['superseded', 4409])
  expect(newest.closed).toBeUndefined()
  expect(sessions).toHaveLength(1)
  await sessions[0]!.send('for the newest')
  expect(newest.downs()).toEqual([[1, 'for the newest']])
  expect(clients.flatMap((client) => client.downs())).toEqual([])
})

test('[SV-9] X13 of fifty hellos at once the highest generation is served', async () => {
  const { connect, sessions } = world()
  const who = identity()
  const clients = Array.from({ length: 50 }, () => connect())
  const hellos = clients.map(() => hello(who))
  clients.forEach((client, index) => client.say(hellos[(index * 7) % 50]))
  await settled()
  const open = clients.filter((client) => client.closed === undefined)
  expect(open).toHaveLength(1)
  expect(open[0]).toBe(clients[clients.findIndex((_, index) => (index * 7) % 50 === 49)])
  expect(sessions).toHaveLength(1)
})

test('[SV-10] a server that lost its memory says so, and the application gets a new session', async () => {
  const clock = new ManualClock()
  const log = virtualLog(clock)
  const { greet, sessions } = world({}, clock, log)
  const who = identity()
  const before = await greet(who)
  const released: unknown[] = []
  sessions[0]!.on('released', (info) => released.push(info))
  log.forget()
  const after = await greet(who, { epoch: before.welcome.epoch, received: 3, acked: 2 })
  expect(after.welcome).toMatchObject({
    outcome: 'reset',
    reason: 'unknown',
    received: 2,
    from: 4,
    to: 3,
    restore: false,
  })
  expect(after.welcome.epoch).not.toBe(before.welcome.epoch)
  expect(released).toEqual([{ reason: 'reset' }])
  expect(sessions).toHaveLength(2)
  expect(sessions[1]).toMatchObject({ outcome: 'reset', resetReason: 'unknown' })
  expect(await sessions[1]!.send('on')).toBe(4)
})

test('[SV-11] X14 what was trimmed is a gap with exact bounds, and the replay goes on behind it', async () => {
  const clock = new ManualClock()
  const { greet, sessions } = world({}, clock, virtualLog(clock, { messagesPerSession: 4 }))
  const who = identity()
  const first = await greet(who)
  first.drop()
  for (let count = 1; count <= 10; count += 1) await sessions[0]!.send(count)
  const second = await greet(who, { epoch: first.welcome.epoch, received: 0 })
  expect(second.welcome).toMatchObject({ outcome: 'resumed', from: 7, to: 10 })
  expect(second.types()).toEqual(['welcome', 'gap', 'messages', 'live'])
  expect(second.last('gap')).toEqual({ type: 'gap', from: 1, to: 6, reason: 'trimmed' })
  expect(second.downs()).toEqual([7, 8, 9, 10].map((count) => [count, count]))
})

test('[SV-12] the replay starts above what has reached the client, committed or not', async () => {
  const { greet, sessions } = world()
  const who = identity()
  const first = await greet(who)
  await Promise.all([1, 2, 3, 4].map((count) => sessions[0]!.send(count)))
  const second = await greet(who, { epoch: first.welcome.epoch, received: 1, seen: 3 })
  expect(second.downs()).toEqual([[4, 4]])
})

test('[SV-13] a lone client may come back in a fifth of a second, a crowd a little slower than it can be let in', async () => {
  const { greet } = world({ limits: { admissionsPerSecond: 10 } })
  expect((await greet()).welcome.reconnectWithinMs).toBe(200)
  const others = await Promise.all(Array.from({ length: 9 }, () => greet()))
  expect(Math.max(...others.map(({ welcome }) => welcome.reconnectWithinMs ?? 0))).toBe(1100)
})

test('[SV-14] X19 who comes faster than they can be let in is sent away with a turn of its own', async () => {
  const { connect, clock } = world({ limits: { admissionsPerSecond: 10 } })
  const clients = Array.from({ length: 40 }, () => connect())
  for (const client of clients) client.say(hello(identity()))
  await settled()
  const refused = clients.filter((client) => client.closed !== undefined)
  expect(refused).toHaveLength(30)
  for (const client of refused) expect(client.verdict()).toEqual(['overloaded', 1013])
  const turns = refused.map((client) => client.last('error').retryAfterMs ?? 0)
  expect(new Set(turns).size).toBe(30)
  expect(Math.min(...turns)).toBeGreaterThanOrEqual(1000)
  expect(Math.max(...turns)).toBeLessThanOrEqual(4100)
  await clock.pass(4100)
  const late = connect()
  late.say(hello(identity()))
  await settled()
  expect(late.closed).toBeUndefined()
})

test('[SV-14] X19 beyond its connections a server refuses, and beyond twice as many it does not even listen', async () => {
  const { connect, core } = world({ limits: { connections: 2 } })
  const silent = [connect(), connect()]
  const third = connect()
  third.say(hello(identity()))
  expect(third.verdict()).toEqual(['overloaded', 1013])
  silent.push(connect(), connect())
  expect(connect().verdict()).toEqual(['overloaded', 1013])
  expect(core.connections).toBe(4)
  expect(silent.every((client) => client.closed === undefined)).toBe(true)
})

test('[SV-15] X29 the report of a loss is for the application to read, whatever it claims', async () => {
  const { connect, sessions, core } = world()
  const seen: unknown[] = []
  core.on('session', (session) => session.on('connected', (info) => seen.push(info)))
  const client = connect()
  const why = { cause: 'slept', code: 1006, downMs: -1e12, attempts: 7 }
  client.say(hello(identity(), { why }))
  await settled()
  expect(sessions).toHaveLength(1)
  expect(seen).toEqual([{ outcome: 'created', why }])
})

test('[SV-15] an option outside its range is refused when the server is made', () => {
  expect(() => world({ heartbeat: { intervalMs: 0 } })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  )
  expect(() => world({ limits: { window: Number.NaN } })).toThrow(/limits\.window/)
  expect(() => world({ limits: { window: '5' as never } })).toThrow(/limits\.window/)
  // No longer one can travel.
  expect(() => world({ limits: { stateBytes: 192 * 1024 * 1024 + 1 } })).toThrow(/limits\.stateBytes/)
  for (const initial of [undefined, 1n, () => 1])
    expect(() => world({ state: { initial, reduce: (state) => state } })).toThrow(/state\.initial/)
})
