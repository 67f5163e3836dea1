/** What an earlier process sent, and nobody here waits for. */
import { memoryStore, type Options } from 'holdfast'
import { describe, expect, test } from 'vitest'
import type { Welcome } from '../../src/protocol/frames.ts'
import { settled } from '../support/clock.ts'
import { begin } from '../support/session.ts'

type Said = { readonly seq: number; readonly data: unknown; readonly code: string }

/** What the process after one that sent these is told to have failed, when it is welcomed like this. */
async function failedAfter(
  sent: readonly unknown[],
  next: {
    readonly wasOnline: boolean
    readonly welcome: Partial<Welcome>
    readonly options?: Options<unknown, unknown, undefined>
  },
) {
  const store = memoryStore()
  // Only after a first process is there a server that could know other messages by our numbers.
  const first = begin({ store })
  await first.online()
  await first.session.close()

  const earlier = begin({ store })
  if (next.wasOnline) await earlier.online({ outcome: 'resumed' })
  for (const data of sent) earlier.session.send(data)
  await settled()
  await earlier.session.close()

  const { session, online, wire } = begin({ ...next.options, store })
  const failed: Said[] = []
  session.on('failed', ({ seq, data, error }) => failed.push({ seq, data, code: error.code }))
  await session.restored
  const own = session.send('of this process')
  await online({ outcome: 'resumed', ...next.welcome })
  await settled()
  return { failed, own, wire }
}

describe('[UP-14] a message that an earlier process sent and that fails is told, with its data', () => {
  test('because a server knows another one by its number', async () => {
    const sent = [{ a: 1 }, 'two', 'three']
    const { failed } = await failedAfter(sent, { wasOnline: false, welcome: { received: 2 } })
    expect(failed).toEqual([
      { seq: 1, data: { a: 1 }, code: 'number-taken' },
      { seq: 2, data: 'two', code: 'number-taken' },
    ])
  })

  test('and of what this process sent its delivery tells, and nothing else', async () => {
    const { failed, own } = await failedAfter(['one'], { wasOnline: false, welcome: { received: 2 } })
    expect(failed).toEqual([{ seq: 1, data: 'one', code: 'number-taken' }])
    await expect(own.acknowledged).rejects.toMatchObject({ code: 'number-taken' })
  })

  test('because the server has ended the session, and what is stored is erased with it', async () => {
    const { failed, own, wire } = await failedAfter(['one', 'two'], { wasOnline: true, welcome: {} })
    expect(failed).toEqual([])
    wire.last.drop({ code: 4410 })
    await settled()
    expect(failed).toEqual([
      { seq: 1, data: 'one', code: 'ended' },
      { seq: 2, data: 'two', code: 'ended' },
    ])
    await expect(own.acknowledged).rejects.toMatchObject({ code: 'ended' })
  })

  test('because the server forgot the session, and it shall not be sent again', async () => {
    const { failed } = await failedAfter(['one', 'two'], {
      wasOnline: true,
      welcome: { outcome: 'reset', reason: 'unknown', epoch: 'another', received: 0 },
      options: { unknownFate: 'fail' },
    })
    expect(failed).toEqual([
      { seq: 1, data: 'one', code: 'unknown-fate' },
      { seq: 2, data: 'two', code: 'unknown-fate' },
    ])
  })

  test('because it is too large for the server that is met now', async () => {
    const limits = { messageBytes: 1024, window: 10, retainMs: 0 }
    const long = 'x'.repeat(2000)
    const { failed } = await failedAfter(['one', long], { wasOnline: false, welcome: { limits } })
    expect(failed).toEqual([{ seq: 2, data: long, code: 'message-too-large' }])
  })

  test('once, though the same welcome says two things against it', async () => {
    const limits = { messageBytes: 1024, window: 10, retainMs: 0 }
    const long = 'x'.repeat(2000)
    const { failed } = await failedAfter([long], {
      wasOnline: true,
      welcome: { outcome: 'reset', reason: 'unknown', epoch: 'another', received: 0, limits },
      options: { unknownFate: 'fail' },
    })
    expect(failed).toEqual([{ seq: 1, data: long, code: 'unknown-fate' }])
  })
})
