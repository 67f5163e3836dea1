import { connect, HoldfastError, memoryStore } from 'holdfast'
import type { Commit, JournalContents, Options, SessionStore, Status } from 'holdfast'
import { describe, expect, test } from 'vitest'
import { after, seconds } from '../../src/base/time.ts'
import { encode, piecesOf } from '../../src/protocol/encode.ts'
import { settled } from '../support/clock.ts'
import { shutdown } from '../support/frames.ts'
import { begin } from '../support/session.ts'

const kinds = (statuses: readonly Status[]) => statuses.map(({ kind }) => kind)

describe('options', () => {
  test.each<readonly [string, unknown, unknown]>([
    ['url', 'not a url', {}],
    ['url', '/relative', {}],
    ['url', 'ftp://here.example', {}],
    ['url', 'javascript:alert(1)', {}],
    ['url', '', {}],
    ['url', undefined, {}],
    ['url', null, {}],
    ['url', 42, {}],
    ['url', {}, {}],
    ['options', 'wss://here.example', null],
    ['options', 'wss://here.example', 'fast'],
    ['name', 'wss://here.example', { name: '' }],
    ['name', 'wss://here.example', { name: 5 }],
    ['name', 'wss://here.example', { name: 'x'.repeat(257) }],
    ['store', 'wss://here.example', { store: 5 }],
    ['token', 'wss://here.example', { token: 5 }],
    ['token', 'wss://here.example', { token: null }],
    ['allowedOrigins', 'wss://here.example', { allowedOrigins: 'wss://b.example' }],
    ['allowedOrigins', 'wss://here.example', { allowedOrigins: [5] }],
    ['allowedOrigins', 'wss://here.example', { allowedOrigins: ['b.example'] }],
    ['allowedOrigins', 'wss://here.example', { allowedOrigins: ['data:text/plain,x'] }],
    ['heartbeat', 'wss://here.example', { heartbeat: null }],
    ['heartbeat.every', 'wss://here.example', { heartbeat: { every: 0 } }],
    ['heartbeat.within', 'wss://here.example', { heartbeat: { within: Number.NaN } }],
    ['backoff', 'wss://here.example', { backoff: 5 }],
    ['backoff.base', 'wss://here.example', { backoff: { base: -1 } }],
    ['backoff.max', 'wss://here.example', { backoff: { max: 60_001 } }],
    ['backoff.first', 'wss://here.example', { backoff: { first: Number.POSITIVE_INFINITY } }],
    ['connectTimeout', 'wss://here.example', { connectTimeout: '10s' }],
    ['connectTimeout', 'wss://here.example', { connectTimeout: -5 }],
    ['outbox.messages', 'wss://here.example', { outbox: { messages: 0 } }],
    ['outbox.bytes', 'wss://here.example', { outbox: { bytes: 1.5 } }],
    ['state', 'wss://here.example', { state: null }],
    ['state.reduce', 'wss://here.example', { state: { initial: 1 } }],
    ['state.initial', 'wss://here.example', { state: { initial: undefined, reduce: () => 1 } }],
    ['state.initial', 'wss://here.example', { state: { initial: 10n, reduce: () => 1 } }],
    ['WebSocket', 'wss://here.example', { WebSocket: {} }],
    ['unknownFate', 'wss://here.example', { unknownFate: 'ask' }],
    ['signal', 'wss://here.example', { signal: true }],
    ['signal', 'wss://here.example', { signal: {} }],
    ['world', 'wss://here.example', { world: 1 }],
    ['world.clock', 'wss://here.example', { world: { clock: 5 } }],
    ['world.transport', 'wss://here.example', { world: { transport: null } }],
  ])(
    '[OP-1] C46 a senseless `%s` throws at connect, and the message names it (case %#)',
    (name, url, options) => {
      const call = () => connect(url as string, options as Options<unknown, unknown, undefined>)
      expect(call).toThrow(HoldfastError)
      expect(call).toThrow(`\`${name}\``)
    },
  )

  test('[OP-3] a state that JSON cannot carry is refused', () => {
    expect(() => begin({ state: { initial: () => 1, reduce: (state) => state } })).toThrow('state.initial')
  })

  test('[OP-1] http and https are taken as ws and wss, and a fragment is left out', async () => {
    for (const [given, dialed] of [
      ['https://here.example/a?b=c#d', 'wss://here.example/a?b=c'],
      [new URL('http://here.example/'), 'ws://here.example/'],
    ] as const) {
      const { wire, session } = begin({}, given)
      await settled()
      expect(wire.last.url).toBe(dialed)
      expect(wire.last.subprotocol).toBe('holdfast.v1')
      await session.close()
    }
  })

  test('[OP-7] sessions without a name differ by their servers, and not by what changes from dial to dial', async () => {
    const store = memoryStore()
    const idAt = async (url: string | (() => string), name?: string) => {
      const { session } = begin(name === undefined ? { store } : { store, name }, url)
      await session.restored
      await session.close()
      return session.id
    }
    const one = await idAt('wss://here.example/chat?user=1')
    expect(await idAt('wss://here.example/chat?user=2#x')).toBe(one)
    expect(await idAt('wss://here.example/other')).not.toBe(one)
    expect(await idAt('wss://here.example/chat', 'named')).not.toBe(one)
    const asked = await idAt(() => 'wss://here.example/chat')
    expect(asked).not.toBe(one)
    expect(await idAt(() => 'wss://there.example/')).toBe(asked)
  })

  test('[OP-5] a signal closes the session, even if it was aborted before', async () => {
    const abort = new AbortController()
    const { session, online } = begin({ signal: abort.signal })
    await online()
    abort.abort()
    expect(session.status.kind).toBe('closed')
    expect(await session.closed).toBeUndefined()
    const late = begin({ signal: abort.signal })
    expect(late.session.status.kind).toBe('closed')
    await late.session.closed
    expect(late.wire.sockets).toEqual([])
  })
})

describe('providers', () => {
  test('[OP-2] are asked at each dial, with the attempt’s number', async () => {
    const asked: unknown[] = []
    const url = ({ attempt, refresh }: { attempt: number; refresh: boolean }) => {
      asked.push([attempt, refresh])
      return Promise.resolve(`wss://here.example/${attempt}`)
    }
    const { wire, clock } = begin({ token: () => 'token' }, url)
    await settled()
    wire.last.drop({ code: 4401 })
    await clock.pass(300)
    wire.last.drop()
    await clock.pass(1000)
    expect(asked).toEqual([
      [1, false],
      [1, true],
      [2, true],
    ])
    expect(wire.sockets.map((socket) => socket.url)).toEqual([
      'wss://here.example/1',
      'wss://here.example/1',
      'wss://here.example/2',
    ])
  })

  test('[OP-4] give a token that travels in the hello and nowhere else', async () => {
    const { wire, online } = begin({ token: Promise.resolve('secret-token\n') })
    const socket = await online()
    expect(socket.of('hello')).toMatchObject([{ auth: 'secret-token\n' }])
    expect(wire.last.url).not.toContain('secret')
  })

  type Given = readonly [Options<unknown, unknown, undefined>, unknown]

  const no = (): never => {
    throw new Error('no')
  }
  const rejection = () => Promise.reject(new Error('no'))
  const here = 'wss://here.example'

  const failing: readonly (readonly [string, () => Given])[] = [
    ['a URL function that throws', () => [{}, no]],
    ['a URL function that rejects', () => [{}, rejection]],
    ['a URL function that gives nothing', () => [{}, () => undefined]],
    ['a URL function that gives another scheme', () => [{}, () => 'ftp://here.example']],
    ['a URL promise that rejects', () => [{}, rejection()]],
    ['a token function that throws', () => [{ token: no }, here]],
    ['a token function that gives a number', () => [{ token: (() => 5) as never }, here]],
    ['a token promise that rejects', () => [{ token: rejection() }, here]],
    ['a token that no hello can carry', () => [{ token: 'x'.repeat(16 * 1024 + 1) }, here]],
  ]

  test.each(failing)('[OP-2] C49 %s is a failed attempt, told and tried again', async (_name, make) => {
    const [options, url] = make()
    const { session, wire, clock } = begin(options, url as string)
    const codes: string[] = []
    session.on('error', ({ code }) => codes.push(code))
    await settled()
    expect(session.status).toMatchObject({ kind: 'waiting', cause: 'provider-failed' })
    expect(codes).toEqual(['provider-failed'])
    await clock.pass(1000)
    expect(codes.length).toBeGreaterThanOrEqual(2)
    expect(wire.sockets).toEqual([])
  })

  test('[OP-6] C49 that never settle are given up with the attempt, and told so by their signal', async () => {
    const signals: AbortSignal[] = []
    const token = ({ signal }: { signal: AbortSignal }) => {
      signals.push(signal)
      return new Promise<string>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('aborted'))),
      )
    }
    const { session, clock } = begin({ token })
    const errors: unknown[] = []
    session.on('error', (error) => errors.push(error))
    await clock.pass(10_000)
    expect(session.status).toMatchObject({ kind: 'waiting', cause: 'connect-timeout' })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(errors).toEqual([])
  })

  test('[OP-6] that come too late dial nothing', async () => {
    let give = (_: string) => undefined as void
    const { session, wire } = begin({}, () => new Promise<string>((resolve) => (give = resolve)))
    await settled()
    const closing = session.close()
    give('wss://here.example')
    await closing
    await settled()
    expect(wire.sockets).toEqual([])
  })

  test('[OP-2] a transport that throws is a failed attempt, told in its own words', async () => {
    const { session, wire, clock } = begin()
    wire.refuses = new HoldfastError('provider-failed', 'Not that one.')
    const codes: string[] = []
    session.on('error', ({ code }) => codes.push(code))
    await settled()
    expect(codes).toEqual(['provider-failed'])
    wire.refuses = undefined
    await clock.pass(1000)
    expect(wire.sockets).toHaveLength(1)
  })

  test('[CL-15] a platform without a WebSocket is not asked for ever: the session closes and says what to do', async () => {
    const { session, wire, clock } = begin()
    wire.refuses = new HoldfastError('no-websocket', 'None here.')
    const sent = session.send(1)
    expect(await session.closed).toMatchObject({
      code: 'no-websocket',
      hint: expect.stringContaining('`WebSocket`') as string,
    })
    await expect(sent.acknowledged).rejects.toMatchObject({ code: 'no-websocket' })
    expect(clock.pending).toBe(0)
  })

  test.each([
    ['wss://here.example/other', true],
    ['wss://listed.example/', true],
    ['wss://slashed.example/', true],
    ['wss://slashed.example:8443/', false],
    ['wss://here.example.evil.example/', false],
    ['ws://here.example/', false],
    ['javascript:alert(1)', false],
    ['file:///etc/passwd', false],
    ['https://here.example/', false],
    ['//here.example', false],
  ])('[NT-1] C25 a notice that names %s is followed: %s', async (url, isFollowed) => {
    const { wire, clock, online } = begin({
      allowedOrigins: ['wss://listed.example', 'wss://Slashed.example/', 'ws://here.example'],
    })
    const socket = await online()
    socket.say(shutdown({ url, handoff: false, reconnect: { afterMs: 0, withinMs: 0 } }))
    await clock.pass(1500)
    expect(wire.sockets).toHaveLength(2)
    expect(wire.last.url).toBe(isFollowed ? url : 'wss://here.example/chat')
  })
})

describe('the status', () => {
  test('[SU-1] is online from the welcome to the loss of that connection, and at no other time', async () => {
    const { session, wire, clock } = begin()
    const statuses: Status[] = []
    session.on('status', (status, before) => {
      expect(before.kind).toBe(statuses.at(-1)?.kind ?? 'restoring')
      statuses.push(status)
    })
    expect(session.status.kind).toBe('restoring')
    await settled()
    wire.last.open()
    await settled()
    expect(session.status).toMatchObject({ kind: 'connecting', attempt: 1, after: undefined })
    await wire.welcome()
    expect(session.status).toMatchObject({ kind: 'online', server: 's1', catchingUp: undefined })
    wire.last.drop({ code: 1011 })
    expect(session.status).toMatchObject({ kind: 'waiting', cause: 'closed', code: 1011, attempt: 2 })
    await clock.pass(1000)
    await wire.welcome({ outcome: 'resumed', server: 's2' })
    await session.close()
    expect(kinds(statuses)).toEqual(['connecting', 'online', 'waiting', 'connecting', 'online', 'closed'])
  })

  test('[SU-1] counts a replay, and says when the next dial is', async () => {
    const { session, wire, clock } = begin({ store: memoryStore() })
    await settled()
    await wire.welcome({ from: 1, to: 4 })
    expect(session.status).toMatchObject({ catchingUp: { done: 0, total: 4 } })
    wire.last.say({ type: 'messages', from: 1, data: [1, 2, 3] })
    expect(session.status).toMatchObject({ catchingUp: { done: 3, total: 4 } })
    wire.last.say({ type: 'live', seq: 4 })
    expect(session.status).toMatchObject({ catchingUp: undefined })
    await clock.pass(12_000)
    const [ping] = wire.last.of('ping')
    await clock.pass(30)
    wire.last.say({ type: 'pong', id: ping?.id ?? 0, received: 0 })
    expect(session.status).toMatchObject({ kind: 'online', roundTripMs: 3.75 })
    wire.last.drop()
    const { status } = session
    if (status.kind !== 'waiting') throw new Error(status.kind)
    const left = status.dialsAt.getTime() - clock.wallTime()
    expect(left).toBeGreaterThanOrEqual(0)
    expect(left).toBeLessThanOrEqual(250)
  })

  test('[SU-1] is draining while a notice stands, and online again after the hand-off', async () => {
    const { session, wire, clock, online } = begin()
    const events: string[] = []
    for (const name of ['notice', 'lost', 'handoff', 'online'] as const)
      session.on(name, () => events.push(name))
    const socket = await online()
    socket.say(shutdown({ reconnect: { afterMs: 2000, withinMs: 0 } }))
    expect(session.status).toMatchObject({
      kind: 'draining',
      server: 's1',
      reason: 'restarting',
      handoff: true,
    })
    await clock.pass(2000)
    expect(wire.sockets).toHaveLength(2)
    await wire.welcome({ outcome: 'resumed', server: 's2' })
    expect(session.status).toMatchObject({ kind: 'online', server: 's2' })
    expect(events).toEqual(['online', 'notice', 'handoff', 'online'])
    expect(socket.closed).toEqual({ code: 1000, reason: 'handed off' })
  })

  test('[SU-1] is suspended while another holder has the store, and goes on when it lets go', async () => {
    const store = memoryStore()
    const first = begin({ store })
    await first.online()
    const second = begin({ store })
    await settled()
    expect(second.session.status).toMatchObject({ kind: 'suspended', reason: 'another-holder' })
    await first.session.close()
    await settled()
    expect(second.session.status.kind).toBe('connecting')
    expect(second.session.id).toBe(first.session.id)
  })

  test('[SU-1] is suspended without credentials until reconnect', async () => {
    const { session, wire, clock } = begin()
    await settled()
    wire.last.drop({ code: 4401 })
    await clock.pass(300)
    wire.last.drop({ code: 4401 })
    expect(session.status).toMatchObject({ kind: 'suspended', reason: 'needs-auth' })
    session.reconnect()
    expect(session.status.kind).toBe('connecting')
  })

  test('[SU-2] comes to each listener in order, even if one of them closes the session', async () => {
    const { session, online } = begin()
    const heard: string[] = []
    session.on('status', ({ kind }) => {
      if (kind === 'online') void session.close()
    })
    session.on('status', ({ kind }) => heard.push(kind))
    await online()
    await session.closed
    expect(heard).toEqual(['connecting', 'online', 'closed'])
  })

  test('[SU-3] of a page that was opened in the background is like any other', async () => {
    const { session, online } = begin({}, 'wss://here.example', ['hidden'])
    await online()
    expect(session.status.kind).toBe('online')
  })

  test('[SU-3] follows what the page says: frozen, then thawed', async () => {
    const { session, online, hint, wire } = begin()
    const socket = await online()
    hint('frozen')
    expect(session.status).toMatchObject({ kind: 'suspended', reason: 'frozen' })
    expect(socket.closed?.code).toBe(1000)
    hint('resumed')
    await settled()
    expect(wire.sockets).toHaveLength(2)
  })

  test('[SU-3] events carry dates and milliseconds', async () => {
    const { session, wire, clock, online } = begin()
    const events: Record<string, unknown> = {}
    for (const name of ['attempt', 'lost', 'online', 'live', 'notice', 'pong'] as const)
      session.on(name, (event: unknown) => (events[name] = event))
    const socket = await online()
    socket.say({ type: 'live', seq: 0 })
    await clock.pass(12_000)
    socket.say({ type: 'pong', id: socket.of('ping')[0]?.id ?? 0, received: 0 })
    socket.say(shutdown({ handoff: false }))
    socket.drop({ code: 1001, reason: 'bye' })
    await clock.pass(6000)
    await wire.welcome({ outcome: 'resumed' })
    expect(events).toMatchObject({
      live: { seq: 0 },
      pong: { roundTripMs: 0 },
      notice: {
        reason: 'restarting',
        closesInMs: 10_000,
        leavesAt: expect.any(Date) as Date,
        handoff: false,
      },
      lost: { cause: 'shutdown', code: 1001, reason: 'bye' },
      attempt: { number: 1, cause: 'shutdown', at: expect.any(Date) as Date },
      online: { outcome: 'resumed', replayed: 0, server: 's1' },
    })
    expect((events['online'] as { downMs: number }).downMs).toBeGreaterThan(1000)
  })

  test('[CL-9] C4 nonsense from the server is told with the fault, and the connection made anew', async () => {
    const { session, online, clock, wire } = begin()
    const errors: HoldfastError[] = []
    session.on('error', (error) => errors.push(error))
    const socket = await online()
    socket.sayRaw('<html>')
    socket.sayRaw('and more of it')
    expect(errors).toMatchObject([
      { code: 'protocol', message: expect.stringContaining('not JSON') as string },
    ])
    expect(socket.closed?.code).toBe(4400)
    await clock.pass(1000)
    expect(wire.sockets).toHaveLength(2)
  })
})

describe('the end', () => {
  test('[SU-5] by close keeps what is stored, lets everything go, and resolves once all is done', async () => {
    const store = memoryStore()
    const { session, online, clock, isWatched } = begin({ store })
    const socket = await online()
    session.send('kept')
    const closed: unknown[] = []
    session.on('closed', (error) => closed.push(error))
    await Promise.all([session.close(), session.close()])
    expect(await session.closed).toBeUndefined()
    expect(closed).toEqual([undefined])
    expect(socket.closed).toEqual({ code: 1000, reason: 'closed' })
    expect([isWatched(), clock.pending]).toEqual([false, 0])
    const next = begin({ store })
    const again = await next.online({ outcome: 'resumed' })
    expect(again.messages).toEqual(['kept'])
    expect(next.session.id).toBe(session.id)
  })

  test('[SU-6] by end says bye, and the next session of the name is another', async () => {
    const store = memoryStore()
    const { session, online } = begin({ store })
    const socket = await online()
    session.send('lost with it')
    const { id } = session
    await session.end()
    expect(socket.of('bye')).toHaveLength(1)
    const next = begin({ store })
    await next.session.restored
    expect(next.session.id).not.toBe(id)
    expect(next.session.pending).toBe(0)
    await next.session.close()
  })

  test('[SU-6] by end before the store was read erases it all the same', async () => {
    const store = memoryStore()
    const first = begin({ store })
    await first.online()
    const { id } = first.session
    await first.session.close()
    await begin({ store }).session.end()
    const next = begin({ store })
    await next.session.restored
    expect(next.session.id).not.toBe(id)
    await next.session.close()
  })

  test('[SU-6] by end while another holder has the store leaves it to the holder', async () => {
    const store = memoryStore()
    const holder = begin({ store })
    await holder.online()
    const other = begin({ store })
    await settled()
    await other.session.end()
    expect(holder.session.status.kind).toBe('online')
  })

  test('[SU-5] by the server tells why, and rejects nothing', async () => {
    const { session, online } = begin()
    const socket = await online()
    socket.say({ type: 'error', code: 'forked', message: 'two of you' })
    const error = await session.closed
    expect(error).toMatchObject({ code: 'forked', hint: expect.stringContaining('connect again') as string })
    expect(session.status).toMatchObject({ kind: 'closed', error: { code: 'forked' } })
  })

  test('[SU-5] by await using', async () => {
    const { session, online } = begin()
    await online()
    await session[Symbol.asyncDispose]()
    expect(session.status.kind).toBe('closed')
  })

  test('[CL-1] is the end: nothing is dialed, said or told any more', async () => {
    const { session, online, clock, wire, hint } = begin()
    const socket = await online()
    await session.close()
    const said = socket.heard.length
    const told: string[] = []
    session.on('status', ({ kind }) => told.push(kind))
    session.reconnect()
    hint('online')
    socket.say({ type: 'ping', id: 1, received: 0 })
    socket.drop()
    await clock.pass(100_000)
    expect([wire.sockets.length, socket.heard.length, told]).toEqual([1, said, []])
  })

  test('[SU-5] resolves `restored` even if the store was never read', async () => {
    const { session } = begin()
    await session.close()
    await session.restored
    expect(session.id).toBeUndefined()
  })
})

describe('state', () => {
  const counting = {
    initial: null as { readonly total: number } | null,
    reduce: (state: { readonly total: number } | null, { data }: { readonly data: number }) =>
      data === 0 ? null : { total: (state?.total ?? 0) + data },
  }

  test('[RS-7] is a fold over both directions, told once a turn, and there after a restart', async () => {
    const store = memoryStore()
    const { session, online } = begin<number, number, { readonly total: number } | null>({
      store,
      state: counting,
    })
    const told: unknown[] = []
    session.on('state', (state) => told.push(state))
    const socket = await online()
    socket.say({ type: 'messages', from: 1, data: [1, 2, 3] })
    session.send(10)
    await settled()
    expect(session.state).toEqual({ total: 16 })
    expect(told).toEqual([{ total: 16 }])
    await session.close()
    const next = begin<number, number, { readonly total: number } | null>({ store, state: counting })
    expect(next.session.state).toBeNull()
    await next.session.restored
    expect(next.session.state).toEqual({ total: 16 })
    await next.session.close()
  })

  test('[RS-7] that is null is null, and not the initial one', async () => {
    const state = { ...counting, initial: { total: 5 } as { readonly total: number } | null }
    const { session, online } = begin<number, number, { readonly total: number } | null>({ state })
    await online()
    session.send(0)
    expect(session.state).toBeNull()
  })

  test('[RS-7] stays as it was when the reducer gives a promise, whose rejection goes unheard', async () => {
    const state = { initial: 0, reduce: () => Promise.reject(new Error('late')) as unknown as number }
    const { session, online } = begin<number, number, number>({ state })
    const errors: unknown[] = []
    session.on('error', (error) => errors.push(error))
    await online()
    session.send(1)
    await settled()
    expect(session.state).toBe(0)
    expect(errors).toMatchObject([{ code: 'reducer-failed' }])
  })

  test('[RS-7] stays as it was when the reducer gives what only behaves like a promise', async () => {
    // Promises of another realm are no instances of ours, and may reject like any other.
    const heard: unknown[] = []
    const foreign = { then: (...listeners: readonly unknown[]) => heard.push(...listeners) }
    const { session, online } = begin<number, number, number>({
      state: { initial: 0, reduce: () => foreign as unknown as number },
    })
    const errors: unknown[] = []
    session.on('error', (error) => errors.push(error))
    await online()
    session.send(1)
    expect(session.state).toBe(0)
    expect(errors).toMatchObject([{ code: 'reducer-failed' }])
    expect(heard).toEqual([undefined, expect.any(Function)])
  })

  test.each([undefined, () => 1, Symbol('state'), 1n])(
    '[PS-10] stays as it was when the reducer gives what is no state, such as %o, and is told',
    async (nothing) => {
      const { session, online } = begin({ state: { initial: 7, reduce: () => nothing as never as number } })
      const errors: HoldfastError[] = []
      session.on('error', (error) => errors.push(error))
      await online()
      session.send('a')
      await settled()
      expect(errors).toMatchObject([
        { code: 'reducer-failed', hint: expect.stringContaining('return the state') as string },
      ])
      expect([errors[0]?.cause, session.state]).toEqual([expect.any(TypeError), 7])
    },
  )

  test('[RS-7] stays as it was when the reducer throws, and the message is kept', async () => {
    const state = {
      initial: 0,
      reduce: (total: number, { data }: { readonly data: number }) => {
        if (data === 13) throw new Error('unlucky')
        return total + data
      },
    }
    const { session, online } = begin<number, number, number>({ state })
    const errors: unknown[] = []
    session.on('error', (error) => errors.push(error))
    const socket = await online()
    session.send(1)
    session.send(13)
    session.send(2)
    await settled()
    expect(session.state).toBe(3)
    expect(errors).toMatchObject([{ code: 'reducer-failed', cause: { message: 'unlucky' } }])
    expect(socket.messages).toEqual([1, 13, 2])
  })

  test('[RS-4] is given back to a server that forgot it', async () => {
    const { session, online, wire, clock } = begin<string, string, string>({
      state: { initial: '', reduce: (state, { data }) => state + data },
    })
    const resets: unknown[] = []
    session.on('reset', (reset) => resets.push(reset))
    await online()
    session.send('😀'.repeat(30_000))
    await settled()
    wire.last.drop()
    await clock.pass(1000)
    const socket = await wire.welcome({ outcome: 'reset', reason: 'unknown', epoch: 'e2', restore: true })
    const pieces = socket.of('restore')
    expect(pieces).toHaveLength(2)
    expect(JSON.parse(pieces.map(({ text }) => text).join(''))).toBe(session.state)
    expect(pieces[0]).toMatchObject({ part: 1, of: 2, up: 1, down: 0 })
    expect(resets).toMatchObject([{ restored: true }])
  })

  test('[RS-4] is given back with what a listener is still at, and that is stored and folded once', async () => {
    const store = memoryStore()
    const concat = {
      initial: '',
      reduce: (state: string, { data }: { readonly data: string }) => state + data,
    }
    const { session, online, wire, clock } = begin<string, string, string>({ state: concat, store })
    let done = (): void => undefined
    session.on('message', () => new Promise<void>((resolve) => (done = resolve)))
    const socket = await online()
    socket.say({ type: 'messages', from: 1, data: ['a', 'b'] })
    await settled()
    wire.last.drop()
    await clock.pass(1000)
    const again = await wire.welcome({
      outcome: 'reset',
      reason: 'unknown',
      epoch: 'e2',
      restore: true,
      from: 3,
      to: 2,
    })
    await settled()
    expect(again.of('restore')).toMatchObject([{ text: '"ab"', up: 0, down: 2 }])
    done()
    await settled()
    done()
    await settled()
    expect(session.state).toBe('ab')
    await session.close()
    const next = begin<string, string, string>({ state: concat, store })
    await settled()
    expect(next.session.state).toBe('ab')
  })

  test('[PS-10] that JSON cannot carry is told, and given back as none', async () => {
    const { session, online } = begin<number, number, unknown>({
      state: { initial: 0, reduce: () => ({ big: 10n }) },
    })
    const codes: string[] = []
    session.on('error', ({ code }) => codes.push(code))
    session.send(1)
    const socket = await online({ restore: true })
    expect(codes).toEqual(['reducer-failed'])
    expect(socket.of('restore')).toMatchObject([{ of: 0 }])
    expect(socket.messages).toEqual([1])
  })

  const snapshot = (text: string) =>
    piecesOf(text, 0, 7).map((piece) => ({ type: 'snapshot', ...piece }) as const)

  test('[RS-5] from the server replaces ours if it arrives whole', async () => {
    const { session, online } = begin<number, number, unknown>({
      state: { initial: 0, reduce: (state) => state },
    })
    const socket = await online()
    for (const piece of snapshot('{"from":"server"}')) socket.say(piece)
    expect(session.state).toEqual({ from: 'server' })
    for (const piece of snapshot(JSON.stringify('long'.repeat(40_000)))) socket.say(piece)
    expect(session.state).toHaveLength(160_000)
  })

  test.each([
    ['with another digest', snapshot('1').map((piece) => ({ ...piece, digest: 'wrong' }))],
    ['that is no JSON', snapshot('{')],
    ['nested deeper than we could write again', snapshot(`${'['.repeat(5000)}${']'.repeat(5000)}`)],
    ['in the wrong order', snapshot(JSON.stringify('x'.repeat(100_000))).toReversed()],
  ])('[RS-5] C6 from the server is refused %s, and ours is kept', async (_name, pieces) => {
    const { session, online } = begin<number, number, unknown>({
      state: { initial: 'ours', reduce: (state) => state },
    })
    const codes: string[] = []
    session.on('error', ({ code }) => codes.push(code))
    const socket = await online()
    for (const piece of pieces) socket.sayRaw(encode(piece))
    expect(session.state).toBe('ours')
    expect(new Set(codes)).toEqual(new Set(['protocol']))
    expect(session.status.kind).toBe('online')
  })

  test('[RS-5] of nothing changes nothing', async () => {
    const { session, online } = begin<number, number, unknown>({
      state: { initial: 'ours', reduce: (state) => state },
    })
    const socket = await online()
    for (const piece of piecesOf(undefined, 0, 0)) socket.say({ type: 'snapshot', ...piece })
    expect(session.state).toBe('ours')
  })
})

describe('closing over a store that does not answer', () => {
  const never = () => new Promise<never>(() => undefined)
  const NOTHING = { snapshot: undefined, records: [] }
  /** A store that opens, and never commits. */
  const reading = (read: () => Promise<JournalContents>): SessionStore => ({
    durability: 'memory',
    open: () =>
      Promise.resolve({
        read,
        commit: never,
        reopen: never,
        erase: never,
        close: () => Promise.resolve(),
        lost: never(),
      }),
  })

  test.each([
    ['comes never', never],
    ['never opens', (): SessionStore => ({ durability: 'memory', open: never })],
    ['cannot be read', (): SessionStore => reading(never)],
  ])('[PS-12] a store that %s is told about after ten seconds, once', async (_name, store) => {
    const { session, clock } = begin({ store })
    const heard: string[] = []
    session.on('error', ({ code }) => heard.push(code))
    await clock.pass(9999)
    expect(heard).toEqual([])
    await clock.pass(60_000)
    expect(heard).toEqual(['store-failed'])
    expect([session.status.kind, clock.pending]).toEqual(['restoring', 0])
  })

  test('[PS-12] a store that is read in time is told nothing of', async () => {
    const { session, clock } = begin()
    const heard: string[] = []
    session.on('error', ({ code }) => heard.push(code))
    await clock.pass(60_000)
    expect([session.status.kind, heard]).toEqual(['connecting', []])
  })

  test('[PS-12] a store that another holder has is told nothing of, before it is ours and is not read', async () => {
    const inner = reading(never)
    let grant = (): void => undefined
    const store: SessionStore = {
      durability: 'memory',
      open: (name, options) => {
        options.blocked()
        return new Promise((resolve) => (grant = () => resolve(inner.open(name, options))))
      },
    }
    const { session, clock } = begin({ store })
    const heard: string[] = []
    session.on('error', ({ code }) => heard.push(code))
    await clock.pass(60_000)
    expect([session.status.kind, heard]).toEqual(['suspended', []])
    grant()
    await clock.pass(60_000)
    expect(heard).toEqual(['store-failed'])
  })

  test('[SU-7] a store that is still to come is not waited for', async () => {
    for (const leave of ['close', 'abort'] as const) {
      const abort = new AbortController()
      const { session, clock } = begin({ store: never, signal: abort.signal })
      await settled()
      if (leave === 'close') await session.close()
      else abort.abort()
      expect(await session.closed).toBeUndefined()
      expect(clock.pending).toBe(0)
    }
  })

  test('[SU-7] a session that ends without its store is told so after five seconds', async () => {
    const { session, clock } = begin({ store: never })
    const heard: string[] = []
    let hint: string | undefined
    session.on('error', (error) => {
      heard.push(error.code)
      hint = error.hint
    })
    session.on('closed', () => heard.push('closed'))
    const ended = session.end()
    await clock.pass(4999)
    expect(heard).toEqual([])
    await clock.pass(1)
    await ended
    expect(heard).toEqual(['store-failed', 'closed'])
    expect(hint).toContain('may not be erased')
  })

  test.each([
    ['comes never', never],
    ['never opens', (): SessionStore => ({ durability: 'memory', open: never })],
    ['cannot be read', (): SessionStore => reading(never)],
  ])(
    '[SU-7] five seconds are all that closing waits with messages for a store that %s',
    async (_name, store) => {
      const { session, clock } = begin({ store })
      const heard: string[] = []
      session.on('error', ({ code }) => heard.push(code))
      session.on('closed', () => heard.push('closed'))
      const delivery = session.send('early')
      const closing = session.close()
      await clock.pass(4999)
      expect(heard).toEqual([])
      await clock.pass(1)
      await closing
      await expect(delivery.stored).rejects.toMatchObject({ code: 'closed' })
      expect(heard).toEqual(['store-failed', 'closed'])
      expect(clock.pending).toBe(0)
    },
  )

  test('[SU-7] a store that is read late leaves its commits what is left of the five seconds', async () => {
    const store = reading(
      () => new Promise((resolve) => clock.alarm(after(clock.now(), seconds(4)), () => resolve(NOTHING))),
    )
    const { session, clock } = begin({ store })
    session.send('early')
    const closing = session.close()
    await clock.pass(4000)
    expect(session.status.kind).toBe('closed')
    await clock.pass(1000)
    await closing
    expect(clock.pending).toBe(0)
  })

  test('[SU-7] a commit that never settles is given five seconds, and a late journal is let go of', async () => {
    const store = memoryStore()
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    const slow: SessionStore = {
      durability: 'memory',
      open: async (name, request) => {
        const journal = await store.open(name, request)
        const { commit } = journal
        return Object.assign(journal, {
          commit: (batch: Commit) => released.then(() => Reflect.apply(commit, journal, [batch])),
        })
      },
    }
    const { session, clock } = begin({ store: slow, name: 'one' })
    const codes: string[] = []
    session.on('error', ({ code }) => codes.push(code))
    session.send(1)
    await settled()
    const closed = session.close()
    await clock.pass(5000)
    await closed
    expect(codes).toEqual(['store-failed'])
    const next = begin({ store, name: 'one' })
    await settled()
    expect(next.session.status).toMatchObject({ kind: 'suspended', reason: 'another-holder' })
    release()
    await settled()
    expect(next.session.status.kind).toBe('connecting')
    expect(next.session.pending).toBe(1)
    await next.session.close()
  })

  test('[SU-7] a store that was given up, and hangs when it is reopened, is erased and let go of by `end()`', async () => {
    const store = memoryStore()
    let hangs = false
    const sick: SessionStore = {
      durability: 'memory',
      open: async (name, request) => {
        const journal = await store.open(name, request)
        const { reopen } = journal
        return Object.assign(journal, {
          commit: () => Promise.reject(new HoldfastError('store-failed', 'The disk is full.')),
          reopen: () => (hangs ? never() : Reflect.apply(reopen, journal, [])),
        })
      },
    }
    const { session, clock } = begin({ store: sick, name: 'one' })
    const codes: string[] = []
    session.on('error', ({ code }) => codes.push(code))
    session.send(1)
    await clock.pass(2000)
    expect(codes).toEqual(['store-failed'])
    hangs = true
    const ended = session.end()
    await settled()
    expect(clock.pending).toBe(0)
    await ended
    expect(codes).toEqual(['store-failed'])
    const next = begin({ store, name: 'one' })
    await next.session.restored
    await next.session.close()
  })

  test('[SU-7] a store that opens late is let go of, and nothing is erased any more', async () => {
    const store = memoryStore()
    const first = begin({ store, name: 'one' })
    await first.session.restored
    await first.session.close()
    let give = (): void => undefined
    const late: SessionStore = {
      durability: 'memory',
      open: async (name, request) => {
        await new Promise<void>((resolve) => (give = resolve))
        return store.open(name, { ...request, signal: new AbortController().signal })
      },
    }
    const { session, clock } = begin({ store: late, name: 'one' })
    await settled()
    const ended = session.end()
    await clock.pass(5000)
    await ended
    give()
    await settled()
    const next = begin({ store, name: 'one' })
    await next.session.restored
    expect(next.session.id).toBe(first.session.id)
    await next.session.close()
  })
})
