/** Stopping in order: who is told what, who may still come, and when it is over. */
import { expect, test } from 'vitest'
import type { StateRule } from '../../src/server/settings.ts'
import { hello, identity } from './raw-client.ts'
import { ManualClock, pair, settled, virtualLog, world } from './virtual.ts'

const counting: StateRule = { initial: 0, reduce: (state) => (state as number) + 1 }

/** Whether a promise has been settled. */
function watch(promise: Promise<void>) {
  const seen = { isDone: false }
  void promise.then(() => (seen.isDone = true))
  return seen
}

test('[SV-70] every client is told that the server will stop, when, and when to come back', async () => {
  const { greet, core } = world()
  const clients = [await greet(), await greet()]
  void core.drain({ closesInMs: 8_000, reconnect: { afterMs: 500 }, reason: 'a new version' })
  for (const client of clients) {
    expect(client.last('shutdown')).toEqual({
      type: 'shutdown',
      reason: 'a new version',
      closesInMs: 8_000,
      reconnect: { afterMs: 500, withinMs: 5_000 },
      handoff: false,
    })
  }
})

test('[SV-70] a window that does not fit before the end is cut to fit', async () => {
  const { greet, core } = world()
  const client = await greet()
  void core.drain({ closesInMs: 1_000, reconnect: { afterMs: 400 } })
  expect(client.last('shutdown').reconnect).toEqual({ afterMs: 400, withinMs: 600 })
})

test.each([
  { closesInMs: Number.NaN },
  { closesInMs: Infinity },
  { closesInMs: -1 },
  { closesInMs: '5' as never },
  { reconnect: { afterMs: -1 } },
  { reconnect: { withinMs: Number.NaN } },
  { reason: 7 as never },
])('[SV-78] a drain that no client could be told of is refused: %j', async (options) => {
  const { greet, core } = world()
  const client = await greet()
  expect(() => core.drain(options)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  expect(client.all('shutdown')).toEqual([])
})

test('[SV-78] a reason that is too long for a client is cut', async () => {
  const { greet, core } = world()
  const client = await greet()
  void core.drain({ reason: 'x'.repeat(5000) })
  expect(client.last('shutdown').reason).toHaveLength(1024)
})

test('[SV-71] a drain is over when everybody has left, and by then every session was let go of', async () => {
  const { greet, core, sessions, clock } = world()
  const clients = [await greet(), await greet()]
  await greet().then((client) => client.drop())
  const released: string[] = []
  for (const session of sessions) session.on('released', ({ reason }) => released.push(reason))
  const draining = watch(core.drain())
  clients[0]!.drop(1000)
  await settled()
  expect(released).toEqual(['server-closed'])
  expect(draining.isDone).toBe(false)
  clients[1]!.drop(1000)
  await settled()
  expect(draining.isDone).toBe(true)
  expect(released).toEqual(['server-closed', 'server-closed', 'server-closed'])
  expect(core.sessions.size).toBe(0)
  expect(clock.pending).toBe(0)
})

test('[SV-79] a drain waits for what listeners are at, lets them begin with nothing more, and marks what they did', async () => {
  const [here, there] = pair()
  const who = identity()
  const client = await here.greet(who)
  const gates: (() => void)[] = []
  const seen: number[] = []
  here.sessions[0]!.on('message', ({ seq }) => {
    seen.push(seq)
    return new Promise<void>((resolve) => gates.push(resolve))
  })
  client.up(1, 'slow', 'next')
  await settled()
  const draining = watch(here.core.drain())
  client.drop(1000)
  await settled()
  expect(draining.isDone).toBe(false)
  gates[0]!()
  await settled()
  expect(draining.isDone).toBe(true)
  expect(here.clock.pending).toBe(0)
  expect(seen).toEqual([1])
  await there.greet(who, { epoch: client.welcome.epoch, acked: 2 })
  there.sessions[0]!.on('message', ({ seq, redelivered }) => void seen.push(seq, Number(redelivered)))
  await settled()
  expect(seen).toEqual([1, 2, 1])
})

test('[SV-79] also for one whose session was handed over meanwhile, and for none longer than it said', async () => {
  for (const ends of [true, false]) {
    const [here, there] = pair()
    const who = identity()
    const client = await here.greet(who)
    let done = (): void => undefined
    here.sessions[0]!.on('message', () => new Promise<void>((resolve) => (done = resolve)))
    client.up(1, 'slow')
    await settled()
    const draining = watch(here.core.drain({ handoff: true, closesInMs: 4_000 }))
    await there.greet(who, { epoch: client.welcome.epoch, acked: 1 })
    await here.clock.pass(2_000)
    expect(here.core.sessions.size).toBe(0)
    expect(draining.isDone).toBe(false)
    if (ends) done()
    else await here.clock.pass(2_000)
    await settled()
    expect(draining.isDone).toBe(true)
  }
})

test('[SV-79] a listener that never ends holds up no drain of a session that nobody is connected to', async () => {
  const { greet, core, sessions, clock } = world()
  const client = await greet()
  sessions[0]!.on('message', () => new Promise<void>(() => {}))
  client.up(1, 'stuck')
  await settled()
  client.drop(1000)
  const draining = watch(core.drain({ closesInMs: 3_000 }))
  await clock.pass(2_999)
  expect(draining.isDone).toBe(false)
  await clock.pass(1)
  expect(draining.isDone).toBe(true)
  expect(core.sessions.size).toBe(0)
})

test('[SV-72] who has not left when time is up is closed with 1012', async () => {
  const { greet, core, connect, clock } = world()
  const client = await greet()
  const silent = connect()
  const draining = watch(core.drain({ closesInMs: 4_000 }))
  await clock.pass(3_999)
  expect(client.closed).toBeUndefined()
  await clock.pass(1)
  expect(client.closed?.code).toBe(1012)
  expect(silent.closed?.code).toBe(1012)
  expect(draining.isDone).toBe(true)
})

test('[SV-73] X30 who comes to a draining server is sent away for a while; messages of those who are here still pass', async () => {
  const { greet, core, connect, clock, sessions } = world()
  const client = await greet()
  void core.drain({ reconnect: { afterMs: 700 } })
  const late = connect()
  late.say(hello(identity()))
  expect(late.verdict()).toEqual(['overloaded', 1013])
  expect(late.last('error').retryAfterMs).toBe(700)
  client.up(1, 'still')
  await sessions[0]!.send('here')
  await clock.pass(10)
  expect(client.last('ack').received).toBe(1)
  expect(client.downs()).toEqual([[1, 'here']])
})

test('[SV-73] X30 a client that is welcomed while the drain begins is told as well', async () => {
  let admit = (_: string): void => undefined
  const { core, connect, clock } = world({ authenticate: () => new Promise((resolve) => (admit = resolve)) })
  const client = connect()
  client.say(hello(identity()))
  void core.drain({ closesInMs: 4_000 })
  await clock.pass(1_000)
  admit('ada')
  await settled()
  expect(client.types()).toEqual(['welcome', 'shutdown', 'live'])
  expect(client.last('shutdown').closesInMs).toBe(3_000)
})

test('[SV-74] a hand-off is offered only where another instance shares the log', async () => {
  const alone = world()
  const client = await alone.greet()
  void alone.core.drain({ handoff: true })
  expect(client.last('shutdown').handoff).toBe(false)
  const [a] = pair()
  const shared = await a.greet()
  void a.core.drain({ handoff: true })
  expect(shared.last('shutdown').handoff).toBe(true)
})

test('[SV-75] X31 in a hand-off both connections live for a while, and every message passes once, in order, each way', async () => {
  const [a, b] = pair({ state: counting })
  const who = identity()
  const first = await a.greet(who)
  const offered: unknown[] = []
  a.sessions[0]!.on('message', ({ data }) => offered.push(data))
  b.core.on('session', (session) => session.on('message', ({ data }) => offered.push(data)))
  for (let count = 1; count <= 10; count += 1) void a.sessions[0]!.send(`d${count}`)
  first.up(1, 'u1', 'u2')
  await settled()
  const draining = watch(a.core.drain({ handoff: true }))
  // The client has processed five, and greets the other instance over a second connection.
  const second = await b.greet(who, { epoch: first.welcome.epoch, received: 5, seen: 10, acked: 0 })
  expect(second.welcome).toMatchObject({ outcome: 'resumed', received: 2, from: 11, to: 10 })
  expect(first.closed).toBeUndefined()
  // An ack for what came over the old connection, and messages over the wrong one.
  second.ack(10)
  first.up(3, 'u3')
  await settled()
  expect(first.verdict()).toEqual(['superseded', 4409])
  second.up(3, 'u3')
  for (let count = 11; count <= 20; count += 1) void b.sessions[0]!.send(`d${count}`)
  await settled()
  expect(second.closed).toBeUndefined()
  expect([...first.downs(), ...second.downs()]).toEqual(
    Array.from({ length: 20 }, (_, index) => [index + 1, `d${index + 1}`]),
  )
  expect(offered).toEqual(['u1', 'u2', 'u3'])
  expect(draining.isDone).toBe(true)
  expect(a.core.sessions.size).toBe(0)
  expect(b.sessions[0]!.state).toBe(23)
})

test('[SV-75] a session that was handed over is let go of within a second or two, though its client stays and nobody writes', async () => {
  const [a, b] = pair()
  const who = identity()
  const first = await a.greet(who)
  const draining = watch(a.core.drain({ handoff: true }))
  await b.greet(who, { epoch: first.welcome.epoch })
  await a.clock.pass(2_000)
  expect(first.verdict()).toEqual(['superseded', 4409])
  expect(draining.isDone).toBe(true)
})

test('[SV-76] a drain saves the state of every session, however little of it is new', async () => {
  const { greet, core, log, sessions } = world({ state: counting })
  const who = identity()
  const client = await greet(who)
  await sessions[0]!.send('one')
  void core.drain()
  await settled()
  expect((await log.readState(who.session)).saved).toEqual({ state: '1', up: 0, down: 1 })
  await sessions[0]!.send('two')
  client.drop()
  await settled()
  expect((await log.readState(who.session)).saved).toEqual({ state: '2', up: 0, down: 2 })
})

test('[SV-77] a close ends everything at once with 1001, and admits nobody whose welcome was on its way', async () => {
  let admit = (_: string): void => undefined
  const { core, connect, greet, clock, sessions } = world({
    authenticate: (token) => (token === 'slow' ? new Promise((resolve) => (admit = resolve)) : 'ada'),
  })
  const client = await greet()
  const slow = connect()
  slow.say(hello(identity(), { auth: 'slow' }))
  const released: string[] = []
  sessions[0]!.on('released', ({ reason }) => released.push(reason))
  await core.close()
  expect([client.closed?.code, slow.closed?.code]).toEqual([1001, 1001])
  expect(released).toEqual(['server-closed'])
  admit('ada')
  await settled()
  expect(core.sessions.size).toBe(0)
  expect(connect().closed?.code).toBe(1001)
  await clock.pass(0)
  expect(clock.pending).toBe(0)
})

test('[SV-77] whatever fails after the close is told to nobody', async () => {
  const clock = new ManualClock()
  const log = virtualLog(clock)
  const failures: ((cause: Error) => void)[] = []
  const fails = () => new Promise<never>((_, reject) => failures.push(reject))
  const broken = Object.assign(Object.create(log) as typeof log, { saveState: fails, markProcessed: fails })
  const { core, connect, greet, errors, sessions } = world(
    { state: { initial: 0, reduce: (state) => (state as number) + 1 } },
    clock,
    broken,
  )
  const own: string[] = []
  let fail = (_: Error): void => undefined
  core.on('session', (session) => {
    session.on('error', ({ code }) => own.push(code))
    session.on('message', () => new Promise((_, reject) => (fail = reject)))
  })
  const client = await greet()
  client.up(1, ...Array<number>(300).fill(0))
  await settled()
  Object.assign(broken, { greet: fails })
  connect().say(hello(identity()))
  await settled()
  expect(sessions).toHaveLength(1)
  expect(failures.length).toBeGreaterThan(1)
  await core.close()
  for (const reject of failures) reject(new Error('The log was closed.'))
  fail(new Error('too late'))
  await settled()
  expect([errors, own]).toEqual([[], []])
})

test('[SV-77] a log that answers a hello after the close makes no session', async () => {
  const clock = new ManualClock()
  const log = virtualLog(clock)
  let answer = (): void => undefined
  const slow = Object.assign(Object.create(log) as typeof log, {
    greet: async (...asked: Parameters<typeof log.greet>) => {
      const granted = await log.greet(...asked)
      await new Promise<void>((resolve) => (answer = resolve))
      return granted
    },
  })
  const { core, connect } = world({}, clock, slow)
  connect().say(hello(identity()))
  await settled()
  await core.close()
  answer()
  await settled()
  expect(core.sessions.size).toBe(0)
  expect(clock.pending).toBe(0)
})
