import { HoldfastError, isHoldfastError, memoryStore } from 'holdfast'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultyStore } from 'holdfast/testing'
import { settled } from '../support/clock.ts'
import { begin } from '../support/session.ts'

const unhandled: unknown[] = []
const note = (reason: unknown) => void unhandled.push(reason)

beforeAll(() => void process.on('unhandledRejection', note))
afterAll(async () => {
  await settled()
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

const codeOf = (call: () => unknown): string => {
  try {
    call()
  } catch (error) {
    return isHoldfastError(error) ? error.code : `no HoldfastError: ${String(error)}`
  }
  return 'nothing was thrown'
}

const nested = (depth: number): unknown => (depth === 0 ? 'x' : [nested(depth - 1)])

describe('send', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic

  test.each<readonly [string, unknown]>([
    ['undefined', undefined],
    ['a BigInt', 10n],
    ['a cyclic object', cyclic],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    [
      'a throwing getter',
      Object.defineProperty({}, 'x', {
        enumerable: true,
        get: () => {
          throw new Error('no')
        },
      }),
    ],
    [
      'a throwing proxy',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no')
          },
        },
      ),
    ],
    ['a toJSON that gives nothing', { toJSON: () => undefined }],
    ['nesting deeper than a server reads', nested(65)],
    ['nesting of 100 000 levels', JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown],
  ])('[UP-7] C47 refuses %s before it has a number', async (_name, data) => {
    const { session, online } = begin()
    await online()
    expect(codeOf(() => session.send(data))).toBe('not-serializable')
    expect(session.pending).toBe(0)
    expect(session.send('next').seq).toBe(1)
  })

  test('[UP-7] takes anything that JSON carries, as deep as a server reads', async () => {
    const { session, online } = begin()
    const socket = await online()
    const values = [
      null,
      false,
      0,
      '',
      [],
      {},
      nested(64),
      '[[[['.repeat(100),
      '"\\[{',
      { a: ['\\"[', '}'] },
      new Date(0),
    ]
    for (const value of values) session.send(value)
    await settled()
    expect(socket.messages).toEqual(JSON.parse(JSON.stringify(values)))
  })

  test('[UP-7] C47 refuses a message over the limit, with the numbers', async () => {
    const { session, online } = begin()
    expect(codeOf(() => session.send('x'.repeat(300_000)))).toBe('message-too-large')
    await online({ limits: { messageBytes: 2000, window: 10, retainMs: 0 } })
    expect(() => session.send('ü'.repeat(1000))).toThrow('A message of 2002 bytes is over the limit of 2000.')
    expect(session.send('ü'.repeat(999)).seq).toBe(1)
  })

  test('[UP-7] refuses more than the outbox may hold, and takes more when some were acknowledged', async () => {
    const { session, online } = begin({ outbox: { messages: 2 } })
    session.send(1)
    session.send(2)
    expect(codeOf(() => session.send(3))).toBe('outbox-full')
    const socket = await online()
    expect(codeOf(() => session.send(3))).toBe('outbox-full')
    socket.say({ type: 'ack', received: 1 })
    expect(session.send(3).seq).toBe(3)
  })

  test('[UP-7] counts what was sent before the store was read against the bytes, too', async () => {
    const { session, online } = begin({ outbox: { bytes: 10 } })
    session.send('12345')
    expect(codeOf(() => session.send('12345'))).toBe('outbox-full')
    await online()
    expect(codeOf(() => session.send('12345'))).toBe('outbox-full')
    session.send(1)
  })

  test('[UP-7] counts bytes, not characters', async () => {
    const { session, online } = begin({ outbox: { bytes: 20 } })
    session.send('ééé')
    expect(session.pending).toBe(1)
    expect(codeOf(() => session.send('éééééé'))).toBe('outbox-full')
    const socket = await online()
    expect(codeOf(() => session.send('éééééé'))).toBe('outbox-full')
    session.send('é')
    await settled()
    socket.say({ type: 'ack', received: 2 })
    session.send('éééééé')
  })

  test('[UP-7] says what to do about a message that is no JSON', () => {
    const { session } = begin()
    const round: { self?: unknown } = {}
    round.self = round
    for (const data of [round, 10n]) expect(() => session.send(data)).toThrow('BigInt')
  })

  test('[UP-7] refuses after the end, and says which end it was', async () => {
    const left = begin()
    await left.online()
    await left.session.close()
    expect(codeOf(() => left.session.send(1))).toBe('closed')
    const ended = begin()
    const socket = await ended.online()
    socket.drop({ code: 4410 })
    expect(codeOf(() => ended.session.send(1))).toBe('ended')
    const own = begin()
    await own.online()
    const delivery = own.session.send(1)
    await own.session.end()
    await expect(delivery.acknowledged).rejects.toMatchObject({ code: 'ended' })
    expect(codeOf(() => own.session.send(1))).toBe('ended')
  })

  test('[UP-11] writes a message down at once: later changes to it change nothing', async () => {
    const { session, online } = begin()
    const message = { text: 'before' }
    session.send(message)
    message.text = 'after'
    const socket = await online()
    expect(socket.messages).toEqual([{ text: 'before' }])
  })

  test('[UP-2] before the store is read takes messages, and numbers them in their order', async () => {
    const { session, online } = begin()
    const deliveries = [session.send('a'), session.send('b')]
    expect(deliveries.map(({ seq, state }) => [seq, state])).toEqual([
      [undefined, 'accepted'],
      [undefined, 'accepted'],
    ])
    expect(session.pending).toBe(2)
    const socket = await online()
    expect(deliveries.map(({ seq }) => seq)).toEqual([1, 2])
    expect(socket.messages).toEqual(['a', 'b'])
  })

  test('[UP-2] from a listener while the store is read comes after what was sent before', async () => {
    const store = memoryStore()
    const earlier = begin({ store })
    await settled()
    earlier.wire.last.drop()
    await earlier.clock.pass(1000)
    earlier.wire.last.drop()
    await earlier.clock.pass(1500)
    await earlier.session.close()

    const { session, clock, wire } = begin({ store })
    session.on('attempt', () => session.send('from the listener'))
    const first = session.send('first')
    await clock.pass(5000)
    const socket = await wire.welcome()
    expect(first.seq).toBe(1)
    expect(socket.messages.slice(0, 2)).toEqual(['first', 'from the listener'])
  })
})

describe('a delivery', () => {
  test('[UP-12] goes from accepted to stored to sent to acknowledged', async () => {
    const { session, online } = begin()
    const states: string[] = []
    const delivery = session.send('a')
    delivery.onChange((state) => states.push(state))
    expect(delivery.state).toBe('accepted')
    const socket = await online()
    await delivery.stored
    socket.say({ type: 'ack', received: 1 })
    await delivery.acknowledged
    expect(states).toEqual(['stored', 'sent', 'acknowledged'])
    expect([delivery.state, session.pending]).toEqual(['acknowledged', 0])
  })

  test('[UP-12] goes the same way over as many connections as it takes', async () => {
    const { session, online, wire, clock } = begin()
    await online()
    const delivery = session.send('a')
    await settled()
    wire.last.drop()
    await clock.pass(1000)
    const again = await wire.welcome({ outcome: 'resumed' })
    expect(again.messages).toEqual(['a'])
    expect(delivery.state).toBe('sent')
    again.say({ type: 'ack', received: 1 })
    expect(delivery.state).toBe('acknowledged')
  })

  test('[UP-12] resolves for whoever asks late, and for whoever asks twice', async () => {
    const { session, online } = begin()
    const socket = await online()
    const delivery = session.send('a')
    await settled()
    socket.say({ type: 'ack', received: 1 })
    await Promise.all([delivery.stored, delivery.stored, delivery.acknowledged, delivery.acknowledged])
    expect(delivery.stored).toBe(delivery.stored)
  })

  test('[UP-12] that nobody looks at fails without an unhandled rejection', async () => {
    const { session, online } = begin()
    await online()
    const looked = session.send('a')
    session.send('b')
    void looked.acknowledged
    await session.close()
    await settled()
    await expect(looked.acknowledged).rejects.toMatchObject({ code: 'closed' })
  })

  test('[SU-8] that the store has when the session is closed has not failed, and the next session sends it', async () => {
    const store = memoryStore()
    const { session, online } = begin({ store })
    await online()
    const delivery = session.send('a')
    await session.close()
    await delivery.stored
    expect(delivery.state).not.toBe('failed')
    await expect(delivery.acknowledged).rejects.toMatchObject({ code: 'closed' })
    const next = begin({ store })
    await next.session.restored
    expect(next.session.pending).toBe(1)
  })

  test('[SU-8] that the store has when the session is closed is not failed by an `end()` that comes too late', async () => {
    const store = memoryStore()
    const { session, online } = begin({ store })
    await online()
    const delivery = session.send('a')
    await Promise.all([session.close(), session.end()])
    await delivery.stored
    expect(delivery.state).not.toBe('failed')
    await expect(delivery.acknowledged).rejects.toMatchObject({ code: 'closed' })
    expect(codeOf(() => session.send('b'))).toBe('closed')
    const next = begin({ store })
    await next.session.restored
    expect(next.session.pending).toBe(1)
  })

  test('[SU-9] waits five seconds for a store that another holder has, and no longer', async () => {
    const store = memoryStore()
    const holder = begin({ store })
    await holder.online()
    const { session, clock } = begin({ store })
    const errors: unknown[] = []
    session.on('error', (error) => errors.push(error))
    const delivery = session.send('a')
    const closing = session.close()
    await clock.pass(4999)
    expect(session.status.kind).toBe('suspended')
    await clock.pass(1)
    await closing
    await expect(delivery.stored).rejects.toMatchObject({ code: 'closed' })
    expect([clock.pending, errors]).toEqual([0, []])
  })

  test('[SU-6] sent before the store was read is erased by an `end()` that comes while `close()` waits', async () => {
    const store = memoryStore()
    const { session } = begin({ store })
    const delivery = session.send('a')
    await Promise.all([session.close(), session.end()])
    await expect(delivery.acknowledged).rejects.toBeInstanceOf(Error)
    expect(codeOf(() => session.send('b'))).toBe('ended')
    const next = begin({ store })
    await next.session.restored
    expect(next.session.pending).toBe(0)
  })

  test('[PS-7] sent before the store was read, and taken over by another holder, fails with the reason', async () => {
    const robbed = new HoldfastError('store-fenced', 'Robbed.')
    const store = { durability: 'disk' as const, open: () => Promise.reject(robbed) }
    const { session } = begin({ store })
    const delivery = session.send('a')
    await expect(delivery.stored).rejects.toMatchObject({ code: 'store-fenced' })
    expect(await session.closed).toMatchObject({ code: 'store-fenced' })
  })

  test('[SU-9] sent before the store was read is in it after `close()`', async () => {
    const store = memoryStore()
    const { session } = begin({ store })
    const delivery = session.send('a')
    await session.close()
    await delivery.stored
    const next = begin({ store })
    await next.session.restored
    expect(next.session.pending).toBe(1)
  })

  test('[UP-12] that the session’s end overtook before it was stored fails', async () => {
    const { session } = begin()
    const delivery = session.send('a')
    await session.end()
    await expect(delivery.stored).rejects.toBeInstanceOf(Error)
    await expect(delivery.acknowledged).rejects.toBeInstanceOf(Error)
    expect(delivery.state).toBe('failed')
  })

  test('[RS-3] of unknown fate fails where that is wanted', async () => {
    const { session, online, wire, clock } = begin({ unknownFate: 'fail' })
    await online()
    const wired = session.send('on a wire')
    await settled()
    wire.last.drop()
    const unsent = session.send('never sent')
    const resets: unknown[] = []
    session.on('reset', (reset) => resets.push(reset))
    await clock.pass(1000)
    const socket = await wire.welcome({ outcome: 'reset', reason: 'unknown', epoch: 'e2' })
    await expect(wired.acknowledged).rejects.toMatchObject({ code: 'unknown-fate' })
    expect(resets).toMatchObject([{ before: 'e1', epoch: 'e2', unknown: [1] }])
    expect(socket.of('gap')).toMatchObject([{ from: 1, to: 1 }])
    expect(socket.messages).toEqual(['never sent'])
    expect(unsent.state).toBe('sent')
  })

  test('[RS-2] of unknown fate is decided by a function, and sent again if that throws', async () => {
    const asked: unknown[] = []
    const { session, online, wire, clock } = begin<string>({
      unknownFate: (message) => {
        asked.push(message)
        if (message.data === 'b') throw new Error('cannot decide')
        return message.data === 'a' ? 'fail' : 'resend'
      },
    })
    await online()
    for (const text of ['a', 'b', 'c']) session.send(text)
    await settled()
    wire.last.drop()
    await clock.pass(1000)
    const socket = await wire.welcome({ outcome: 'reset', reason: 'unknown', epoch: 'e2' })
    expect(asked).toEqual([
      { seq: 1, data: 'a' },
      { seq: 2, data: 'b' },
      { seq: 3, data: 'c' },
    ])
    expect(socket.messages).toEqual(['b', 'c'])
  })

  test('[SU-4] whose listener throws or rejects harms no other, and tells', async () => {
    const { session, online } = begin()
    const errors: HoldfastError[] = []
    session.on('error', (error) => errors.push(error))
    const delivery = session.send('a')
    const states: string[] = []
    // A function that returns a promise passes for one that returns nothing.
    const rejecting: () => unknown = () => Promise.reject(new Error('rejected'))
    delivery.onChange(() => {
      throw new Error('thrown')
    })
    delivery.onChange(rejecting)
    const stop = delivery.onChange((state) => states.push(state))
    await online()
    stop()
    stop()
    await settled()
    expect(states).toEqual(['stored', 'sent'])
    expect(errors.map(({ code }) => code)).toEqual(Array(4).fill('listener-failed'))
  })

  test('[UP-10] C13 of a welcome that has more than we ever sent costs no time', async () => {
    const { session, online } = begin()
    const errors: unknown[] = []
    session.on('error', (error) => errors.push(error))
    const early = session.send('a')
    await online({ received: 2 ** 51 })
    expect(early.state).toBe('failed')
    await expect(early.acknowledged).rejects.toMatchObject({ code: 'number-taken' })
    expect(errors).toMatchObject([{ code: 'store-corrupt', facts: { known: 0, received: 2 ** 51 } }])
    expect(session.pending).toBe(0)
    expect(session.send('b').seq).toBe(2 ** 51 + 1)
  })

  test('[PS-4] is stored when a failing store has healed', async () => {
    let failing = 0
    const store = faultyStore(memoryStore(), ({ type }) => {
      if (type !== 'commit' || failing === 0) return undefined
      failing -= 1
      return { kind: 'refused' }
    })
    const { session, online, clock } = begin({ store })
    await online()
    failing = 2
    const delivery = session.send('a')
    await settled()
    expect(delivery.state).toBe('accepted')
    await clock.pass(300)
    expect(delivery.state).toBe('sent')
  })

  test('[PS-5] is stored in memory when the store has failed for good, and the session says so', async () => {
    let broken = false
    const inner = { ...memoryStore(), durability: 'disk' as const }
    const store = faultyStore(inner, ({ type }) =>
      broken && type === 'commit' ? { kind: 'refused' } : undefined,
    )
    const { session, online, clock } = begin({ store })
    await online()
    expect(session.durability).toBe('disk')
    broken = true
    const errors: string[] = []
    session.on('error', ({ code }) => errors.push(code))
    const delivery = session.send('a')
    await clock.pass(2000)
    expect(delivery.state).toBe('sent')
    expect([session.durability, errors]).toEqual(['memory', ['store-failed']])
  })
})
