import { memoryStore } from 'holdfast'
import type { HoldfastError, Message } from 'holdfast'
import { describe, expect, test } from 'vitest'
import { settled } from '../support/clock.ts'
import { begin } from '../support/session.ts'
import type { Socket } from '../support/wire.ts'

const say = (socket: Socket, from: number, ...data: readonly unknown[]) =>
  socket.say({ type: 'messages', from, data })

describe('the message event', () => {
  test('[DN-8] comes for each message, which then counts as processed', async () => {
    const { session, online, clock } = begin()
    const heard: Message[] = []
    session.on('message', (message) => heard.push(message))
    const socket = await online()
    say(socket, 1, 'a', { b: 1 })
    await clock.pass(100)
    expect(heard).toEqual([
      { seq: 1, data: 'a', redelivered: false },
      { seq: 2, data: { b: 1 }, redelivered: false },
    ])
    expect(socket.of('ack')).toEqual([{ type: 'ack', received: 2 }])
  })

  test('[DN-8] waits for whoever returns a promise, and acknowledges nothing meanwhile', async () => {
    const { session, online, clock } = begin<unknown, string>()
    const heard: string[] = []
    let done = () => undefined as void
    session.on('message', ({ data }) => {
      heard.push(data)
      return new Promise<void>((resolve) => (done = resolve))
    })
    const socket = await online()
    say(socket, 1, 'a', 'b')
    await clock.pass(1000)
    expect([heard, socket.of('ack')]).toEqual([['a'], []])
    done()
    await clock.pass(100)
    expect(heard).toEqual(['a', 'b'])
    expect(socket.of('ack')).toEqual([{ type: 'ack', received: 1 }])
  })

  test('[DN-8] waits for somebody to listen, without loss and without an ack', async () => {
    const { session, online, clock } = begin<unknown, string>()
    const socket = await online()
    say(socket, 1, 'a')
    await clock.pass(1000)
    expect(socket.of('ack')).toEqual([])
    const heard: string[] = []
    session.once('message', ({ data }) => heard.push(data))
    await clock.pass(100)
    expect(heard).toEqual(['a'])
    expect(socket.of('ack')).toHaveLength(1)
    say(socket, 2, 'b')
    await clock.pass(100)
    expect(heard).toEqual(['a'])
  })

  test('[SU-4] whose listener throws or rejects is told, harms no other, and counts as processed', async () => {
    const { session, online, clock } = begin<unknown, string>()
    const heard: string[] = []
    const errors: HoldfastError[] = []
    session.on('error', (error) => errors.push(error))
    session.on('message', () => {
      throw new Error('thrown')
    })
    session.on('message', () => Promise.reject(new Error('rejected')))
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an application may reject with anything
    session.on('message', () => Promise.reject('C48 no error at all'))
    session.on('message', ({ data }) => heard.push(data))
    const socket = await online()
    say(socket, 1, 'a', 'b')
    await clock.pass(200)
    expect(heard).toEqual(['a', 'b'])
    expect(errors).toHaveLength(6)
    expect(errors[0]).toMatchObject({ code: 'listener-failed', cause: { message: 'thrown' } })
    expect(socket.of('ack').at(-1)).toEqual({ type: 'ack', received: 2 })
  })

  test('[DN-8] C48 that a listener changes is stored as it is folded, so that a restart shows no other state', async () => {
    const store = memoryStore()
    const reduce = (state: readonly string[], { data }: { readonly data: { text: string } }) => [
      ...state,
      data.text,
    ]
    const options = { store, state: { initial: [] as readonly string[], reduce } }
    const first = begin(options)
    first.session.on('message', ({ data }) => {
      data.text = 'ours'
    })
    say(await first.online(), 1, { text: 'theirs' })
    await settled()
    const shown = first.session.state
    await first.session.close()
    const second = begin(options)
    await second.session.restored
    expect(second.session.state).toEqual(shown)
    await second.session.close()
  })

  test('[DN-8] may add, remove and send from inside', async () => {
    const { session, online } = begin<string, string>()
    const heard: string[] = []
    const stop = session.on('message', ({ data }) => {
      session.send(`re: ${data}`)
      stop()
      session.on('message', (message) => heard.push(message.data))
    })
    const socket = await online()
    say(socket, 1, 'a', 'b')
    await settled()
    expect(heard).toEqual(['b'])
    expect(socket.messages).toEqual(['re: a'])
  })

  test('[DN-6] is preceded by the gap that it follows', async () => {
    const { session, online } = begin()
    const order: unknown[] = []
    session.on('message', ({ seq }) => order.push(seq))
    session.on('gap', (gap) => order.push(gap))
    const socket = await online()
    socket.say({ type: 'gap', from: 1, to: 3, reason: 'expired' })
    say(socket, 4, 'd')
    await settled()
    expect(order).toEqual([{ from: 1, to: 3, reason: 'expired' }, 4])
  })

  test('[DN-7] after a process that died before it was done comes again, and says so', async () => {
    const store = memoryStore()
    const first = begin({ store })
    first.session.on('message', ({ seq }) => (seq === 1 ? undefined : new Promise(() => undefined)))
    const socket = await first.online()
    say(socket, 1, 'a', 'b')
    await first.clock.pass(100)
    await first.session.close()

    const second = begin({ store })
    const heard: unknown[] = []
    second.session.on('message', ({ seq, redelivered }) => heard.push([seq, redelivered]))
    await second.online({ outcome: 'resumed', from: 2, to: 2 })
    say(second.wire.last, 2, 'b', 'c')
    await settled()
    expect(second.wire.last.of('hello')).toMatchObject([{ received: 1, epoch: 'e1' }])
    expect(heard).toEqual([
      [2, true],
      [3, false],
    ])
  })
})

describe('a listener', () => {
  test('[SU-4] that is added twice goes once at a time', async () => {
    const { session, online } = begin()
    const heard: number[] = []
    const listener = ({ seq }: { readonly seq: number }) => heard.push(seq)
    const stop = session.on('live', listener)
    session.on('live', listener)
    const socket = await online()
    socket.say({ type: 'live', seq: 0 })
    stop()
    stop()
    socket.say({ type: 'live', seq: 5 })
    expect(heard).toEqual([0, 0, 5])
  })

  test('[SU-4] of `error` that throws is told to the platform, and to nobody else', async () => {
    const { session, online } = begin()
    const { console } = globalThis
    const printed: unknown[] = []

    const original = console.error

    console.error = (error: unknown) => printed.push(error)
    try {
      session.on('error', () => {
        throw new Error('even here')
      })
      session.on('online', () => {
        throw new Error('first')
      })
      await online()
      await settled()
      expect(printed).toMatchObject([{ code: 'listener-failed', cause: { message: 'even here' } }])
    } finally {
      console.error = original
    }
  })

  test('[SU-4] that returns something with a `then` that throws is told like any other', async () => {
    const { session, online } = begin()
    const errors: HoldfastError[] = []
    session.on('error', (error) => errors.push(error))
    session.on('online', () => ({
      get then(): never {
        throw new Error('trap')
      },
    }))
    await online()
    expect(errors).toMatchObject([{ cause: { message: 'trap' } }])
  })
})

describe('a loop over messages', () => {
  async function take(loop: AsyncIterableIterator<Message>, count: number): Promise<unknown[]> {
    const taken: unknown[] = []
    while (taken.length < count) {
      const result = (await loop.next()) as IteratorResult<Message, undefined>
      if (result.done === true) break
      taken.push(result.value.data)
    }
    return taken
  }

  test('[DN-9] is given one message at a time, done with when the next is asked for', async () => {
    const { session, online, clock } = begin()
    const loop = session.messages()
    const socket = await online()
    say(socket, 1, 'a', 'b')
    expect(await take(loop, 1)).toEqual(['a'])
    await clock.pass(200)
    expect(socket.of('ack')).toEqual([])
    const next = loop.next()
    await clock.pass(200)
    expect(socket.of('ack')).toEqual([{ type: 'ack', received: 1 }])
    expect(await next).toMatchObject({ value: { data: 'b' } })
  })

  test('[DN-9] that is left by `break` is done with its message, and another goes on', async () => {
    const { session, online, clock } = begin()
    const socket = await online()
    say(socket, 1, 'a', 'b')
    for await (const { data } of session.messages()) {
      expect(data).toBe('a')
      break
    }
    await clock.pass(200)
    expect(socket.of('ack')).toEqual([{ type: 'ack', received: 1 }])
    expect(await take(session.messages(), 1)).toEqual(['b'])
  })

  test('[DN-9] ends when its signal aborts, and when the session is closed', async () => {
    const { session, online } = begin()
    await online()
    const abort = new AbortController()
    const one = session.messages({ signal: abort.signal }).next()
    const other = session.messages().next()
    abort.abort()
    expect(await one).toEqual({ done: true, value: undefined })
    await session.close()
    expect(await other).toEqual({ done: true, value: undefined })
    expect(await session.messages().next()).toEqual({ done: true, value: undefined })
    expect(await session.messages({ signal: abort.signal }).next()).toEqual({ done: true, value: undefined })
  })

  test('[DN-9] that was made before the close and is asked after it ends, and leaves its signal alone', async () => {
    const { session, online } = begin()
    await online()
    const { signal } = new AbortController()
    let listening = 0
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...args: unknown[]) => {
      listening += 1
      Reflect.apply(addEventListener, signal, args)
    }
    signal.removeEventListener = (...args: unknown[]) => {
      listening -= 1
      Reflect.apply(removeEventListener, signal, args)
    }
    const loop = session.messages({ signal })
    expect(listening).toBe(1)
    await session.close()
    expect(listening).toBe(0)
    expect(await loop.next()).toEqual({ done: true, value: undefined })
  })

  test('[DN-9] shares each message with other loops and listeners, and all are waited for', async () => {
    const { session, online, clock } = begin<unknown, string>()
    const heard: string[] = []
    session.on('message', ({ data }) => heard.push(data))
    const [one, other] = [session.messages(), session.messages()]
    const socket = await online()
    const first = [one.next(), other.next()]
    say(socket, 1, 'a', 'b')
    expect((await Promise.all(first)).map(({ value }) => (value as Message).data)).toEqual(['a', 'a'])
    const next = one.next()
    await clock.pass(200)
    expect([heard, socket.of('ack')]).toEqual([['a'], []])
    await other.return?.()
    expect(await next).toMatchObject({ value: { data: 'b' } })
    expect(heard).toEqual(['a', 'b'])
  })

  test('[DN-9] that asks for two at once gets both', async () => {
    const { session, online } = begin()
    const socket = await online()
    const loop = session.messages()
    const both = Promise.all([loop.next(), loop.next()])
    say(socket, 1, 'a', 'b')
    expect((await both).map(({ value }) => (value as Message).data)).toEqual(['a', 'b'])
  })

  test('[DN-9] that was left is left for good', async () => {
    const { session } = begin()
    const loop = session.messages()
    await loop.return?.()
    await loop.return?.()
    expect(await loop.next()).toEqual({ done: true, value: undefined })
    expect(loop[Symbol.asyncIterator]()).toBe(loop)
  })
})
