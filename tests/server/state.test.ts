/** The server's copy of the state: folded like the client's, kept in the log, given back after a loss. */
import { describe, expect, test } from 'vitest'
import { sha256 } from '../../src/protocol/digest.ts'
import { piecesOf } from '../../src/protocol/encode.ts'
import { hello, identity, type Identity } from './raw-client.ts'
import type { StateRule } from '../../src/server/settings.ts'
import { type Story, story } from './story.ts'
import { ManualClock, pair, settled, type VirtualClient, virtualLog, world } from './virtual.ts'

function restore(client: VirtualClient, state: unknown, up: number, down: number): void {
  for (const piece of piecesOf(state === undefined ? undefined : JSON.stringify(state), up, down)) {
    client.say({ type: 'restore', ...piece })
  }
}

/** A world whose log has lost a session, and a client that comes back to it. */
async function lost(who: Identity = identity(), options: Parameters<typeof world>[0] = {}) {
  const here = world({ state: story, ...options })
  const client = await here.greet(who, { epoch: 'lost', received: 4, acked: 3 })
  return { ...here, client, who }
}

test('[SV-50] the state is folded over what is stored, both directions in the order of the log', async () => {
  const { greet, sessions, core } = world({ state: story })
  const readable: unknown[] = []
  core.on('session', (session) => readable.push(session.state))
  const client = await greet()
  client.up(1, 'a')
  await settled()
  await sessions[0]!.send('b')
  client.up(2, 'c')
  await settled()
  expect(readable).toEqual([{ story: [] }])
  expect(sessions[0]!.state).toEqual({ story: ['up1:a', 'down1:b', 'up2:c'] })
})

test('[SV-50] a listener sees the message in the state already, and a sender when the promise resolves', async () => {
  const { greet, sessions } = world({ state: story })
  const client = await greet()
  const session = sessions[0]!
  const seen: unknown[] = []
  session.on('message', () => {
    seen.push(session.state)
  })
  client.up(1, 'a')
  await settled()
  await session.send('b')
  expect(seen).toEqual([{ story: ['up1:a'] }])
  expect(session.state).toEqual({ story: ['up1:a', 'down1:b'] })
})

test('[SV-51] the instance to which a session comes has its state before the application sees it', async () => {
  const [a, b] = pair({ state: story })
  const who = identity()
  const readable: unknown[] = []
  b.core.on('session', (session) => readable.push(session.state))
  const first = await a.greet(who)
  for (let count = 1; count <= 300; count += 1) {
    first.up(count, 'u')
    await a.sessions[0]!.send('d')
    await settled()
    first.ack(count)
  }
  const all = a.sessions[0]!.state
  expect((all as Story).story).toHaveLength(600)
  const second = await b.greet(who, { epoch: first.welcome.epoch, received: 300, acked: 300 })
  expect(readable).toEqual([all])
  expect(second.types()).toEqual(['welcome', 'live'])
  const { saved, entries } = await b.log.readState(who.session)
  expect(saved?.up).toBeGreaterThan(100)
  expect(entries.length).toBeLessThan(256)
})

test('[SV-52] after a loss the client is asked for its state, and the application sees the session when it is there', async () => {
  const { client, sessions, clock, greet, who } = await lost()
  expect(client.welcome).toMatchObject({ outcome: 'reset', restore: true })
  await clock.pass(100)
  expect(sessions).toEqual([])
  const large = { story: ['x'.repeat(100_000)] }
  const connected: unknown[] = []
  restore(client, large, 5, 4)
  sessions[0]!.on('connected', (info) => connected.push(info))
  expect(sessions[0]!.state).toEqual(large)
  client.up(4, 'in it')
  client.up(5, 'in it')
  client.up(6, 'new')
  await settled()
  expect((sessions[0]!.state as Story).story.slice(1)).toEqual(['up6:new'])
  client.drop()
  const again = await greet(who, { epoch: client.welcome.epoch, received: 4, acked: 6 })
  expect(again.welcome).toMatchObject({ outcome: 'resumed', restore: false })
  expect(connected).toEqual([{ outcome: 'resumed', why: undefined }])
})

test('[SV-52] messages that come before the state wait for it', async () => {
  const { client, sessions, clock } = await lost()
  client.up(4, 'in it')
  client.up(5, 'new')
  await clock.pass(10)
  expect(client.last('ack').received).toBe(5)
  restore(client, { story: ['given back'] }, 4, 4)
  expect(sessions[0]!.state).toEqual({ story: ['given back', 'up5:new'] })
})

test.each(['a client that has none', 'a client that does not answer in time'])(
  '[SV-53] %s begins with the initial state, with what came since, and is not asked again',
  async (kind) => {
    const { client, sessions, clock, greet, who } = await lost()
    client.up(4, 'new')
    await settled()
    if (kind === 'a client that has none') restore(client, undefined, 9, 9)
    else await clock.pass(5_000)
    await settled()
    expect(sessions[0]!.state).toEqual({ story: ['up4:new'] })
    client.drop()
    const again = await greet(who, { epoch: client.welcome.epoch, received: 4, acked: 4 })
    expect(again.welcome).toMatchObject({ outcome: 'resumed', restore: false })
  },
)

test('[SV-53] a client that leaves before it gave its state is asked again', async () => {
  const { client, sessions, greet, who, clock } = await lost()
  const [first] = piecesOf(JSON.stringify({ story: ['x'.repeat(100_000)] }), 3, 4)
  client.say({ type: 'restore', ...first })
  client.drop()
  await clock.pass(20_000)
  expect(sessions).toEqual([])
  const again = await greet(who, { epoch: client.welcome.epoch, received: 4, acked: 3 })
  expect(again.welcome).toMatchObject({ outcome: 'resumed', restore: true })
  restore(again, { story: ['all of it'] }, 3, 4)
  expect(sessions[0]!.state).toEqual({ story: ['all of it'] })
})

test.each([
  ['too large', 3000, JSON.stringify('x'.repeat(100_000))],
  ['nested too deep', 20_000, `${'['.repeat(600)}${']'.repeat(600)}`],
])(
  '[SV-59] a state that is %s costs the state, is told, and the session lives',
  async (_, stateBytes, text) => {
    const { client, sessions, errors, greet, who } = await lost(identity(), { limits: { stateBytes } })
    client.up(4, 'new')
    await settled()
    for (const piece of piecesOf(text, 3, 4)) client.say({ type: 'restore', ...piece })
    await settled()
    expect(client.closed).toBeUndefined()
    expect(sessions[0]!.state).toEqual({ story: ['up4:new'] })
    expect(errors).toMatchObject([{ code: 'message-too-large', facts: { mostCharacters: stateBytes } }])
    client.drop()
    const again = await greet(who, { epoch: client.welcome.epoch, received: 4, acked: 4 })
    expect(again.welcome).toMatchObject({ outcome: 'resumed', restore: false })
  },
)

describe('[SV-54] a state that is', () => {
  const piece = { type: 'restore', part: 1, of: 1, text: '{}', digest: sha256('{}'), up: 0, down: 0 }
  test.each([
    ['not what its digest says', { ...piece, text: '[]' }, ['protocol', 4400]],
    ['not JSON', { ...piece, text: '{', digest: sha256('{') }, ['protocol', 4400]],
    ['out of order', { ...piece, part: 2, of: 3 }, ['protocol', 4400]],
  ])('[SV-54] %s is refused, and asked for again', async (_, frame, verdict) => {
    const { client, sessions, greet, who } = await lost(identity(), { limits: { stateBytes: 2000 } })
    client.say(frame)
    expect(client.verdict()).toEqual(verdict)
    expect(sessions).toEqual([])
    const again = await greet(who, { epoch: client.welcome.epoch, received: 4, acked: 3 })
    expect(again.welcome.restore).toBe(true)
  })

  test('[SV-54] not asked for is a protocol error, with a state of our own and without', async () => {
    for (const options of [{}, { state: story }]) {
      const { greet } = world(options)
      const client = await greet()
      client.say(piece)
      expect(client.verdict()).toEqual(['protocol', 4400])
    }
  })
})

test('[SV-55] before a gap, and after a reset, the client gets the state that is here, in pieces with a digest', async () => {
  const clock = new ManualClock()
  const { greet, sessions } = world({ state: story }, clock, virtualLog(clock, { messagesPerSession: 4 }))
  const who = identity()
  const first = await greet(who)
  for (let count = 1; count <= 9; count += 1) await sessions[0]!.send('x'.repeat(10_000))
  const second = await greet(who, { epoch: first.welcome.epoch })
  expect(second.types()).toEqual([
    'welcome',
    'snapshot',
    'snapshot',
    'gap',
    ...second.all('messages').map(() => 'messages'),
    'live',
  ])
  const pieces = second.all('snapshot')
  const text = pieces.map((piece) => piece.text).join('')
  expect(JSON.parse(text)).toEqual(sessions[0]!.state)
  expect(pieces.every(({ digest, up, down }) => digest === sha256(text) && up === 0 && down === 9)).toBe(true)
  expect(second.last('gap')).toMatchObject({ from: 1, to: 5 })
})

test('[SV-55] a client that is ahead of the log is reset to the state that is here', async () => {
  const { greet, sessions } = world({ state: story })
  const who = identity()
  const first = await greet(who)
  await sessions[0]!.send('d')
  const second = await greet(who, { epoch: first.welcome.epoch, received: 1, acked: 7 })
  expect(second.welcome).toMatchObject({ outcome: 'reset', reason: 'regressed', received: 7, restore: false })
  expect(second.types()).toEqual(['welcome', 'snapshot', 'live'])
  expect(second.last('snapshot')).toMatchObject({ text: '{"story":["down1:d"]}', up: 7, down: 1 })
})

test('[SV-55] the state stands for what the log has lost, so that a client folds none of it onto ours', async () => {
  const { greet, sessions } = world({ state: story })
  const who = identity()
  const first = await greet(who)
  await sessions[0]!.send('d')
  // It has met three, and has processed one: the other two are in its hands, and in no log.
  const second = await greet(who, { epoch: first.welcome.epoch, received: 1, seen: 3 })
  expect(second.last('snapshot')).toMatchObject({ text: '{"story":["down1:d"]}', down: 3 })
  await sessions.at(-1)!.send('new')
  expect(second.downs()).toEqual([[4, 'new']])
  expect(sessions.at(-1)!.state).toEqual({ story: ['down1:d', 'down4:new'] })
})

test('[SV-55] a client that lost its line at a reset gets the state again, until it has met a message of the epoch', async () => {
  const { greet, sessions } = world({ state: story })
  const who = identity()
  const first = await greet(who)
  await sessions[0]!.send('d')
  const { epoch } = (await greet(who, { epoch: first.welcome.epoch, received: 1, acked: 7 })).welcome
  const second = await greet(who, { epoch, received: 1, acked: 7 })
  expect(second.types()).toEqual(['welcome', 'snapshot', 'live'])
  await sessions.at(-1)!.send('new')
  const third = await greet(who, { epoch, received: 1, acked: 7 })
  expect(third.types()).toEqual(['welcome', 'snapshot', 'messages', 'live'])
  const fourth = await greet(who, { epoch, received: 1, seen: 2, acked: 7 })
  expect(fourth.types()).toEqual(['welcome', 'live'])
})

test('[SV-102] no number that a client’s state stands for is used again, and the replay is not shorter for it', async () => {
  const { greet, sessions } = world({ state: story })
  const who = identity()
  const first = await greet(who)
  await sessions[0]!.send('a')
  await sessions[0]!.send('b')
  // The state that it was given stands for four, and it is still at the first: the log has lost the last two.
  const second = await greet(who, { epoch: first.welcome.epoch, received: 1, stands: 4 })
  expect(second.welcome).toMatchObject({ outcome: 'reset', reason: 'regressed', from: 2, to: 4 })
  await sessions.at(-1)!.send('new')
  expect(second.downs()).toEqual([
    [2, 'b'],
    [5, 'new'],
  ])
  expect(second.last('gap')).toEqual({ type: 'gap', from: 3, to: 4, reason: 'trimmed' })
  expect(second.last('snapshot')).toMatchObject({ text: '{"story":["down1:a","down2:b"]}', down: 4 })
  expect(sessions.at(-1)!.state).toEqual({ story: ['down1:a', 'down2:b', 'down5:new'] })
})

test('[SV-52] a state that claims to stand for what the log never had stands for what it had', async () => {
  const { client, sessions } = await lost()
  restore(client, { story: ['given back'] }, 3, 9)
  await sessions[0]!.send('new')
  expect(sessions[0]!.state).toEqual({ story: ['given back', 'down5:new'] })
})

test('[SV-51] the state is saved after much text as after many entries', async () => {
  const { greet, sessions, log } = world({ state: story })
  const who = identity()
  await greet(who)
  for (let count = 0; count < 12; count += 1) await sessions[0]!.send('x'.repeat(100_000))
  await settled()
  expect((await log.readState(who.session)).saved?.down).toBe(11)
})

test('[SV-56] a reducer that fails is told, its message is kept, and the fold goes on', async () => {
  const { greet, sessions, errors } = world({ state: story })
  const client = await greet()
  const offered: unknown[] = []
  sessions[0]!.on('message', ({ data }) => offered.push(data))
  client.up(1, 'a', 'poison', 'b')
  await settled()
  expect(offered).toEqual(['a', 'poison', 'b'])
  expect(errors.map(({ code }) => code)).toEqual(['reducer-failed'])
  expect(sessions[0]!.state).toEqual({ story: ['up1:a', 'up3:b'] })
})

test('[SV-56] a reducer that gives a promise has failed, and its rejection is nobody else’s', async () => {
  const rejected: unknown[] = []
  const listener = (cause: unknown) => rejected.push(cause)
  process.on('unhandledRejection', listener)
  const reduce = (state: unknown, { data }: { readonly data: unknown }): unknown =>
    data === 'later' ? Promise.reject(new Error('late')) : [...(state as unknown[]), data]
  const { greet, sessions, errors } = world({ state: { initial: [], reduce } })
  const client = await greet()
  client.up(1, 'a', 'later', 'b')
  await settled()
  process.off('unhandledRejection', listener)
  expect(sessions[0]!.state).toEqual(['a', 'b'])
  expect(errors.map(({ code }) => code)).toEqual(['reducer-failed'])
  expect(rejected).toEqual([])
})

test.each([
  ['nothing', undefined],
  ['a function', () => 0],
  ['a symbol', Symbol('state')],
  ['a BigInt', 1n],
])('[SV-56] a reducer that gives %s has failed, and the state is as before', async (_, bad) => {
  const reduce = (state: unknown, { data }: { readonly data: unknown }): unknown =>
    data === 'bad' ? bad : [...(state as unknown[]), data]
  const { greet, sessions, errors } = world({ state: { initial: [], reduce } })
  const client = await greet()
  client.up(1, 'a', 'bad', 'b')
  await settled()
  expect(sessions[0]!.state).toEqual(['a', 'b'])
  expect(errors).toMatchObject([
    { code: 'reducer-failed', hint: expect.stringContaining('Return') as string },
  ])
})

test('[SV-56] a state that JSON cannot carry is told as the reducer’s, not as the log’s, where it was to be saved or sent', async () => {
  const circular: unknown[] = []
  circular.push(circular)
  for (const bad of [{ count: 1n }, circular]) {
    const { greet, sessions, errors, core } = world({ state: { initial: 0, reduce: () => bad } })
    const who = identity()
    const client = await greet(who)
    client.up(1, ...Array<number>(256).fill(0))
    await settled()
    expect(errors.map(({ code }) => code)).toEqual(['reducer-failed'])
    expect(client.all('ack').at(-1)?.received).toBe(256)
    expect(sessions[0]!.connected).toBe(true)
    // Ahead of the log: it is reset, and gets the state that is here, if there is one.
    const again = await greet(who, { epoch: client.welcome.epoch, generation: 2, received: 9, acked: 0 })
    expect(again.welcome.outcome).toBe('reset')
    expect(again.all('snapshot')).toEqual([])
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['reducer-failed']))
    await core.close()
  }
})

test('[SV-57] neither a listener that changes a message nor a reducer that changes its state harms another session', async () => {
  const counting: StateRule = {
    initial: { seen: [] },
    reduce: (state, entry) => {
      ;(state as { seen: unknown[] }).seen.push(entry.data)
      return state
    },
  }
  const { greet, sessions } = world({ state: counting })
  const [one] = [await greet(), await greet()]
  sessions[0]!.on('message', ({ data }) => ((data as { text: string }).text = 'changed'))
  one.up(1, { text: 'kept' })
  await settled()
  expect(sessions.map(({ state }) => state)).toEqual([{ seen: [{ text: 'kept' }] }, { seen: [] }])
})

test('[SV-58] a saved state that makes no sense is told, and the client is asked for its own', async () => {
  const clock = new ManualClock()
  const log = virtualLog(clock)
  const who = identity()
  const before = world({ state: story }, clock, log)
  const { welcome } = await before.greet(who)
  await before.sessions[0]!.send('d')
  await log.saveState(
    who.session,
    { epoch: welcome.epoch, generation: 1 },
    { state: '{"story":', up: 0, down: 1 },
  )
  const { connect, errors, sessions } = world({ state: story }, clock, log)
  const client = connect()
  client.say(hello(who, { epoch: welcome.epoch }))
  await settled()
  expect(errors.map(({ code }) => code)).toEqual(['log-failed'])
  expect(client.welcome).toMatchObject({ outcome: 'resumed', restore: true })
  restore(client, { story: ['mine'] }, 0, 1)
  expect(sessions[0]!.state).toEqual({ story: ['mine'] })
})

test('[SV-58] [SV-52] what it stood for, and the client has yet to have, is folded onto the state that the client gives', async () => {
  const clock = new ManualClock()
  const log = virtualLog(clock)
  const who = identity()
  const before = world({ state: story }, clock, log)
  const { welcome } = await before.greet(who)
  for (const text of ['a', 'b', 'c']) await before.sessions[0]!.send(text)
  const grant = { epoch: welcome.epoch, generation: 1 }
  await log.saveState(who.session, grant, { state: '{"story":', up: 0, down: 2 })
  const { greet, sessions } = world({ state: story }, clock, log)
  const client = await greet(who, { epoch: welcome.epoch, received: 1, seen: 1 })
  restore(client, { story: ['mine'] }, 0, 1)
  await settled()
  expect(sessions[0]!.state).toEqual({ story: ['mine', 'down2:b', 'down3:c'] })
})

test('[SV-52] the state that the client gives is preferred to one that the log has saved and lacks the rest of', async () => {
  const clock = new ManualClock()
  const log = virtualLog(clock, { messagesPerSession: 4, shared: true })
  const who = identity()
  const one = world({ state: story }, clock, log)
  const first = await one.greet(who)
  one.sessions[0]!.on('message', () => undefined)
  for (const text of ['a', 'b', 'c']) await one.sessions[0]!.send(text)
  const grant = { epoch: first.welcome.epoch, generation: 1 }
  await log.saveState(who.session, grant, { state: '{"story":["saved"]}', up: 0, down: 3 })
  first.up(1, 'x')
  first.up(2, 'y')
  await settled()
  for (const text of ['d', 'e', 'f']) await one.sessions[0]!.send(text)
  // The log holds the last four entries: the first message of the client is in no state of its.
  const other = world({ state: story }, clock, log)
  const second = await other.greet(who, { epoch: first.welcome.epoch, received: 2, seen: 2, acked: 2 })
  expect(second.welcome).toMatchObject({ outcome: 'resumed', restore: true, from: 4 })
  restore(second, { story: ['mine'] }, 2, 2)
  await settled()
  expect(other.sessions[0]!.state).toEqual({ story: ['mine', 'down4:d', 'down5:e', 'down6:f'] })
})
