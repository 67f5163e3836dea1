/** The server's copy of the state, where a part of what it stands for was never told: that part is in the log. */
import { expect, test } from 'vitest'
import { piecesOf } from '../../src/protocol/encode.ts'
import type { Greeting, SessionLog } from '../../src/server/session-log.ts'
import { losingAnswers } from './losing-answers.ts'
import { identity } from './raw-client.ts'
import { story } from './story.ts'
import { ManualClock, settled, virtualLog, world } from './virtual.ts'

/** The log as it is, but for its states, whose beginning was trimmed. */
const withoutState = (log: SessionLog): SessionLog =>
  new Proxy(log, {
    get(target, name) {
      if (name === 'greet')
        return async (greeting: Greeting) => {
          const answer = await target.greet(greeting)
          return answer.kind === 'granted' ? { ...answer, hasState: false } : answer
        }
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })

test('[SV-50] what a log tells late is folded onto the state as it is, though its beginning is trimmed and was never saved', async () => {
  const clock = new ManualClock()
  const log = virtualLog(clock, { messagesPerSession: 4 })
  const silence = { isOn: false }
  const { greet, sessions } = world({ state: story }, clock, losingAnswers(log, silence))
  const client = await greet()
  for (let count = 1; count <= 10; count += 1) await sessions[0]!.send(`d${count}`)
  client.ack(10)
  await settled()
  silence.isOn = true
  await expect(sessions[0]!.send('d11')).rejects.toThrow()
  silence.isOn = false
  await sessions[0]!.send('d12')
  await settled()
  const all = Array.from({ length: 12 }, (_, index) => `down${index + 1}:d${index + 1}`)
  expect(sessions[0]!.state).toEqual({ story: all })
})

test('[SV-50] what the client is sent from the log is in the state, too, though the log never said that it was appended', async () => {
  const clock = new ManualClock()
  const silence = { isOn: false }
  const log = losingAnswers(virtualLog(clock), silence)
  const { greet, sessions } = world({ state: story, limits: { window: 2 } }, clock, log)
  const client = await greet()
  const [session] = sessions
  for (const text of ['a', 'b', 'c']) await session!.send(text)
  silence.isOn = true
  const unsure = ['d', 'e', 'f'].map((text) => session!.send(text))
  await Promise.all(unsure.map((one) => expect(one).rejects.toThrow()))
  silence.isOn = false
  client.ack(2)
  await settled()
  expect(client.downs().map(([, data]) => data)).toEqual(['a', 'b', 'c', 'd'])
  const all = ['down1:a', 'down2:b', 'down3:c', 'down4:d', 'down5:e', 'down6:f']
  expect(session!.state).toEqual({ story: all })
  client.ack(4)
  await settled()
  expect(client.downs().map(([, data]) => data)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
})

test('[SV-50] a read that meets an append under way leaves it to its answer, and takes its place if that is lost', async () => {
  const clock = new ManualClock()
  const log = virtualLog(clock)
  let fail = (): void => undefined
  const answerLater = new Promise<never>(
    (_, reject) => (fail = () => reject(new Error('the answer is lost'))),
  )
  let isHeld = false
  const slow = new Proxy(log, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return async (...question: readonly unknown[]) => {
        const answer: unknown = await Reflect.apply(value, target, question)
        return isHeld && name === 'appendDown' ? answerLater : answer
      }
    },
  })
  const { greet, sessions } = world({ state: story, limits: { window: 2 } }, clock, slow)
  const client = await greet()
  const [session] = sessions
  for (const text of ['a', 'b', 'c']) await session!.send(text)
  isHeld = true
  const unsure = session!.send('d')
  await settled()
  client.ack(2)
  await settled()
  expect(client.downs().map(([, data]) => data)).toEqual(['a', 'b', 'c', 'd'])
  expect(session!.state).toEqual({ story: ['down1:a', 'down2:b', 'down3:c'] })
  fail()
  await expect(unsure).rejects.toThrow()
  await settled()
  expect(session!.state).toEqual({ story: ['down1:a', 'down2:b', 'down3:c', 'down4:d'] })
})

test('[SV-52] what the client had not met when it was asked is folded on top, from the log', async () => {
  const { log, greet, sessions } = world({ state: story })
  const who = identity()
  const first = await greet(who)
  first.up(1, 'a')
  await sessions[0]!.send('b')
  await sessions[0]!.send('c')
  await settled()
  // Another instance has a log with all messages and no state that makes sense.
  const other = world({ state: story, log: withoutState(log) })
  const second = await other.greet(who, { epoch: first.welcome.epoch, received: 1, acked: 1 })
  expect(second.welcome).toMatchObject({ outcome: 'resumed', restore: true })
  for (const piece of piecesOf(JSON.stringify({ story: ['given back'] }), 1, 1))
    second.say({ type: 'restore', ...piece })
  await settled()
  expect(other.sessions[0]!.state).toEqual({ story: ['given back', 'down2:c'] })
  await other.sessions[0]!.send('d')
  expect(other.sessions[0]!.state).toEqual({ story: ['given back', 'down2:c', 'down3:d'] })
})

test('[SV-52] a state that the client is asked for is not begun without it, though the log tells late of an append', async () => {
  const clock = new ManualClock()
  const log = virtualLog(clock, { shared: true })
  const who = identity()
  const before = await world({}, clock, log).greet(who)
  before.up(1, 'a')
  await settled()
  const silence = { isOn: false }
  const here = world({ state: story }, clock, withoutState(losingAnswers(log, silence)))
  const known = { epoch: before.welcome.epoch, received: 0, acked: 1 }
  const first = await here.greet(who, known)
  silence.isOn = true
  first.up(2, 'b')
  await settled()
  first.drop()
  silence.isOn = false
  const second = await here.greet(who, known)
  expect(second.welcome).toMatchObject({ received: 2, restore: true })
  second.up(3, 'c')
  await settled()
  for (const piece of piecesOf(JSON.stringify({ story: ['given back'] }), 2, 0))
    second.say({ type: 'restore', ...piece })
  await settled()
  expect(here.sessions[0]!.state).toEqual({ story: ['given back', 'up3:c'] })
})

test.each(['gives it', 'has none'])(
  '[SV-52] what the log tells late while the client is asked for its state is read on top, if the client %s',
  async (what) => {
    const clock = new ManualClock()
    const log = virtualLog(clock, { shared: true })
    const who = identity()
    const before = await world({}, clock, log).greet(who)
    before.up(1, 'a')
    await settled()
    const silence = { isOn: false }
    const here = world({ state: story }, clock, withoutState(losingAnswers(log, silence)))
    const client = await here.greet(who, { epoch: before.welcome.epoch, received: 0, acked: 1 })
    expect(client.welcome).toMatchObject({ restore: true })
    // The application has not been told of the session, and finds it nevertheless.
    const [session] = here.core.sessions.values()
    silence.isOn = true
    await expect(session!.send('b')).rejects.toThrow()
    silence.isOn = false
    void session!.send('c')
    await settled()
    const given = what === 'gives it' ? JSON.stringify({ story: ['given back'] }) : undefined
    for (const piece of piecesOf(given, 1, 0)) client.say({ type: 'restore', ...piece })
    await settled()
    const told = given === undefined ? [] : ['given back']
    expect(here.sessions[0]!.state).toEqual({ story: [...told, 'down1:b', 'down2:c'] })
  },
)
