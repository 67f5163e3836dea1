/** The state while it is being read from the log again: nobody is told anything that it does not hold yet. */
import { describe, expect, test } from 'vitest'
import { piecesOf } from '../../src/protocol/encode.ts'
import type { SessionLog } from '../../src/server/session-log.ts'
import type { StateRule } from '../../src/server/settings.ts'
import { losingAnswers } from './losing-answers.ts'
import { identity } from './raw-client.ts'
import { ManualClock, settled, virtualLog, world } from './virtual.ts'

const story: StateRule = {
  initial: [],
  reduce: (state, { direction, data }) => [...(state as string[]), `${direction}:${String(data)}`],
}

/** A log whose answers can be held back; what was asked of it is done all the same. */
function slowLog(clock: ManualClock, shared = false, options: Parameters<typeof virtualLog>[1] = {}) {
  const log = virtualLog(clock, { shared, ...options })
  const held = new Map<string, (() => void)[]>()
  const late = (method: 'appendDown' | 'appendUp' | 'readState') => {
    return async (...args: never[]): Promise<never> => {
      const answer = await (log[method] as (...args: never[]) => Promise<never>).apply(log, args)
      const waiting = held.get(method)
      if (waiting !== undefined) await new Promise<void>((resolve) => waiting.push(resolve))
      return answer
    }
  }
  return {
    log: new Proxy<SessionLog>(log, {
      get(target, name: keyof SessionLog) {
        if (name === 'appendDown' || name === 'appendUp' || name === 'readState') return late(name)
        const value = target[name] as unknown
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    }),
    forget: () => log.forget(),
    hold: (...methods: string[]) => methods.forEach((method) => held.set(method, [])),
    async free(method: string): Promise<void> {
      const waiting = held.get(method) ?? []
      held.delete(method)
      for (const go of waiting) go()
      await settled()
    },
  }
}

async function slowWorld() {
  const clock = new ManualClock()
  const slow = slowLog(clock)
  const here = world({ state: story }, clock, slow.log)
  const who = identity()
  const client = await here.greet(who)
  return { ...here, slow, who, client, session: here.sessions[0]! }
}

// A client came back while an answer was on its way to the log: the server took the number for a stranger's,
// read its state anew, and told the sender meanwhile. Who answers what the state says is open answered twice.
test('[SV-50] a sender whose client comes back meanwhile is told when the state holds the message, not before', async () => {
  const { greet, slow, who, session } = await slowWorld()
  slow.hold('appendDown', 'readState')
  let seen: unknown
  void session.send('a').then(() => (seen = session.state))
  await settled()
  await greet(who, { generation: 2 })
  await slow.free('appendDown')
  await slow.free('readState')
  expect(seen).toEqual(['down:a'])
  expect(session.state).toEqual(['down:a'])
})

test('[SV-50] a listener whose client comes back meanwhile hears of a message when the state holds it, not before', async () => {
  const { greet, slow, who, session, client } = await slowWorld()
  const seen: unknown[] = []
  session.on('message', () => void seen.push(session.state))
  slow.hold('appendUp', 'readState')
  client.up(1, 'a')
  await settled()
  await greet(who, { generation: 2 })
  await slow.free('appendUp')
  await slow.free('readState')
  expect(seen).toEqual([['up:a']])
})

test('[SV-103] a session that another server took while its state was being read is never told of', async () => {
  const clock = new ManualClock()
  const slow = slowLog(clock, true)
  const [a, b] = [world({ state: story }, clock, slow.log), world({ state: story }, clock, slow.log)]
  const who = identity()
  const first = await a.greet(who, { epoch: 'lost', received: 4, seen: 5 })
  slow.hold('readState')
  for (const piece of piecesOf('["given back"]', 0, 4)) first.say({ type: 'restore', ...piece })
  await settled()
  await b.greet(who, { generation: 2, epoch: first.welcome.epoch, received: 4, seen: 5 })
  await clock.pass(11_000)
  expect(first.verdict()).toEqual(['superseded', 4409])
  await slow.free('readState')
  expect(a.sessions).toEqual([])
})

test('[SV-55] a state that is being read again when its client greets is sent before any message, all the same', async () => {
  const { greet, slow, sessions } = await slowWorld()
  const who = identity()
  const first = await greet(who, { epoch: 'lost', received: 4 })
  for (const piece of piecesOf('["given back"]', 0, 4)) first.say({ type: 'restore', ...piece })
  await settled()
  slow.hold('appendDown', 'readState')
  void sessions.at(-1)!.send('new')
  await settled()
  const second = await greet(who, { generation: 2, epoch: first.welcome.epoch, received: 4 })
  await slow.free('readState')
  await slow.free('appendDown')
  expect(second.types()).toEqual(['welcome', 'snapshot', 'messages', 'live'])
  expect(second.last('snapshot')).toMatchObject({ text: '["given back","down:new"]', down: 5 })
})

test('[SV-50] what the log tells late while the state is being read is read as well', async () => {
  const clock = new ManualClock()
  const slow = slowLog(clock)
  const silence = { isOn: false }
  const { greet, sessions } = world({ state: story }, clock, losingAnswers(slow.log, silence))
  await greet()
  const [session] = sessions
  silence.isOn = true
  await expect(session!.send('one')).rejects.toThrow()
  slow.hold('readState')
  // The log says that it has one already, and has two by the time that it is asked for its state no more.
  await expect(session!.send('two')).rejects.toThrow()
  silence.isOn = false
  const third = session!.send('three')
  await settled()
  await slow.free('readState')
  expect(await third).toBe(3)
  expect(session!.state).toEqual(['down:one', 'down:two', 'down:three'])
})

test('[SV-55] a state that is being read again is sent before a gap, all the same', async () => {
  const clock = new ManualClock()
  const slow = slowLog(clock, false, { messagesPerSession: 4 })
  const silence = { isOn: false }
  const { greet, sessions } = world({ state: story }, clock, losingAnswers(slow.log, silence))
  const who = identity()
  const first = await greet(who)
  first.drop()
  const [session] = sessions
  for (const text of ['a', 'b', 'c', 'd', 'e', 'f']) await session!.send(text)
  silence.isOn = true
  await expect(session!.send('g')).rejects.toThrow()
  silence.isOn = false
  slow.hold('readState')
  const second = await greet(who, { generation: 2, epoch: first.welcome.epoch })
  await slow.free('readState')
  expect(second.types()).toEqual(['welcome', 'snapshot', 'gap', 'messages', 'live'])
  expect(second.last('snapshot')).toMatchObject({ down: 7 })
})

describe('[SV-101] a client whose session ends while its state is being read', () => {
  async function waiting() {
    const clock = new ManualClock()
    const slow = slowLog(clock, true)
    const [a, b] = [world({ state: story }, clock, slow.log), world({ state: story }, clock, slow.log)]
    const who = identity()
    const first = await a.greet(who)
    await a.sessions[0]!.send('stored')
    slow.hold('readState')
    const client = await b.greet(who, { generation: 2, epoch: first.welcome.epoch })
    return { slow, client, session: [...b.core.sessions.values()][0]! }
  }

  test('greets again, where the log has lost it', async () => {
    const { slow, client, session } = await waiting()
    slow.forget()
    await expect(session.send('to everybody')).rejects.toThrow()
    await slow.free('readState')
    expect(client.verdict()).toEqual([undefined, 1012])
  })

  test('hears that it has ended, where the application ended it', async () => {
    const { slow, client, session } = await waiting()
    await session.end()
    await slow.free('readState')
    expect(client.verdict()).toEqual(['ended', 4410])
  })
})
