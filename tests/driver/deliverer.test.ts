import { describe, expect, test } from 'vitest'
import type { Parcel } from '../../src/core/effect.ts'
import { Deliverer } from '../../src/driver/deliverer.ts'
import { settled } from '../support/clock.ts'

const parcel = (from: number, ...data: readonly string[]): Parcel => ({
  kind: 'messages',
  from,
  data,
  redelivered: 0,
})

interface Message {
  readonly seq: number
  readonly data: unknown
  readonly redelivered: boolean
}

function make(keeps = false) {
  const heard: Message[] = []
  const gaps: unknown[] = []
  const handled: number[] = []
  const world = {
    isReady: true,
    consume: (_message: Message): Promise<void> | undefined => undefined,
  }
  const deliverer = new Deliverer(
    {
      isReady: () => world.isReady,
      consume(message) {
        heard.push(message)
        return world.consume(message)
      },
      missed: (gap) => gaps.push(gap),
    },
    keeps,
    (upTo) => handled.push(upTo),
  )
  return { deliverer, heard, gaps, handled, world, seqs: () => heard.map(({ seq }) => seq) }
}

describe('the deliverer', () => {
  test('[DN-1] hands over in order, and tells once for what was done in one go', () => {
    const { deliverer, heard, handled } = make()
    deliverer.deliver(parcel(1, 'a', 'b', 'c'))
    expect(heard.map(({ seq, data }) => [seq, data])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ])
    expect(handled).toEqual([3])
  })

  test('[DN-8] waits for a message that takes its time, and tells of those before it at once', async () => {
    const { deliverer, handled, world, seqs } = make()
    let done = () => undefined as void
    world.consume = ({ seq }) => (seq === 2 ? new Promise((resolve) => (done = resolve)) : undefined)
    deliverer.deliver(parcel(1, 'a', 'b', 'c'))
    deliverer.deliver(parcel(4, 'd'))
    await settled()
    expect(seqs()).toEqual([1, 2])
    expect(handled).toEqual([1])
    done()
    await settled()
    expect(seqs()).toEqual([1, 2, 3, 4])
    expect(handled).toEqual([1, 3, 4])
  })

  test('[DN-8] keeps messages while nobody listens', async () => {
    const { deliverer, handled, world, seqs } = make()
    world.isReady = false
    deliverer.deliver(parcel(1, 'a'))
    await settled()
    expect(seqs()).toEqual([])
    world.isReady = true
    deliverer.go()
    await settled()
    expect(seqs()).toEqual([1])
    expect(handled).toEqual([1])
    deliverer.go()
    expect(seqs()).toEqual([1])
  })

  test('[DN-8] stops in the middle when the listener goes, and goes on where it stopped', async () => {
    const { deliverer, handled, world, seqs } = make()
    world.consume = ({ seq }) => {
      if (seq === 2) world.isReady = false
      return undefined
    }
    deliverer.deliver(parcel(1, 'a', 'b', 'c'))
    await settled()
    expect(seqs()).toEqual([1, 2])
    expect(handled).toEqual([2])
    world.isReady = true
    deliverer.go()
    await settled()
    expect(seqs()).toEqual([1, 2, 3])
    expect(handled).toEqual([2, 3])
  })

  test('[DN-6] tells of a gap in its place', async () => {
    const { deliverer, gaps, handled } = make()
    deliverer.deliver(parcel(1, 'a'))
    deliverer.deliver({ kind: 'gap', from: 2, to: 4, reason: 'trimmed' })
    deliverer.deliver(parcel(5, 'e'))
    await settled()
    expect(gaps).toEqual([{ kind: 'gap', from: 2, to: 4, reason: 'trimmed' }])
    expect(handled).toEqual([1, 4, 5])
  })

  test('[DN-7] marks what an earlier process may have been offered', () => {
    const { deliverer, heard } = make()
    deliverer.deliver({ kind: 'messages', from: 4, data: ['a', 'b'], redelivered: 4 })
    expect(heard.map(({ redelivered }) => redelivered)).toEqual([true, false])
  })

  test('[SU-10] hands nothing over after it was stopped, and tells what was done with then', async () => {
    const { deliverer, handled, world, seqs } = make()
    let done = () => undefined as void
    world.consume = () => new Promise((resolve) => (done = resolve))
    deliverer.deliver(parcel(1, 'a', 'b'))
    deliverer.deliver(parcel(3, 'c'))
    await settled()
    deliverer.stop()
    deliverer.deliver(parcel(4, 'd'))
    done()
    await settled()
    expect(seqs()).toEqual([1])
    expect(handled).toEqual([1])
  })

  test('[SU-10] stops in the middle of a batch, at whose word it may be', () => {
    const { deliverer, handled, world, seqs } = make()
    world.consume = ({ seq }) => {
      if (seq === 2) deliverer.stop()
      return undefined
    }
    deliverer.deliver(parcel(1, 'a', 'b', 'c'))
    expect([seqs(), handled]).toEqual([[1, 2], [2]])
  })

  test('[RS-7] keeps what was processed for the commit that says so, if it is folded', async () => {
    const { deliverer, world } = make(true)
    deliverer.deliver(parcel(1, 'a', 'b'))
    world.consume = () => Promise.resolve()
    deliverer.deliver({ kind: 'gap', from: 3, to: 3, reason: 'expired' })
    deliverer.deliver(parcel(4, 'd'))
    await settled()
    expect(deliverer.takeDone(2)).toEqual({ from: 1, data: ['a', 'b'] })
    expect(deliverer.takeDone(3)).toBeUndefined()
    expect(deliverer.takeDone(4)).toEqual({ from: 4, data: ['d'] })
    expect(deliverer.takeDone(9)).toBeUndefined()
  })

  test('[RS-4] knows what came and is in no commit yet: done with, being handled, and waiting', async () => {
    const { deliverer, world } = make(true)
    deliverer.deliver(parcel(1, 'a'))
    world.consume = () => new Promise(() => undefined)
    deliverer.deliver(parcel(2, 'b', 'c'))
    deliverer.deliver({ kind: 'gap', from: 4, to: 4, reason: 'expired' })
    deliverer.deliver(parcel(5, 'e'))
    await settled()
    expect(deliverer.inHand()).toMatchObject([
      { from: 1, data: ['a'] },
      { from: 2, data: ['b', 'c'] },
      { from: 5, data: ['e'] },
    ])
    deliverer.takeDone(1)
    expect(deliverer.inHand().map(({ from }) => from)).toEqual([2, 5])
  })
})
