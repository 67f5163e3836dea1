/** Whose a session is: one instance's at a time, and the others learn of it. */
import { expect, test } from 'vitest'
import type { HoldfastError, MemoryLog, ServerSession, SessionLog } from 'holdfast/server'
import { hello, identity, type Identity } from './raw-client.ts'
import { story } from './story.ts'
import { ManualClock, pair, settled, virtualLog, world } from './virtual.ts'
import { keep } from '../simulation/rewind.ts'

/** What happens to a session of an instance that loses it. */
function fate(session: ServerSession) {
  const released: string[] = []
  session.on('released', ({ reason }) => released.push(reason))
  return released
}

/** What a log is told of a client that says hello for the first time. */
const greetingOf = ({ session }: Identity) => ({
  session,
  secretHash: 'hash',
  subject: 'anonymous',
  generation: 1,
  received: 0,
  acked: 0,
})

const codeOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'done',
    (error: HoldfastError) => error.code,
  )

test('[SV-60] X15 an instance whose session was taken over writes nothing more, and says so to everybody', async () => {
  const [a, b] = pair()
  const who = identity()
  const first = await a.greet(who)
  const old = a.sessions[0]!
  const released = fate(old)
  await old.send('from a')
  const second = await b.greet(who, { epoch: first.welcome.epoch, received: 1 })
  expect(old.signal.aborted).toBe(false)
  expect(await codeOf(old.send('too late'))).toBe('fenced')
  expect(released).toEqual(['superseded'])
  expect(old.signal.aborted).toBe(true)
  expect(first.verdict()).toEqual(['superseded', 4409])
  expect(a.core.sessions.size).toBe(0)
  expect(await codeOf(old.send('still too late'))).toBe('fenced')
  await b.sessions[0]!.send('from b')
  expect(second.downs()).toEqual([[2, 'from b']])
})

test('[SV-60] X15 messages that still come over the old connection are neither stored nor acknowledged', async () => {
  const [a, b] = pair()
  const who = identity()
  const first = await a.greet(who)
  const second = await b.greet(who, { epoch: first.welcome.epoch })
  first.up(1, 'over the old one')
  await a.clock.pass(100)
  expect(first.all('ack')).toEqual([])
  expect(first.verdict()).toEqual(['superseded', 4409])
  second.up(1, 'over the new one')
  await b.clock.pass(100)
  const offered: unknown[] = []
  b.sessions[0]!.on('message', ({ data }) => offered.push(data))
  await settled()
  expect(offered).toEqual(['over the new one'])
})

test('[SV-61] an instance finds out within seconds that an idle session has gone elsewhere', async () => {
  const [a, b] = pair()
  const [leaving, staying] = [identity(), identity()]
  const first = await a.greet(leaving)
  const silent = await a.greet(staying)
  first.drop()
  await b.greet(leaving, { epoch: first.welcome.epoch })
  await b.greet(staying, { epoch: silent.welcome.epoch })
  await a.clock.pass(2_000)
  expect([...a.core.sessions.keys()]).toEqual([staying.session])
  await a.clock.pass(10_000)
  expect(a.core.sessions.size).toBe(0)
  expect(silent.verdict()).toEqual(['superseded', 4409])
})

test('[SV-62] a session that comes back from another instance is a new object, with nothing of the old one left', async () => {
  const [a, b] = pair()
  const who = identity()
  const first = await a.greet(who)
  const old = a.sessions[0]!
  const released = fate(old)
  const second = await b.greet(who, { epoch: first.welcome.epoch })
  b.sessions[0]!.on('message', () => undefined)
  second.up(1, 'processed at b')
  await b.sessions[0]!.send('from b')
  await settled()
  const third = await a.greet(who, { epoch: first.welcome.epoch, acked: 1 })
  expect(released).toEqual(['superseded'])
  expect(a.sessions).toHaveLength(2)
  expect(a.core.sessions.get(who.session)).toBe(a.sessions[1])
  const offered: unknown[] = []
  a.sessions[1]!.on('message', ({ data }) => offered.push(data))
  third.up(2, 'new')
  await settled()
  expect(offered).toEqual(['new'])
  expect(third.downs()).toEqual([[1, 'from b']])
  expect(await codeOf(old.send('from the old object'))).toBe('fenced')
})

test('[SV-63] X20 after a bye the session is gone for good, and nothing that follows it counts', async () => {
  const { greet, sessions, connect, core } = world()
  const who = identity()
  const client = await greet(who)
  const released = fate(sessions[0]!)
  client.say({ type: 'bye' })
  client.up(1, 'after the end')
  client.say('not even a frame')
  await settled()
  expect(client.verdict()).toEqual(['ended', 4410])
  expect(client.all('ack')).toEqual([])
  expect(released).toEqual(['ended'])
  expect(core.sessions.size).toBe(0)
  const again = connect()
  again.say(hello(who, { epoch: client.welcome.epoch }))
  await settled()
  expect(again.verdict()).toEqual(['ended', 4410])
})

test('[SV-63] the application ends a session, and its client is told', async () => {
  const { greet, sessions } = world()
  const client = await greet()
  const released = fate(sessions[0]!)
  await sessions[0]!.end()
  expect(client.verdict()).toEqual(['ended', 4410])
  expect(released).toEqual(['ended'])
  expect(await codeOf(sessions[0]!.send('more'))).toBe('fenced')
})

test('[SV-63] an instance that has lost the session cannot end it, and says so', async () => {
  const [a, b] = pair()
  const who = identity()
  await a.greet(who)
  const client = await b.greet(who, { generation: 2 })
  const old = a.sessions[0]!
  expect(await codeOf(old.end())).toBe('fenced')
  expect(client.closed).toBeUndefined()
  expect(await b.sessions[0]!.send('still here')).toBe(1)
  await b.sessions[0]!.end()
  expect(client.verdict()).toEqual(['ended', 4410])
})

test('[SV-63] a session that the log has lost has not ended', async () => {
  const { greet, sessions, log } = world()
  const who = identity()
  await greet(who)
  const released = fate(sessions[0]!)
  ;(log as MemoryLog).forget(who.session)
  expect(await codeOf(sessions[0]!.end())).toBe('fenced')
  expect(released).toEqual(['reset'])
})

test('[SV-63] what has ended may be ended again', async () => {
  const { greet, sessions, errors } = world()
  await greet()
  const [session] = sessions
  expect(await Promise.all([session!.end(), session!.end()].map(codeOf))).toEqual(['done', 'done'])
  expect(await codeOf(session!.end())).toBe('done')
  expect(errors).toEqual([])
})

test('[SV-63] an end that failed is told by an event as well, so nobody need wait for it', async () => {
  const clock = new ManualClock()
  const log = Object.assign(Object.create(virtualLog(clock)) as SessionLog, {
    end: () => Promise.reject(new Error('no log')),
  })
  const { greet, sessions, errors } = world({}, clock, log)
  const unhandled: unknown[] = []
  const listener = (cause: unknown) => unhandled.push(cause)
  process.on('unhandledRejection', listener)
  const client = await greet()
  void sessions[0]!.end()
  await settled()
  expect(errors.map(({ code }) => code)).toEqual(['log-failed'])
  client.say({ type: 'bye' })
  await settled()
  expect(errors.map(({ code }) => code)).toEqual(['log-failed', 'log-failed'])
  process.off('unhandledRejection', listener)
  expect(unhandled).toEqual([])
})

test('[SV-64] X34 a session that nobody comes back to expires, and the instance lets go of it', async () => {
  const clock = new ManualClock()
  const { greet, sessions, core } = world({}, clock, virtualLog(clock, { retainMs: 60_000 }))
  const who = identity()
  const client = await greet(who)
  expect(client.welcome.limits.retainMs).toBe(60_000)
  const released = fate(sessions[0]!)
  for (let count = 0; count < 30; count += 1) {
    await clock.pass(9_000)
    client.say({ type: 'ping', id: count, received: 0 })
  }
  client.drop()
  await clock.pass(59_000)
  expect(core.sessions.size).toBe(1)
  await clock.pass(65_000)
  expect(core.sessions.size).toBe(0)
  expect(released).toEqual(['reset'])
  expect(clock.pending).toBe(0)
  const back = await greet(who, { epoch: client.welcome.epoch, received: 0 })
  expect(back.welcome).toMatchObject({ outcome: 'reset', reason: 'expired' })
})

test('[SV-64] a connected client whose session the log has lost is asked to come again, and never told that it ended', async () => {
  const clock = new ManualClock()
  const log = virtualLog(clock)
  const { greet, sessions } = world({}, clock, log)
  const client = await greet()
  const released = fate(sessions[0]!)
  log.forget()
  expect(await codeOf(sessions[0]!.send('lost'))).toBe('fenced')
  expect(released).toEqual(['reset'])
  expect(client.verdict()).toEqual([undefined, 1012])
})

test('[SV-65] X21 a fresh token is checked in band; a bad one, or one of somebody else, ends the connection', async () => {
  const { greet, sessions } = world({
    authenticate: (token) => {
      if (token === 'bad') throw new Error('bad')
      return token ?? 'ada'
    },
  })
  const client = await greet(identity(), { auth: 'ada' })
  client.say({ type: 'auth', token: 'ada' })
  await settled()
  expect(client.closed).toBeUndefined()
  client.say({ type: 'auth', token: 'eve' })
  await settled()
  expect(client.verdict()).toEqual(['forbidden', 4403])
  const other = await greet(identity(), { auth: 'ada' })
  other.say({ type: 'auth', token: 'bad' })
  await settled()
  expect(other.verdict()).toEqual(['unauthorized', 4401])
  expect(sessions).toHaveLength(2)
})

test('[SV-65] X21 a flood of tokens is checked one at a time, and of those that wait only the last', async () => {
  let asked = 0
  const { greet } = world({
    authenticate: async () => {
      asked += 1
      await new Promise((resolve) => setImmediate(resolve))
      return 'ada'
    },
  })
  const client = await greet()
  for (let count = 0; count < 1000; count += 1) client.say({ type: 'auth', token: `${count}` })
  await settled()
  expect(client.closed).toBeUndefined()
  expect(asked).toBe(3)
})

test('[SV-100] what is read while another instance begins a new epoch is not sent over the old line', async () => {
  const [a, b, log] = pair({ limits: { window: 1 } })
  const who = identity()
  const first = await a.greet(who)
  await a.sessions[0]!.send('1')
  await settled()
  void a.sessions[0]!.send('2')
  await settled()
  log.forget()
  await b.greet(who, { epoch: first.welcome.epoch, generation: 5, received: 0, seen: 1 })
  await b.sessions[0]!.send('another 2')
  first.ack(1)
  await a.clock.pass(100)
  expect(first.downs()).toEqual([[1, '1']])
  expect(a.sessions[0]!.signal.aborted).toBe(true)
})

test('[SV-101] an instance whose log went back lets go of the session, and uses no number again', async () => {
  const clock = new ManualClock()
  // As a fail-over leaves it: the same epoch and generation, and less of what was appended.
  const log = virtualLog(clock, { random: { secret: () => 'the same' } })
  const a = world({}, clock, log)
  const who = identity()
  const first = await a.greet(who)
  const session = a.sessions[0]!
  await session.send('1')
  await session.send('2')
  const released = fate(session)
  log.forget()
  await log.greet({ ...greetingOf(who), generation: 1 })
  expect(await codeOf(session.send('3'))).toBe('fenced')
  expect(released).toEqual(['reset'])
  expect(first.downs()).toEqual([
    [1, '1'],
    [2, '2'],
  ])
  expect(first.verdict()).toEqual([undefined, 1012])
})

test('[LOG-14] an instance whose log went back saves no state of what is lost, and the next one folds what is there', async () => {
  const [a, b, log] = pair({ state: story })
  const who = identity()
  const first = await a.greet(who)
  const goBack = keep(log)
  await a.sessions[0]!.send('lost')
  const released = fate(a.sessions[0]!)
  goBack()
  // It saves the state of every session, and has not written anything since.
  first.drop()
  void a.core.drain({ closesInMs: 100 })
  await a.clock.pass(200)
  expect(released).toEqual(['reset'])
  const second = await b.greet(who, { epoch: first.welcome.epoch })
  expect(second.welcome).toMatchObject({ outcome: 'resumed', to: 0 })
  await b.sessions[0]!.send('new')
  expect(b.sessions[0]!.state).toEqual({ story: ['down1:new'] })
})

test('[LOG-15] a log that went back to before a hand-off resumes nobody: the instance before writes again', async () => {
  const [a, b, log] = pair()
  const who = identity()
  const first = await a.greet(who)
  const goBack = keep(log)
  const second = await b.greet(who, { epoch: first.welcome.epoch, generation: 2, welcomed: 1 })
  await b.sessions[0]!.send('met by the client')
  expect(second.downs()).toEqual([[1, 'met by the client']])
  goBack()
  expect(await a.sessions[0]!.send('under the same number')).toBe(1)
  second.drop()
  const third = await b.greet(who, { epoch: first.welcome.epoch, generation: 3, welcomed: 2, received: 1 })
  expect(third.welcome).toMatchObject({ outcome: 'reset', reason: 'regressed', from: 2, to: 1 })
})

test('[SV-101] a hello to an instance whose log went back is not enough: the client may have met more since', async () => {
  const [a, , log] = pair()
  const who = identity()
  const first = await a.greet(who)
  const goBack = keep(log)
  await a.sessions[0]!.send('met')
  const released = fate(a.sessions[0]!)
  goBack()
  // In a hand-off this was said before the old line delivered the first message.
  const second = await a.greet(who, { epoch: first.welcome.epoch, received: 0 })
  expect(second.types()).toEqual([])
  expect(second.verdict()).toEqual([undefined, 1012])
  expect(released).toEqual(['reset'])
  const third = await a.greet(who, { epoch: first.welcome.epoch, received: 1 })
  expect(third.welcome).toMatchObject({ outcome: 'reset', reason: 'regressed', from: 2 })
})

test('[LOG-11] a hello of long ago that a forgetful log lets in ends nobody: the session is reset', async () => {
  const [a, , log] = pair()
  const who = identity()
  const first = await a.greet(who, { generation: 5 })
  const released = fate(a.sessions[0]!)
  log.forget()
  await log.greet({ ...greetingOf(who), generation: 3 })
  await a.clock.pass(12_000)
  expect(released).toEqual(['reset'])
  expect(first.verdict()).toEqual([undefined, 1012])
})

test('[LOG-13] two copies of a client that greet two incarnations of the log under one generation do not mix', async () => {
  const [a, b, log] = pair()
  const who = identity()
  const first = await a.greet(who, { generation: 1 })
  const [session] = a.sessions
  const released = fate(session!)
  const offered: unknown[] = []
  session!.on('message', ({ data }) => offered.push(data))
  log.forget()
  const second = await b.greet(who, { generation: 1 })
  b.sessions[0]!.on('message', () => undefined)
  second.up(1, 'one', 'two')
  await settled()
  first.up(1, 'another one')
  await settled()
  expect(offered).toEqual([])
  expect(first.all('ack')).toEqual([])
  expect(first.verdict()).toEqual([undefined, 1012])
  expect(released).toEqual(['reset'])
  expect(await codeOf(session!.send('more'))).toBe('fenced')
  expect(await b.sessions[0]!.send('more')).toBe(1)
})
