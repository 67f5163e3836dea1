import { describe, expect, test } from 'vitest'
import { MAX_GREETED } from '../../src/protocol/limits.ts'
import { welcome } from '../support/frames.ts'
import { deliveriesOf, framesOf, hangUpsOf, Mind, newsOf, online } from '../support/mind.ts'

const messages = (from: number, ...data: readonly string[]) => ({ type: 'messages', from, data }) as const

describe('down: messages from the server', () => {
  test('[DN-1] are delivered in order', () => {
    const mind = online()
    expect(deliveriesOf(mind.hear(messages(1, 'a', 'b')))).toEqual([
      { kind: 'messages', from: 1, data: ['a', 'b'], redelivered: 0 },
    ])
    expect(deliveriesOf(mind.hear(messages(3, 'c')))).toMatchObject([{ from: 3, data: ['c'] }])
  })

  test('[DN-1] C14 that are known already are not delivered again, on this connection or the next', () => {
    const mind = online()
    mind.hear(messages(1, 'a', 'b'))
    expect(deliveriesOf(mind.hear(messages(1, 'a', 'b')))).toEqual([])
    expect(deliveriesOf(mind.hear(messages(2, 'b', 'c')))).toMatchObject([{ from: 3, data: ['c'] }])
    mind.drop()
    mind.connect({ outcome: 'resumed', from: 1, to: 4 })
    expect(deliveriesOf(mind.hear(messages(1, 'a', 'b', 'c', 'd')))).toMatchObject([{ from: 4, data: ['d'] }])
  })

  test('[DN-2] C14 that skip a number are a fault, and the connection is made anew', () => {
    const mind = online()
    const effects = mind.hear(messages(3, 'c'))
    expect(deliveriesOf(effects)).toEqual([])
    expect(hangUpsOf(effects)).toEqual([[1, 4400]])
    expect(newsOf(effects)).toMatchObject([
      { type: 'garbled' },
      { type: 'lost', cause: 'protocol' },
      { type: 'attempt' },
    ])
  })

  test('[DN-3] that are known already are acknowledged again', () => {
    const mind = online()
    mind.hear(messages(1, 'a'))
    mind.process()
    expect(framesOf(mind.pass(100))).toEqual([{ type: 'ack', received: 1 }])
    mind.hear(messages(1, 'a'))
    expect(framesOf(mind.pass(1))).toEqual([{ type: 'ack', received: 1 }])
    expect(framesOf(mind.pass(1000))).toEqual([])
  })

  test('[DN-4] are acknowledged when they are processed and in the store, not before', () => {
    const mind = online()
    mind.hear(messages(1, 'a', 'b'))
    mind.persist()
    expect(framesOf(mind.pass(1000))).toEqual([])
    mind.tell({ type: 'handled', upTo: 2 })
    expect(framesOf(mind.pass(1000))).toEqual([])
    mind.persist()
    expect(framesOf(mind.pass(100))).toEqual([{ type: 'ack', received: 2 }])
  })

  test('[DN-5] are acknowledged together, a tenth of a second late', () => {
    const mind = online()
    for (let seq = 1; seq <= 10; seq += 1) {
      mind.hear(messages(seq, 'x'))
      mind.process()
      expect(framesOf(mind.pass(5))).toEqual([])
    }
    expect(framesOf(mind.pass(50))).toEqual([{ type: 'ack', received: 10 }])
  })

  test('[DN-5] are acknowledged at once when 64 have gathered', () => {
    const mind = online()
    mind.hear(messages(1, ...Array<string>(64).fill('x')))
    expect(framesOf(mind.process())).toEqual([{ type: 'ack', received: 64 }])
    mind.hear(messages(65, ...Array<string>(63).fill('x')))
    expect(framesOf(mind.process())).toEqual([])
  })

  test('[DN-5] are acknowledged by a ping or a pong that goes out anyway', () => {
    const mind = online()
    mind.hear(messages(1, 'a'))
    mind.process()
    expect(framesOf(mind.hear({ type: 'ping', id: 7, received: 0 }))).toEqual([
      { type: 'pong', id: 7, received: 1 },
    ])
    expect(framesOf(mind.pass(1000))).toEqual([])
    mind.hear(messages(2, 'b'))
    mind.process()
    expect(framesOf(mind.tell({ type: 'hint', hint: 'visible' }))).toMatchObject([
      { type: 'ping', received: 2 },
    ])
    expect(framesOf(mind.pass(1000))).toEqual([])
  })

  test('[DN-6] that never come are told as a gap, before any higher number', () => {
    const mind = online()
    mind.hear(messages(1, 'a'))
    expect(deliveriesOf(mind.hear({ type: 'gap', from: 2, to: 5, reason: 'trimmed' }))).toEqual([
      { kind: 'gap', from: 2, to: 5, reason: 'trimmed' },
    ])
    expect(deliveriesOf(mind.hear(messages(6, 'f')))).toMatchObject([{ from: 6 }])
    mind.process()
    expect(framesOf(mind.pass(100))).toEqual([{ type: 'ack', received: 6 }])
  })

  test('[DN-6] C20 are not told as missing if they have come, and a gap that skips a number is a fault', () => {
    const mind = online()
    mind.hear(messages(1, 'a', 'b', 'c'))
    expect(deliveriesOf(mind.hear({ type: 'gap', from: 1, to: 3, reason: 'expired' }))).toEqual([])
    expect(deliveriesOf(mind.hear({ type: 'gap', from: 2, to: 5, reason: 'expired' }))).toMatchObject([
      { from: 4, to: 5 },
    ])
    expect(hangUpsOf(mind.hear({ type: 'gap', from: 8, to: 9, reason: 'expired' }))).toEqual([[1, 4400]])
  })

  test('[DN-7] that an earlier process may have been offered say so', () => {
    const mind = new Mind().restore({ isNew: false, epoch: 'e1', cursor: 3 })
    mind.connect({ outcome: 'resumed', from: 4, to: 6 })
    expect(deliveriesOf(mind.hear(messages(4, 'd', 'e', 'f', 'g')))).toMatchObject([
      { from: 4, redelivered: 6 },
    ])
    mind.drop()
    mind.connect({ outcome: 'resumed', from: 8, to: 9 })
    expect(deliveriesOf(mind.hear(messages(8, 'h')))).toMatchObject([{ redelivered: 6 }])
  })

  test('[DN-7] that a log which was put back has again say so, too', () => {
    const mind = new Mind().restore({ isNew: false, epoch: 'e1', cursor: 2 })
    mind.connect({ outcome: 'reset', epoch: 'e2', reason: 'regressed', from: 3, to: 2 })
    mind.drop()
    mind.connect({ outcome: 'reset', epoch: 'e3', reason: 'regressed', from: 3, to: 4 })
    expect(deliveriesOf(mind.hear(messages(3, 'c', 'd', 'e')))).toMatchObject([{ from: 3, redelivered: 4 }])
  })

  test('[DN-7] that a log which was put back has again say so, though our first welcome ended at 0', () => {
    const mind = new Mind().restore({ isNew: false, epoch: 'e1' })
    mind.connect({ outcome: 'reset', epoch: 'e2', reason: 'unknown', from: 1, to: 0 })
    mind.drop()
    mind.connect({ outcome: 'reset', epoch: 'e3', reason: 'regressed', from: 1, to: 2 })
    expect(deliveriesOf(mind.hear(messages(1, 'a', 'b', 'c')))).toMatchObject([{ from: 1, redelivered: 2 }])
  })

  test('[DN-7] of a new session are new, though a log that was put back has them', () => {
    const mind = online()
    mind.drop()
    mind.connect({ outcome: 'reset', epoch: 'e2', reason: 'regressed', from: 1, to: 2 })
    expect(deliveriesOf(mind.hear(messages(1, 'a', 'b')))).toMatchObject([{ from: 1, redelivered: 0 }])
  })

  test('[DN-7] of a session without a past are new', () => {
    expect(deliveriesOf(online().hear(messages(1, 'a')))).toMatchObject([{ redelivered: 0 }])
  })

  test('[SU-1] of a replay are counted, and its end is told', () => {
    const mind = new Mind().restore({ isNew: false, epoch: 'e1' })
    mind.open()
    const news = newsOf(mind.hear(welcome({ outcome: 'resumed', from: 1, to: 3, server: 's9' })))
    expect(news).toEqual([{ type: 'online', outcome: 'resumed', replayed: 3, down: 0, server: 's9' }])
    mind.hear(messages(1, 'a', 'b', 'c'))
    expect(newsOf(mind.hear({ type: 'live', seq: 3 }))).toEqual([{ type: 'live', seq: 3 }])
    expect(mind.phase).toMatchObject({ line: { replay: undefined } })
  })
})

describe('up: messages of ours', () => {
  test('[UP-1] go out when they are in the store', () => {
    const mind = online()
    expect(framesOf(mind.tell({ type: 'submit', text: '"a"' }))).toEqual([])
    expect(framesOf(mind.persist())).toEqual([{ type: 'messages', from: 1, texts: ['"a"'] }])
  })

  test('[UP-3] are at most as many in flight as the server takes', () => {
    const mind = online({}, { limits: { messageBytes: 1024, window: 2, retainMs: 0 } })
    expect(framesOf(mind.send('1', '2', '3', '4', '5'))).toEqual([
      { type: 'messages', from: 1, texts: ['1', '2'] },
    ])
    expect(framesOf(mind.hear({ type: 'ack', received: 1 }))).toEqual([
      { type: 'messages', from: 3, texts: ['3'] },
    ])
    expect(framesOf(mind.hear({ type: 'ack', received: 3 }))).toEqual([
      { type: 'messages', from: 4, texts: ['4', '5'] },
    ])
  })

  test('[UP-4] that a connection may carry are stored as such, and the others are not', () => {
    const change = (mind: Mind) => {
      const persist = mind.tell({ type: 'submit', text: '1' }).find((one) => one.type === 'persist')
      return persist?.type === 'persist' ? persist.change : undefined
    }
    expect(change(online())).toEqual({ up: { from: 1, text: '1' }, wired: 1 })
    const waiting = new Mind().restore()
    waiting.drop()
    expect(change(waiting)).toEqual({ up: { from: 1, text: '1' } })
    const dial = waiting.redial().find((one) => one.type === 'persist')
    expect(dial).toMatchObject({ change: { wired: 1 } })
  })

  test('[UP-4] that came from the store, or came to it before the first welcome, wait until they are stored as such', () => {
    const outbox = { acked: 2, wired: 3, texts: ['"c"', '"d"'] }
    const mind = new Mind().restore({ epoch: 'e1', isNew: false, outbox })
    mind.send('"e"')
    mind.open()
    expect(mind.asked.some((one) => one.type === 'persist' && 'wired' in one.change)).toBe(false)
    const effects = mind.hear(welcome({ outcome: 'resumed', received: 2 }))
    expect(effects).toContainEqual(expect.objectContaining({ change: { welcomed: 1, acked: 2, wired: 5 } }))
    expect(framesOf(effects)).toEqual([{ type: 'messages', from: 3, texts: ['"c"'] }])
    const earlier = { revision: mind.state.revision - 1, cursor: 0, last: 5 }
    expect(framesOf(mind.tell({ type: 'persisted', ...earlier }))).toEqual([])
    expect(framesOf(mind.persist())).toEqual([{ type: 'messages', from: 4, texts: ['"d"', '"e"'] }])
  })

  test('[UP-5] that the server has not got go out again on the next connection, in order, before new ones', () => {
    const mind = online()
    mind.send('1', '2', '3')
    mind.hear({ type: 'ack', received: 1 })
    mind.drop()
    mind.send('4')
    mind.redial()
    mind.open()
    expect(framesOf(mind.hear(welcome({ outcome: 'resumed', received: 2 })))).toEqual([
      { type: 'messages', from: 3, texts: ['3', '4'] },
    ])
    expect(mind.state.outbox.acked).toBe(2)
  })

  test('[UP-6] C15 for which an ack comes that were never sent are a fault', () => {
    const mind = online()
    mind.tell({ type: 'submit', text: '1' })
    expect(hangUpsOf(mind.hear({ type: 'ack', received: 1 }))).toEqual([[1, 4400]])
  })

  test('[UP-6] C15 stay acknowledged when an ack goes back', () => {
    const mind = online()
    mind.send('1', '2')
    mind.hear({ type: 'ack', received: 2 })
    const { outbox } = mind.state
    mind.hear({ type: 'ack', received: 1 })
    expect(mind.state.outbox).toBe(outbox)
  })

  test('[UP-8] are acknowledged by a heartbeat, too', () => {
    const mind = online()
    mind.send('1', '2', '3')
    mind.hear({ type: 'ping', id: 1, received: 1 })
    expect(mind.state.outbox.acked).toBe(1)
    mind.hear({ type: 'pong', id: 1, received: 3 })
    expect(mind.state.outbox.acked).toBe(3)
    expect(hangUpsOf(mind.hear({ type: 'ping', id: 2, received: 9 }))).toEqual([[1, 4400]])
  })

  test('[UP-9] that were given up go out as a gap', () => {
    const mind = online({}, { limits: { messageBytes: 100_000, window: 100, retainMs: 0 } })
    mind.drop()
    mind.send('1', `"${'x'.repeat(5000)}"`, '3')
    mind.redial()
    mind.open()
    const limits = { messageBytes: 1024, window: 100, retainMs: 0 }
    expect(framesOf(mind.hear(welcome({ outcome: 'resumed', limits })))).toEqual([
      { type: 'messages', from: 1, texts: ['1'] },
    ])
    expect(framesOf(mind.persist())).toEqual([
      { type: 'gap', from: 2, to: 2, reason: 'cancelled' },
      { type: 'messages', from: 3, texts: ['3'] },
    ])
  })

  test('[UP-13] that were given up wait for the commit that says so, not for one before it', () => {
    const mind = online({ resends: () => false })
    mind.send('1', '2')
    mind.drop()
    mind.redial()
    const before = mind.state.revision
    mind.open()
    const effects = mind.hear(welcome({ outcome: 'reset', reason: 'unknown', epoch: 'e2' }))
    expect(framesOf(effects)).toEqual([])
    expect(framesOf(mind.tell({ type: 'persisted', revision: before, cursor: 0, last: 2 }))).toEqual([])
    expect(framesOf(mind.persist())).toEqual([{ type: 'gap', from: 1, to: 2, reason: 'cancelled' }])
  })

  test('[UP-10] get higher numbers than any that the server has, even if our store lost some', () => {
    const mind = new Mind().restore({ isNew: false, epoch: 'e1' })
    mind.connect({ outcome: 'resumed', received: 8 })
    expect(framesOf(mind.send('"ninth"'))).toEqual([{ type: 'messages', from: 9, texts: ['"ninth"'] }])
  })

  test('[UP-10] nor are acks for numbers a fault that a process before learned of from a server alone', () => {
    const outbox = { acked: 8, wired: 0, texts: [] }
    const mind = new Mind().restore({ isNew: false, epoch: 'e1', outbox })
    mind.connect({ outcome: 'resumed', received: 8 })
    expect(framesOf(mind.hear({ type: 'ping', id: 1, received: 8 }))).toEqual([
      { type: 'pong', id: 1, received: 0 },
    ])
  })

  test('[HB-7] make silence suspect after three seconds', () => {
    const mind = online()
    mind.pass(1000)
    mind.send('1')
    expect(framesOf(mind.pass(2999))).toEqual([])
    expect(framesOf(mind.pass(1))).toMatchObject([{ type: 'ping' }])
  })
})

describe('a reset', () => {
  const kept = {
    isNew: false,
    epoch: 'e1',
    cursor: 5,
    outbox: { acked: 2, wired: 4, texts: ['"c"', '"d"', '"e"'] },
  }
  const reset = welcome({
    outcome: 'reset',
    reason: 'expired',
    epoch: 'e2',
    received: 2,
    from: 6,
    to: 5,
    restore: true,
  })

  function greeted(config = {}): Mind {
    const mind = new Mind(config).restore(kept)
    mind.open()
    return mind
  }

  test('[RS-1] is told with what was before, before anything of the new epoch', () => {
    const mind = greeted()
    const news = newsOf(mind.hear(reset))
    expect(news.map(({ type }) => type)).toEqual(['reset', 'online'])
    expect(news[0]).toEqual({
      type: 'reset',
      reason: 'expired',
      before: 'e1',
      epoch: 'e2',
      lastSeq: 5,
      restored: false,
      unknown: [3, 4],
    })
    expect(mind.state.epoch).toBe('e2')
  })

  test('[RS-1] stores the new epoch with what the server has', () => {
    const [persist] = greeted().hear(reset)
    expect(persist).toMatchObject({ type: 'persist', change: { epoch: 'e2', acked: 2 } })
  })

  test('[RS-2] sends messages of unknown fate again under their own numbers', () => {
    const mind = greeted()
    expect(framesOf(mind.hear(reset))).toEqual([{ type: 'messages', from: 3, texts: ['"c"', '"d"'] }])
    expect(framesOf(mind.persist())).toEqual([{ type: 'messages', from: 5, texts: ['"e"'] }])
  })

  test('[RS-3] fails messages of unknown fate where that is wanted, and sends what was never on a wire', () => {
    const mind = greeted({ resends: () => false })
    const effects = mind.hear(reset)
    expect(effects.find(({ type }) => type === 'fail')).toMatchObject({
      messages: [
        { seq: 3, text: '"c"' },
        { seq: 4, text: '"d"' },
      ],
      code: 'unknown-fate',
    })
    expect(effects[0]).toMatchObject({ change: { givenUp: [3, 4] } })
    expect(framesOf(mind.persist())).toEqual([
      { type: 'gap', from: 3, to: 4, reason: 'cancelled' },
      { type: 'messages', from: 5, texts: ['"e"'] },
    ])
  })

  test('[RS-3] decides message by message', () => {
    const mind = greeted({ resends: (seq: number, text: string) => seq === 3 && text === '"c"' })
    expect(framesOf(mind.hear(reset)).map(({ type }) => type)).toEqual(['messages'])
    expect(framesOf(mind.persist()).map(({ type }) => type)).toEqual(['gap', 'messages'])
  })

  test('[RS-3] wonders about no message twice', () => {
    const mind = greeted({ resends: () => false })
    mind.hear(reset)
    mind.persist()
    mind.drop()
    mind.redial()
    mind.open()
    const effects = mind.hear(
      welcome({ outcome: 'reset', reason: 'unknown', epoch: 'e3', received: 2, from: 6, to: 5 }),
    )
    expect(newsOf(effects)[0]).toMatchObject({ type: 'reset', unknown: [5] })
    expect(effects.filter(({ type }) => type === 'fail')).toMatchObject([{ messages: [{ seq: 5 }] }])
  })

  test('[RS-4] gives the kept state back to a server that asks, before the messages', () => {
    const types = greeted({ keepsState: true })
      .hear(reset)
      .map(({ type }) => type)
    expect(types.indexOf('transmit-state')).toBeLessThan(types.indexOf('transmit-messages'))
    expect(newsOf(greeted({ keepsState: true }).hear(reset))[0]).toMatchObject({ restored: true })
    expect(
      greeted()
        .hear(welcome({ outcome: 'resumed', received: 2, from: 6, to: 5 }))
        .some(({ type }) => type === 'transmit-state'),
    ).toBe(false)
  })

  test('[RS-5] passes the server’s own copy on', () => {
    const mind = online()
    const piece = { type: 'snapshot', part: 1, of: 1, text: '1', digest: 'd', up: 0, down: 0 } as const
    expect(mind.hear(piece)).toEqual([{ type: 'adopt-state', piece }])
  })

  test('[RS-13] names what the server’s copy stands for in the next hello, until the messages have come to it', () => {
    const mind = online({ keepsState: true })
    mind.hear({ type: 'messages', from: 1, data: ['a'] })
    mind.hear({ type: 'snapshot', part: 1, of: 2, text: '1', digest: 'd', up: 0, down: 3 })
    mind.drop()
    mind.redial()
    expect(framesOf(mind.open())).toMatchObject([{ type: 'hello', received: 0, seen: 1, stands: 3 }])
    mind.hear(welcome({ outcome: 'resumed', from: 2, to: 3 }))
    mind.hear({ type: 'messages', from: 2, data: ['b', 'c'] })
    mind.drop()
    mind.redial()
    expect(framesOf(mind.open())[0]).not.toHaveProperty('stands')
  })

  test('[RS-13] claims nothing for a state that is not kept', () => {
    const mind = online()
    mind.hear({ type: 'snapshot', part: 1, of: 1, text: '1', digest: 'd', up: 0, down: 3 })
    mind.drop()
    mind.redial()
    expect(framesOf(mind.open())[0]).not.toHaveProperty('stands')
  })

  test('[RS-9] takes no ack of another message for its own, after a store that lost its end', () => {
    const lossy = { acked: 2, wired: 4, texts: ['"c"', '"d"'] }
    const mind = new Mind().restore({ epoch: 'e1', isNew: false, outbox: lossy })
    mind.send('"new"', '"newer"', '"newest"')
    mind.open()
    const effects = mind.hear(welcome({ outcome: 'resumed', received: 6 }))
    expect(effects.find(({ type }) => type === 'fail')).toMatchObject({
      messages: [
        { seq: 5, text: '"new"' },
        { seq: 6, text: '"newer"' },
      ],
      code: 'number-taken',
    })
    expect(framesOf(effects)).toEqual([])
    expect(framesOf(mind.persist())).toEqual([{ type: 'messages', from: 7, texts: ['"newest"'] }])
    expect(newsOf(effects)).toContainEqual({ type: 'rewound', known: 4, received: 6 })
  })

  test('[RS-9] nor does the process after one that died between its hello and the welcome', () => {
    const outbox = { acked: 2, wired: 4, texts: ['"c"', '"d"'] }
    const first = new Mind().restore({ epoch: 'e1', isNew: false, outbox })
    first.send('"new"')
    first.open()
    first.send('"newer"')
    const wired = first.asked.reduce(
      (most, one) => (one.type === 'persist' ? Math.max(most, one.change.wired ?? 0) : most),
      outbox.wired,
    )
    const texts = [...outbox.texts, '"new"', '"newer"']
    const second = new Mind().restore({ epoch: 'e1', isNew: false, outbox: { acked: 2, wired, texts } })
    second.open()
    const effects = second.hear(welcome({ outcome: 'resumed', received: 6 }))
    expect(effects.find(({ type }) => type === 'fail')).toMatchObject({
      messages: [
        { seq: 5, text: '"new"' },
        { seq: 6, text: '"newer"' },
      ],
      code: 'number-taken',
    })
  })

  test('[UP-9] whatever was given up, all of the widest window goes out on a new line', () => {
    const texts = Array.from({ length: 200_000 }, (_, index) => (index % 2 === 0 ? '1' : undefined))
    const mind = new Mind().restore({ ...kept, outbox: { acked: 0, wired: 200_000, texts } })
    mind.open()
    // Twice what a server can grant: some engines take half as many arguments as this one.
    const limits = { messageBytes: 1024, window: 200_000, retainMs: 0 }
    const effects = mind.hear(welcome({ outcome: 'resumed', received: 0, from: 6, to: 5, limits }))
    expect(framesOf(effects)).toHaveLength(200_000)
  })

  test('[RS-10] a welcome near the end of all numbers is a fault', () => {
    const mind = new Mind().restore()
    mind.open()
    const effects = mind.hear(welcome({ received: MAX_GREETED + 1 }))
    expect(newsOf(effects)[0]).toMatchObject({ type: 'garbled' })
    expect(mind.phase.kind).toBe('waiting')
    mind.redial()
    mind.open()
    mind.hear(welcome({ received: MAX_GREETED }))
    expect(mind.phase.kind).toBe('online')
  })

  test('[RS-8] or any other welcome fails what is too large for the new server', () => {
    const big = `"${'ü'.repeat(600)}"`
    const mind = new Mind().restore({
      ...kept,
      outbox: { acked: 2, wired: 2, texts: ['"c"', big, `"${'x'.repeat(1000)}"`] },
    })
    mind.open()
    const limits = { messageBytes: 1024, window: 100, retainMs: 0 }
    const effects = mind.hear(welcome({ outcome: 'resumed', received: 2, from: 6, to: 5, limits }))
    expect(effects.filter(({ type }) => type === 'fail')).toMatchObject([
      { messages: [{ seq: 4 }], code: 'message-too-large' },
    ])
  })

  test('[RS-1] that a server does not explain is called unknown', () => {
    const { reason: _, ...rest } = reset
    expect(newsOf(greeted().hear(rest))[0]).toMatchObject({ type: 'reset', reason: 'unknown' })
  })
})
