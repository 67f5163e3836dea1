/** The application decides what becomes of a message of unknown fate, and may call the session while it does. */
import type { Delivery, HoldfastError, Session } from 'holdfast'
import { describe, expect, test } from 'vitest'
import { settled } from '../support/clock.ts'
import { begin, type World } from '../support/session.ts'

const RESET = { outcome: 'reset', reason: 'unknown', epoch: 'another', received: 0 } as const

/** A session whose server forgets it after a message was on the wire; `decide` is asked of that message. */
async function forgotten(decide: (session: Session) => unknown) {
  const world: World<unknown, unknown, undefined> = begin({
    unknownFate: () => decide(world.session) as 'fail',
  })
  const { session, clock, online } = world
  const errors: HoldfastError[] = []
  session.on('error', (error) => errors.push(error))
  const socket = await online()
  const one = session.send('one')
  await settled()
  socket.drop()
  await clock.pass(1000)
  const second = await online(RESET)
  await settled()
  return { ...world, socket: second, one, errors }
}

describe('the policy for messages of unknown fate', () => {
  test('[RS-3] may send: the new message has a number of its own, and goes out', async () => {
    let retry: Delivery | undefined
    const { session, socket, one } = await forgotten((inner) => {
      retry ??= inner.send('retry')
      return 'fail'
    })
    const next = session.send('next')
    await settled()
    expect([one.seq, retry?.seq, next.seq]).toEqual([1, 2, 3])
    expect([one.state, retry?.state, next.state]).toEqual(['failed', 'sent', 'sent'])
    expect(socket.messages).toEqual(['retry', 'next'])
  })

  test.each(['close', 'end'] as const)('[CL-1] may call %s(): what is closed stays closed', async (leave) => {
    const { session, clock, wire } = await forgotten((inner) => {
      void inner[leave]()
      return 'fail'
    })
    await session.closed
    expect(session.status.kind).toBe('closed')
    expect(() => session.send('later')).toThrow()
    const dials = wire.sockets.length
    await clock.pass(60_000)
    expect([wire.sockets.length, session.status.kind, clock.pending]).toEqual([dials, 'closed', 0])
  })

  test('[CL-13] may call reconnect(): the welcome on the line that it left counts for nothing', async () => {
    let count = 0
    const { session, wire, clock, one } = await forgotten((inner) => {
      count += 1
      if (count === 1) inner.reconnect()
      return 'fail'
    })
    await clock.pass(1)
    expect([session.status.kind, one.state, wire.sockets.length]).toEqual(['connecting', 'sent', 3])
    await wire.welcome(RESET)
    await settled()
    expect([session.status.kind, one.state, count]).toEqual(['online', 'failed', 2])
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('a bug')
      },
    ],
    ['gives a promise', () => Promise.resolve('fail')],
    ['gives nothing', () => undefined],
  ])('[RS-2] if it %s, that is told, and the message is sent again', async (_what, decide) => {
    const { socket, one, errors } = await forgotten(decide)
    expect(errors).toMatchObject([{ code: 'listener-failed', cause: expect.any(Error) as Error }])
    expect([socket.messages, one.state]).toEqual([['one'], 'sent'])
  })
})
