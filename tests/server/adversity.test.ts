/** A log that fails, answers late or talks nonsense; and clients that send anything at all. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HoldfastError, SessionLog } from 'holdfast/server'
import type { StateRule } from '../../src/server/settings.ts'
import { hello, identity } from './raw-client.ts'
import { ManualClock, settled, virtualLog, world } from './virtual.ts'

const unhandled: unknown[] = []
const remember = (cause: unknown) => unhandled.push(cause)
beforeAll(() => void process.on('unhandledRejection', remember))
afterAll(() => {
  process.off('unhandledRejection', remember)
  expect(unhandled).toEqual([])
})

type Method = Exclude<keyof SessionLog, 'durability' | 'shared' | 'close'>

/** A log of which some methods fail: before their effect, or after it. */
function failing(log: SessionLog, fails: (method: Method) => 'before' | 'after' | undefined): SessionLog {
  const call =
    (method: Method) =>
    async (...args: never[]): Promise<unknown> => {
      const when = fails(method)
      if (when === 'before') throw new Error('refused')
      const answer = await (log[method] as (...args: never[]) => Promise<unknown>).apply(log, args)
      if (when === 'after') throw new Error('answer lost')
      return answer
    }
  const names: readonly Method[] = [
    ...(['greet', 'appendUp', 'appendDown', 'acknowledge', 'markProcessed', 'touch'] as const),
    ...(['readDown', 'readUp', 'readState', 'saveState', 'end'] as const),
  ]
  const methods = Object.fromEntries(names.map((name) => [name, call(name)]))
  return {
    durability: log.durability,
    shared: log.shared,
    close: () => log.close(),
    ...methods,
  } as unknown as SessionLog
}

const codeOf = (sending: Promise<unknown>) => sending.then(String, (error: HoldfastError) => error.code)

function troubled(options: Parameters<typeof world>[0] = {}) {
  const clock = new ManualClock()
  const faults = new Map<Method, 'before' | 'after'>()
  const log = failing(virtualLog(clock), (method) => faults.get(method))
  return { ...world(options, clock, log), faults }
}

test('[SV-80] X28 while the log does not answer a hello, the client is sent away for a moment, and told nothing of it', async () => {
  const { greet, faults, errors } = troubled()
  faults.set('greet', 'before')
  const who = identity()
  const client = await greet(who)
  expect(client.verdict()).toEqual(['overloaded', 1013])
  expect(client.last('error').retryAfterMs).toBeGreaterThan(0)
  expect(JSON.stringify(client.heard)).not.toContain('refused')
  expect(errors.map(({ code }) => code)).toEqual(['log-failed'])
  faults.clear()
  expect((await greet(who)).welcome.outcome).toBe('created')
})

test('[SV-80] a hello whose answer was lost is answered the next time', async () => {
  const { greet, faults, sessions } = troubled()
  const who = identity()
  const first = await greet(who)
  faults.set('greet', 'after')
  await greet(who, { epoch: first.welcome.epoch })
  faults.clear()
  const third = await greet(who, { epoch: first.welcome.epoch })
  expect(third.welcome.outcome).toBe('resumed')
  await sessions.at(-1)!.send('on')
  expect(third.downs()).toEqual([[1, 'on']])
})

test.each(['before', 'after'] as const)(
  '[SV-81] an up message whose append failed %s its effect is stored once when the client sends it again',
  async (when) => {
    const { greet, faults, clock, sessions } = troubled()
    const who = identity()
    const first = await greet(who)
    const offered: unknown[] = []
    sessions[0]!.on('message', ({ seq }) => offered.push(seq))
    first.up(1, 'a')
    await settled()
    faults.set('appendUp', when)
    first.up(2, 'b', 'c')
    await clock.pass(10)
    expect(first.verdict()).toEqual(['overloaded', 1013])
    expect(first.last('ack').received).toBe(1)
    faults.clear()
    const second = await greet(who, { epoch: first.welcome.epoch, acked: 1 })
    expect(second.welcome.received).toBe(when === 'before' ? 1 : 3)
    second.up(2, 'b', 'c', 'd')
    await clock.pass(10)
    expect(second.last('ack').received).toBe(4)
    expect(offered).toEqual([1, 2, 3, 4])
  },
)

test.each(['before', 'after'] as const)(
  '[SV-82] a down message whose append failed %s its effect is told as failed, and the next ones go out in order',
  async (when) => {
    const { greet, faults, clock, sessions, errors } = troubled()
    const client = await greet()
    const session = sessions[0]!
    await session.send('a')
    faults.set('appendDown', when)
    expect(await codeOf(session.send('b'))).toBe('log-failed')
    void session.send('nobody waits for this one')
    await settled()
    faults.clear()
    const expected = when === 'before' ? ['a', 'c'] : ['a', 'b', 'c']
    expect(await session.send('c')).toBe(expected.length)
    await clock.pass(10)
    expect(client.downs().map(([, value]) => value)).toEqual(expected)
    expect(client.downs().map(([seq]) => seq)).toEqual(expected.map((_, index) => index + 1))
    expect(errors.every(({ code }) => code === 'log-failed')).toBe(true)
  },
)

test('[SV-35] an ack for what was read from the log and sent is believed, though its append was taken for failed', async () => {
  const clock = new ManualClock()
  const calls = { appendDown: 0, readDown: 0 }
  const log = failing(virtualLog(clock), (method) => {
    if (method !== 'appendDown' && method !== 'readDown') return undefined
    const count = (calls[method] += 1)
    if (method === 'readDown') return count === 1 ? 'before' : undefined
    return count === 2 || count === 4 ? 'after' : undefined
  })
  const { greet, sessions } = world({}, clock, log)
  const client = await greet()
  const session = sessions[0]!
  await session.send('a')
  expect(await codeOf(session.send('b'))).toBe('log-failed')
  // Finds out that `b` has landed, and of itself it does not.
  expect(await codeOf(session.send('c'))).toBe('log-failed')
  // By the time the log can be read again there is more in it than that.
  await clock.pass(1000)
  expect(client.downs().map(([seq]) => seq)).toEqual([1, 2, 3])
  client.ack(3)
  await settled()
  expect(client.closed).toBeUndefined()
  expect(await session.send('d')).toBe(4)
  await clock.pass(10)
  expect(client.downs().at(-1)).toEqual([4, 'd'])
})

test('[SV-82] the state holds what landed although it was told as failed', async () => {
  const rule: StateRule = { initial: '', reduce: (state, { data }) => `${String(state)}${String(data)}` }
  const { greet, faults, sessions, clock } = troubled({ state: rule })
  await greet()
  const session = sessions[0]!
  await session.send('a')
  faults.set('appendDown', 'after')
  await codeOf(session.send('b'))
  faults.clear()
  await session.send('c')
  await clock.pass(10)
  expect(session.state).toBe('abc')
})

test('[SV-58] a saved state that makes no sense, read in mid-life, is told, and the fold goes on from the state that is here', async () => {
  const rule: StateRule = { initial: '', reduce: (state, { data }) => `${String(state)}${String(data)}` }
  const { greet, faults, sessions, clock, log, errors } = troubled({ state: rule })
  const who = identity()
  const { welcome } = await greet(who)
  const session = sessions[0]!
  await session.send('a')
  await log.saveState(who.session, { epoch: welcome.epoch, generation: 1 }, { state: '{', up: 0, down: 1 })
  faults.set('appendDown', 'after')
  await codeOf(session.send('b'))
  faults.clear()
  expect(await session.send('c')).toBe(3)
  await clock.pass(10)
  expect(session.state).toBe('abc')
  expect(errors.every(({ code }) => code === 'log-failed')).toBe(true)
})

test('[SV-82] a write that comes to the log behind our own newer greeting is made again, and costs nobody the session', async () => {
  const clock = new ManualClock()
  const log = virtualLog(clock)
  let go = (): void => undefined
  let isHeld = true
  const late = failing(log, () => undefined)
  const { greet, sessions, core } = world({}, clock, {
    ...late,
    appendDown: async (...asked) => {
      if (isHeld) await new Promise<void>((resolve) => (go = resolve))
      return log.appendDown(...asked)
    },
  })
  const who = identity()
  const first = await greet(who)
  const sending = sessions[0]!.send('made under the first generation')
  await settled()
  const second = await greet(who, { epoch: first.welcome.epoch })
  isHeld = false
  go()
  expect(await sending).toBe(1)
  expect(core.sessions.get(who.session)).toBe(sessions[0])
  expect(second.downs()).toEqual([[1, 'made under the first generation']])
})

test('[SV-83] what could not be read, marked or acknowledged is tried again', async () => {
  const { greet, faults, sessions, clock, log } = troubled()
  const who = identity()
  const first = await greet(who)
  first.drop()
  await sessions[0]!.send('a')
  for (const method of ['readDown', 'readUp', 'markProcessed', 'acknowledge', 'touch'] as const)
    faults.set(method, 'before')
  const second = await greet(who, { epoch: first.welcome.epoch })
  sessions[0]!.on('message', () => undefined)
  second.up(1, 'u')
  await settled()
  second.ack(1)
  await clock.pass(5_000)
  expect(second.closed).toBeUndefined()
  faults.clear()
  for (let count = 0; count < 9; count += 1) {
    await clock.pass(8_000)
    second.say({ type: 'ping', id: count, received: 1 })
  }
  expect(await log.readDown(who.session, 1, 9)).toEqual([])
  expect(await log.readUp(who.session, 1, 9)).toEqual([])
})

test('[SV-84] X28 a log that answers nonsense costs a connection at most, never the server', async () => {
  const nonsense = [
    undefined,
    null,
    42,
    'x',
    [],
    {},
    { kind: 'written' },
    { kind: 'appended', last: 'x' },
    [{ seq: 0 }],
    [{}],
    [null],
  ]
  const clock = new ManualClock()
  for (const answer of nonsense) {
    const log = virtualLog(clock)
    let isMad = false
    const mad = new Proxy(log, {
      get: (target, name, receiver) => {
        const value: unknown = Reflect.get(target, name, receiver)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) =>
          isMad ? Promise.resolve(answer) : (value.apply(target, args) as unknown)
      },
    })
    const { greet, sessions, core } = world({ state: { initial: 0, reduce: (state) => state } }, clock, mad)
    const who = identity()
    const client = await greet(who)
    client.drop()
    await sessions[0]!.send('a')
    const back = await greet(who, { epoch: client.welcome.epoch })
    isMad = true
    back.up(1, 'a')
    back.ack(1)
    await codeOf(sessions[0]!.send('b'))
    await greet(identity())
    await greet(who, { epoch: client.welcome.epoch })
    await clock.pass(100)
    isMad = false
    const fresh = await greet(identity())
    expect(fresh.welcome.outcome).toBe('created')
    await core.close()
  }
})

/** Frames that are nearly right, and others. */
const frame = fc.oneof(
  fc.record(
    {
      type: fc.constantFrom(
        'messages',
        'ack',
        'gap',
        'restore',
        'auth',
        'ping',
        'pong',
        'bye',
        'hello',
        'welcome',
        'nothing',
      ),
      from: fc.oneof(fc.integer({ min: -1, max: 20 }), fc.double(), fc.string()),
      to: fc.oneof(fc.integer({ min: -1, max: 20 }), fc.constant(Number.MAX_SAFE_INTEGER)),
      data: fc.oneof(fc.array(fc.jsonValue(), { maxLength: 5 }), fc.jsonValue()),
      received: fc.oneof(fc.integer({ min: -1, max: 5 }), fc.constant(null)),
      reason: fc.constantFrom('cancelled', 'trimmed', 'x'),
      part: fc.integer({ min: 0, max: 3 }),
      of: fc.integer({ min: 0, max: 3 }),
      text: fc.string(),
      digest: fc.string(),
      up: fc.integer({ min: 0, max: 9 }),
      down: fc.integer({ min: 0, max: 9 }),
      token: fc.string(),
      id: fc.integer(),
    },
    { requiredKeys: ['type'] },
  ),
  fc.jsonValue(),
)

test('[SV-85] X7 X8 no sequence of frames throws, leaves a promise unhandled or disturbs another client', async () => {
  const clock = new ManualClock()
  const rule: StateRule = { initial: 0, reduce: (state) => (state as number) + 1 }
  const { connect, greet, sessions, core, errors } = world({ state: rule, limits: { window: 10 } }, clock)
  const bystander = await greet()
  core.on('session', (session) => session.on('message', () => void session.send('echo')))
  let welcomed = 0
  let refused = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(frame, fc.string()), { maxLength: 12 }),
      fc.constantFrom('silent', 'new', 'lost'),
      async (messages, kind) => {
        const client = connect()
        if (kind !== 'silent')
          client.say(hello(identity(), kind === 'new' ? {} : { epoch: 'lost', acked: 2 }))
        await settled()
        for (const message of messages)
          client.say(typeof message === 'string' ? message : JSON.stringify(message))
        await clock.pass(10)
        if (client.all('welcome').length > 0) welcomed += 1
        if (client.closed !== undefined) refused += 1
        client.drop()
      },
    ),
    { numRuns: 400 },
  )
  expect(welcomed).toBeGreaterThan(50)
  expect(refused).toBeGreaterThan(50)
  // Our own mistakes would be told as an error with a cause that is not the application's.
  expect(errors.filter(({ code }) => code === 'protocol')).toEqual([])
  await sessions[0]!.send('still here')
  expect(bystander.downs()).toEqual([[1, 'still here']])
  expect(bystander.closed).toBeUndefined()
})
