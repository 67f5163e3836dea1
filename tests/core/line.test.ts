import { describe, expect, test } from 'vitest'
import { seconds } from '../../src/base/time.ts'
import type { Config } from '../../src/core/config.ts'
import { deadline } from '../../src/core/deadline.ts'
import type { Shutdown, Welcome } from '../../src/protocol/frames.ts'
import { shutdown, welcome } from '../support/frames.ts'
import { deliveriesOf, dialsOf, framesOf, hangUpsOf, Mind, newsOf, online } from '../support/mind.ts'

describe('a silent line', () => {
  test('[HB-2] is probed after twelve seconds, and dead after fourteen', () => {
    const mind = online()
    expect(framesOf(mind.pass(11_999))).toEqual([])
    expect(framesOf(mind.pass(1))).toMatchObject([{ type: 'ping', received: 0 }])
    expect(mind.pass(1999)).toEqual([])
    const effects = mind.pass(1)
    expect(hangUpsOf(effects)).toEqual([[1, 4499]])
    expect(newsOf(effects)[0]).toMatchObject({ type: 'lost', cause: 'silent' })
  })

  test('[HB-1] is not silent while any frame comes', () => {
    const mind = online()
    for (let i = 1; i <= 10; i += 1) {
      expect(framesOf(mind.pass(11_000))).toEqual([])
      mind.hear({ type: 'messages', from: i, data: ['x'] })
    }
    mind.pass(12_000)
    mind.hear({ type: 'live', seq: 10 })
    expect(mind.phase.kind).toBe('online')
    expect(mind.pass(11_000)).toEqual([])
  })

  test('[HB-8] stays silent however much we send', () => {
    const mind = online()
    for (let i = 0; i < 14 && mind.phase.kind === 'online'; i += 1) {
      mind.send('1')
      mind.pass(1000)
    }
    expect(newsOf(mind.asked)).toContainEqual(expect.objectContaining({ type: 'lost', cause: 'silent' }))
  })

  test('[HB-4] of a device that slept is probed, and judged only then', () => {
    const mind = online()
    expect(framesOf(mind.oversleep(3_600_000))).toMatchObject([{ type: 'ping' }])
    expect(framesOf(mind.oversleep(60_000))).toMatchObject([{ type: 'ping' }])
    mind.hear({ type: 'pong', id: Math.floor(mind.now), received: 0 })
    expect(mind.phase.kind).toBe('online')
    mind.oversleep(60_000)
    mind.pass(2000)
    expect(mind.phase.kind).toBe('waiting')
  })

  test('[HB-4] of a hidden page whose alarms ring once a minute is judged within three minutes', () => {
    const mind = online()
    mind.tell({ type: 'hint', hint: 'hidden' })
    let minutes = 0
    for (; minutes < 10 && mind.phase.kind === 'online'; minutes += 1) mind.oversleep(60_000)
    expect(mind.phase.kind).toBe('waiting')
    expect(minutes).toBeLessThanOrEqual(3)
    const asleep = online()
    asleep.tell({ type: 'hint', hint: 'hidden' })
    for (let hour = 0; hour < 3; hour += 1)
      expect(framesOf(asleep.oversleep(3_600_000))).toMatchObject([{ type: 'ping' }])
    expect(asleep.phase.kind).toBe('online')
  })

  test('[HB-9] is given the longer of the server’s interval and ours', () => {
    const slow = online({}, { heartbeat: { intervalMs: 30_000, timeoutMs: 2000 } })
    expect(framesOf(slow.pass(31_999))).toEqual([])
    const quick = online({}, { heartbeat: { intervalMs: 100, timeoutMs: 2000 } })
    expect(framesOf(quick.pass(11_999))).toEqual([])
    const patient = { every: seconds(1), within: seconds(20), hiddenWithin: seconds(10) }
    const mind = online({ heartbeat: patient }, { heartbeat: { intervalMs: 100, timeoutMs: 2000 } })
    mind.tell({ type: 'hint', hint: 'hidden' })
    mind.pass(3000)
    expect(mind.sleeps).toBe(7000)
  })

  test('[HB-5] is given ten seconds more for an answer while the page is hidden', () => {
    const mind = online()
    mind.tell({ type: 'hint', hint: 'hidden' })
    mind.pass(12_000 + 9999)
    expect(mind.phase.kind).toBe('online')
    mind.pass(1)
    expect(mind.phase.kind).toBe('waiting')
    const asked = online()
    asked.tell({ type: 'hint', hint: 'hidden' })
    asked.tell({ type: 'hint', hint: 'offline' })
    expect(asked.sleeps).toBe(10_000)
    const shown = online()
    shown.tell({ type: 'hint', hint: 'hidden' })
    shown.tell({ type: 'hint', hint: 'visible' })
    expect(shown.sleeps).toBe(2000)
  })

  test('[HB-5] that answers is measured', () => {
    const mind = online()
    mind.pass(12_000)
    const id = Math.floor(mind.now)
    mind.pass(40)
    expect(newsOf(mind.hear({ type: 'pong', id, received: 0 }))).toEqual([{ type: 'pong', roundTrip: 40 }])
    expect(mind.phase).toMatchObject({ line: { liveness: { kind: 'quiet', trip: { smoothed: 5 } } } })
  })

  test('[HB-5] C27 that answers what nobody asked is alive, and measures nothing', () => {
    const mind = online()
    expect(newsOf(mind.hear({ type: 'pong', id: 5, received: 0 }))).toEqual([])
    mind.pass(12_000)
    expect(newsOf(mind.hear({ type: 'pong', id: 5, received: 0 }))).toEqual([])
    expect(mind.sleeps).toBe(12_000)
  })

  test('[HB-10] a line that is never silent is measured every half minute, by the pong of our own last ping', () => {
    const mind = online()
    const trips: number[] = []
    for (let second = 5; second <= 65; second += 5) {
      mind.pass(5000)
      for (const frame of framesOf(mind.hear({ type: 'ping', id: second, received: 0 }))) {
        if (frame.type !== 'ping') continue
        mind.pass(40)
        mind.hear({ type: 'messages', from: trips.length + 1, data: ['traffic between question and answer'] })
        expect(newsOf(mind.hear({ type: 'pong', id: frame.id - 1, received: 0 }))).toEqual([])
        const news = newsOf(mind.hear({ type: 'pong', id: frame.id, received: 0 }))
        for (const one of news) if (one.type === 'pong') trips.push(one.roundTrip)
        expect(newsOf(mind.hear({ type: 'pong', id: frame.id, received: 0 }))).toEqual([])
      }
    }
    expect(trips).toEqual([40, 40])
  })

  test('[HB-10] a hidden page measures nothing', () => {
    const mind = online()
    mind.tell({ type: 'hint', hint: 'hidden' })
    for (let second = 0; second < 65; second += 5) {
      mind.pass(5000)
      expect(framesOf(mind.hear({ type: 'ping', id: second, received: 0 })).map(({ type }) => type)).toEqual([
        'pong',
      ])
    }
  })

  test.each(['online', 'offline', 'visible', 'resumed'] as const)(
    '[HB-6] is probed, not dropped, at `%s`',
    (hint) => {
      const mind = online()
      expect(framesOf(mind.tell({ type: 'hint', hint }))).toMatchObject([{ type: 'ping' }])
      expect(mind.tell({ type: 'hint', hint })).toEqual([])
      expect(mind.phase.kind).toBe('online')
    },
  )
})

/** A line that has proved stable, with a notice on it. */
function warned(
  change: Partial<Shutdown> = {},
  seed = 1,
  greeting: Partial<Welcome> = {},
  config: Partial<Config> = {},
): Mind {
  const mind = online(config, greeting, seed)
  mind.pass(10_000)
  mind.hear({ type: 'live', seq: 0 })
  mind.hear(shutdown(change))
  return mind
}

const leaving = { reconnect: { afterMs: 1000, withinMs: 0 } }

describe('a notice', () => {
  test('[DR-1] is answered at a moment drawn evenly from its window', () => {
    const moments = Array.from({ length: 60 }, (_, seed) => warned({}, seed).sleeps ?? -1)
    expect(Math.min(...moments)).toBeGreaterThanOrEqual(1000)
    expect(Math.max(...moments)).toBeLessThan(5000)
    expect(Math.min(...moments)).toBeLessThan(1500)
    expect(Math.max(...moments)).toBeGreaterThan(4500)
  })

  test('[DR-1] is told, and until the moment the line is used like any other', () => {
    const mind = online()
    const [news] = newsOf(mind.hear(shutdown(leaving)))
    expect(news).toMatchObject({ type: 'notice', reason: 'restarting', closesIn: 10_000, handoff: true })
    expect(framesOf(mind.send('1'))).toEqual([{ type: 'messages', from: 1, texts: ['1'] }])
    expect(deliveriesOf(mind.hear({ type: 'messages', from: 1, data: ['x'] }))).toHaveLength(1)
    mind.process()
    expect(framesOf(mind.pass(100))).toEqual([{ type: 'ack', received: 1 }])
  })

  test('[DR-2] C26 that is repeated moves no appointment', () => {
    const mind = warned(leaving)
    for (let i = 0; i < 10; i += 1) {
      mind.pass(90)
      expect(newsOf(mind.hear(shutdown({ reconnect: { afterMs: 60_000, withinMs: 0 } })))).toEqual([])
    }
    expect(dialsOf(mind.pass(100))).toHaveLength(1)
  })

  test('[DR-3] without hand-off is obeyed by hanging up at the moment and dialing at once', () => {
    const mind = warned({ ...leaving, handoff: false })
    const effects = mind.pass(1000)
    expect(hangUpsOf(effects)).toEqual([[1, 1000]])
    expect(newsOf(effects)).toMatchObject([{ type: 'lost', cause: 'shutdown' }])
    expect(dialsOf(effects)).toMatchObject([{ connection: 2, attempt: 1 }])
    expect(mind.state.failures).toBe(0)
  })

  test('[DR-3] without hand-off whose server goes first is waited for until the moment', () => {
    const mind = warned({ reconnect: { afterMs: 4000, withinMs: 0 }, handoff: false })
    mind.pass(1000)
    const [lost] = newsOf(mind.drop(1001))
    expect(lost).toMatchObject({ type: 'lost', cause: 'shutdown', code: 1001 })
    expect(mind.phase).toMatchObject({ kind: 'waiting', appointed: true })
    expect(mind.sleeps).toBe(3000)
  })

  test('[DR-6] is not obeyed within a second of the welcome', () => {
    const mind = online()
    mind.hear(shutdown({ reconnect: { afterMs: 0, withinMs: 0 } }))
    expect(dialsOf(mind.pass(999))).toEqual([])
    expect(dialsOf(mind.pass(1))).toHaveLength(1)
  })

  test('[DR-8] C26 of a server that welcomes, announces and cuts in one breath leads to waits that grow', () => {
    const mind = new Mind().restore()
    let last = 0
    for (let i = 0; i < 8; i += 1) {
      mind.connect(i === 0 ? {} : { outcome: 'resumed' })
      mind.hear(shutdown({ reconnect: { afterMs: 0, withinMs: 0 } }))
      mind.drop(1012)
      expect(mind.phase.kind).toBe('waiting')
      last = mind.sleeps ?? 0
    }
    expect(last).toBeGreaterThan(3000)
  })

  test('[NT-1] that sends us somewhere is followed if the caller allows it', () => {
    const there = warned({ ...leaving, url: 'wss://allowed.example/b' })
    expect(dialsOf(there.pass(1000))).toMatchObject([{ url: 'wss://allowed.example/b' }])
    const elsewhere = warned({ ...leaving, url: 'wss://evil.example/b' })
    expect(dialsOf(elsewhere.pass(1000))).toMatchObject([{ url: undefined }])
  })

  test('[NT-2] that sent us nowhere is forgotten: the next dial goes to our own URL', () => {
    const alone = warned({ ...leaving, handoff: false, url: 'wss://allowed.example/b' })
    expect(dialsOf(alone.pass(1000))).toMatchObject([{ url: 'wss://allowed.example/b' }])
    alone.drop()
    expect(dialsOf(alone.redial())).toMatchObject([{ url: undefined }])
    const handedOff = warned({ ...leaving, url: 'wss://allowed.example/b' })
    handedOff.pass(1000)
    handedOff.drop()
    expect(dialsOf(handedOff.pass(1000))).toMatchObject([{ url: undefined }])
  })
})

describe('a hand-off', () => {
  /** The successor is dialed, and `greeted` if wanted. */
  function underWay(greeted: boolean, config: Partial<Config> = {}): Mind {
    const mind = warned(leaving, 1, {}, config)
    mind.send('1', '2')
    mind.pass(1000)
    if (greeted) mind.open()
    return mind
  }

  test('[DR-10] ends on the new line with no loss, and the old one is hung up', () => {
    const mind = underWay(true)
    const effects = mind.hear(welcome({ outcome: 'resumed', received: 1, server: 's2' }))
    expect(hangUpsOf(effects)).toEqual([[1, 1000]])
    expect(newsOf(effects)).toEqual([
      { type: 'handoff', server: 's2' },
      { type: 'online', outcome: 'resumed', replayed: 0, down: 0, server: 's2' },
    ])
    expect(framesOf(effects)).toEqual([{ type: 'messages', from: 2, texts: ['2'] }])
    expect(mind.state.failures).toBe(0)
  })

  test('[DN-1] delivers what comes over both lines once', () => {
    const mind = underWay(true)
    expect(deliveriesOf(mind.hear({ type: 'messages', from: 1, data: ['a', 'b'] }, 1))).toHaveLength(1)
    mind.hear(welcome({ outcome: 'resumed', from: 1, to: 3 }))
    expect(deliveriesOf(mind.hear({ type: 'messages', from: 1, data: ['a', 'b', 'c'] }))).toMatchObject([
      { from: 3, data: ['c'] },
    ])
  })

  test('[RS-11] is tried again if a reset does not know what the old line delivered since the hello', () => {
    const mind = underWay(true)
    mind.hear({ type: 'messages', from: 1, data: ['of the old epoch'] }, 1)
    const effects = mind.hear(welcome({ outcome: 'reset', reason: 'unknown', epoch: 'e2', to: 0 }))
    expect(newsOf(effects).map(({ type }) => type)).not.toContain('reset')
    expect(mind.phase).toMatchObject({ kind: 'draining', successor: undefined })
  })

  test('[RS-13] is tried again if a reset does not know what the old line’s state stands for', () => {
    const mind = underWay(true, { keepsState: true })
    mind.hear({ type: 'snapshot', part: 1, of: 1, text: '1', digest: 'd', up: 0, down: 1 }, 1)
    const effects = mind.hear(welcome({ outcome: 'reset', reason: 'unknown', epoch: 'e2', to: 1 }))
    expect(newsOf(effects).map(({ type }) => type)).not.toContain('reset')
    expect(mind.phase).toMatchObject({ kind: 'draining', successor: undefined })
  })

  test('[RS-12] is tried again if a log has lost what the old line delivered, and asks for another epoch', () => {
    const mind = underWay(true)
    mind.hear({ type: 'messages', from: 1, data: ['met'] }, 1)
    const effects = mind.hear(welcome({ outcome: 'resumed', to: 0 }))
    expect(newsOf(effects).map(({ type }) => type)).not.toContain('online')
    expect(mind.phase).toMatchObject({ kind: 'draining', successor: undefined })
    expect(effects).toContainEqual(expect.objectContaining({ type: 'persist', change: { distrusted: true } }))
  })

  test('[DR-4] from the hello on keeps new messages for the new line', () => {
    const mind = underWay(false)
    expect(framesOf(mind.send('3'))).toEqual([{ type: 'messages', from: 3, texts: ['3'] }])
    mind.open()
    expect(framesOf(mind.send('4'))).toEqual([])
    expect(framesOf(mind.hear({ type: 'ack', received: 3 }, 1))).toEqual([])
    expect(framesOf(mind.hear(welcome({ outcome: 'resumed', received: 3 })))).toEqual([
      { type: 'messages', from: 4, texts: ['4'] },
    ])
  })

  test('[DR-5] that fails leaves the old line in use, and is tried again', () => {
    const mind = underWay(true)
    mind.send('3')
    expect(framesOf(mind.drop(1006, 2))).toEqual([{ type: 'messages', from: 3, texts: ['3'] }])
    expect(mind.phase).toMatchObject({ kind: 'draining', successor: undefined, line: { quiet: false } })
    expect(dialsOf(mind.pass(500))).toMatchObject([{ connection: 3, attempt: 2 }])
  })

  test('[DR-5] that fails is tried again no sooner than the range that the last welcome named allows', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const mind = warned({ ...leaving, closesInMs: 60_000 }, seed, { reconnectWithinMs: 20_000 })
      mind.pass(1000)
      mind.drop(1006, 2)
      const { phase } = mind
      if (phase.kind !== 'draining') throw new Error(phase.kind)
      // An eighth of the cap is less than two fifths of the range.
      expect(phase.leaveAt - mind.now).toBeGreaterThanOrEqual(7500)
      expect(phase.leaveAt - mind.now).toBeLessThan(20_000)
    }
  })

  test('[CL-12] that fails at the very moment at which the old line is due leaves neither behind', () => {
    // Both are due ten seconds after the welcome: the attempt's time is up, and the line has lasted.
    const mind = new Mind().connect()
    mind.hear(shutdown({ handoff: false, reconnect: { afterMs: 60_000, withinMs: 0 } }))
    mind.tell({ type: 'reconnect' })
    mind.pass(10_000)
    expect(mind.phase).toMatchObject({ kind: 'draining', successor: undefined })
    expect(deadline(mind.state)).toBeGreaterThan(mind.now)
  })

  test.each([
    ['a welcome that is none', (mind: Mind) => mind.hear(welcome({ to: 0, from: 5 }))],
    ['another notice', (mind: Mind) => mind.hear(shutdown())],
    ['an error that passes', (mind: Mind) => mind.hear({ type: 'error', code: 'overloaded', message: '' })],
    ['no frame at all', (mind: Mind) => mind.tell({ type: 'garbled', connection: 2, fault: 'x' })],
    ['silence', (mind: Mind) => mind.pass(10_000)],
  ])('[DR-5] that is answered with %s has failed, and its socket is closed', (_name, answer) => {
    const mind = underWay(true)
    mind.hear({ type: 'ack', received: 2 }, 1)
    expect(hangUpsOf(answer(mind))[0]?.[0]).toBe(2)
    expect(mind.phase.kind).toBe('draining')
  })

  test('[CL-4] that is refused for its token asks for a fresh one', () => {
    const mind = underWay(true)
    mind.hear({ type: 'error', code: 'unauthorized', message: '' })
    expect(dialsOf(mind.pass(500))).toMatchObject([{ refresh: true }])
  })

  test('[CL-7] that is refused for good closes both lines', () => {
    const mind = underWay(true)
    expect(hangUpsOf(mind.hear({ type: 'error', code: 'forked', message: '' }))).toEqual([
      [1, 1000],
      [2, 1000],
    ])
    expect(mind.phase.kind).toBe('closed')
  })

  test.each([
    ['by a code', (mind: Mind) => mind.drop(4409, 1)],
    ['by word', (mind: Mind) => mind.hear({ type: 'error', code: 'superseded', message: '' }, 1)],
    ['by its server’s end', (mind: Mind) => mind.drop(1001, 1)],
  ])('[DR-7] whose old line is fenced first, %s, is no loss', (_name, fence) => {
    const mind = underWay(true)
    expect(newsOf(fence(mind))).toEqual([])
    expect(mind.phase).toMatchObject({ kind: 'draining', line: undefined })
    mind.pass(300)
    const effects = mind.hear(welcome({ outcome: 'resumed', received: 2, server: 's2' }))
    expect(newsOf(effects)).toEqual([
      { type: 'handoff', server: 's2' },
      { type: 'online', outcome: 'resumed', replayed: 0, down: 0, server: 's2' },
    ])
  })

  test('[DR-9] whose new line stays silent for a second after the old one’s end has lost the connection', () => {
    const mind = underWay(true)
    mind.drop(4409, 1)
    expect(newsOf(mind.pass(999))).toEqual([])
    expect(newsOf(mind.pass(1))).toMatchObject([{ type: 'lost', cause: 'shutdown', code: 4409 }])
    expect(mind.phase.kind).toBe('connecting')
    mind.hear(welcome({ outcome: 'resumed', received: 2 }))
    expect(mind.phase.kind).toBe('online')
  })

  test('[DR-9] whose lines both drop is a loss, and one failed attempt', () => {
    const mind = underWay(true)
    mind.drop(1006, 1)
    expect(newsOf(mind.drop(1006, 2))).toMatchObject([{ type: 'lost' }, { type: 'attempt', number: 2 }])
    expect(mind.state.failures).toBe(1)
  })

  describe('whose old line is gone, and whose new one', () => {
    const alone = (): Mind => {
      const mind = underWay(true)
      mind.drop(1001, 1)
      return mind
    }

    test.each([
      [
        'by word',
        (mind: Mind) => mind.hear({ type: 'error', code: 'overloaded', message: '', retryAfterMs: 20_000 }),
      ],
      [
        'in HTTP',
        (mind: Mind) =>
          mind.tell({ type: 'dropped', connection: 2, code: 1006, reason: '', retryAfterMs: 20_000 }),
      ],
    ])('[BO-6] is put off %s comes back when it was told to', (_, refuse) => {
      const news = newsOf(refuse(alone()))
      expect(news).toMatchObject([{ type: 'lost' }, { type: 'attempt', number: 2, cause: 'overloaded' }])
      expect(news[1]?.type === 'attempt' && news[1].wait).toBeGreaterThanOrEqual(18_000)
    })

    test('[BO-6] is put off for no time at all was put off, and the backoff says how long', () => {
      const busy = { connection: 2, code: 1006, reason: '', retryAfterMs: 0 }
      const news = newsOf(alone().tell({ type: 'dropped', ...busy }))
      expect(news).toMatchObject([{ type: 'lost' }, { type: 'attempt', number: 2, cause: 'overloaded' }])
      expect(news[1]?.type === 'attempt' && news[1].wait).toBeGreaterThan(0)
    })

    test('[NT-3] is given notice in place of a welcome comes back inside its window', () => {
      const news = newsOf(alone().hear(shutdown({ reconnect: { afterMs: 20_000, withinMs: 0 } })))
      expect(news).toMatchObject([{ type: 'lost' }, { type: 'attempt', number: 2, cause: 'shutdown' }])
      expect(news[1]?.type === 'attempt' && news[1].wait).toBeGreaterThanOrEqual(20_000)
    })
  })

  test('[DR-9] whose old line drops before the hello goes on as an ordinary attempt', () => {
    const mind = underWay(false)
    expect(newsOf(mind.drop(1006, 1))).toMatchObject([{ type: 'lost', cause: 'shutdown', code: 1006 }])
    expect(mind.phase).toMatchObject({ kind: 'connecting', approach: { connection: 2 } })
    mind.open()
    mind.hear(welcome({ outcome: 'resumed', received: 2 }))
    expect(mind.phase.kind).toBe('online')
  })

  test('[DR-9] whose old line drops before its moment dials at once', () => {
    const mind = warned(leaving)
    const effects = mind.drop(1001)
    expect(newsOf(effects)).toMatchObject([{ type: 'lost', cause: 'shutdown' }])
    expect(dialsOf(effects)).toHaveLength(1)
  })

  test('[DR-9] whose old line falls silent is a loss of that line alone', () => {
    const mind = warned({ reconnect: { afterMs: 60_000, withinMs: 0 }, closesInMs: 60_000 })
    const effects = mind.pass(14_000)
    expect(hangUpsOf(effects)).toEqual([[1, 4499]])
    expect(newsOf(effects)).toMatchObject([{ type: 'lost', cause: 'silent' }])
    expect(mind.phase.kind).toBe('connecting')
  })

  test('[CL-9] whose old line breaks the protocol hangs it up', () => {
    for (const broken of [
      (mind: Mind) => mind.tell({ type: 'garbled', connection: 1, fault: 'not JSON' }),
      (mind: Mind) => mind.hear({ type: 'messages', from: 9, data: ['x'] }, 1),
    ]) {
      const mind = underWay(true)
      const effects = broken(mind)
      expect(hangUpsOf(effects)).toEqual([[1, 4400]])
      expect(newsOf(effects)).toMatchObject([{ type: 'garbled' }])
    }
  })

  test('[CL-7] whose old line ends the session ends it, and the successor with it', () => {
    for (const end of [
      (mind: Mind) => mind.drop(4410, 1),
      (mind: Mind) => mind.hear({ type: 'error', code: 'ended', message: '' }, 1),
    ]) {
      const mind = underWay(true)
      expect(hangUpsOf(end(mind)).map(([connection]) => connection)).toContain(2)
      expect(mind.phase.kind).toBe('closed')
    }
  })

  test('[BO-8] can be asked for by the application, and makes the new line before it leaves the old one', () => {
    const mind = online()
    mind.pass(10_000)
    mind.tell({ type: 'reconnect' })
    expect(dialsOf(mind.pass(1))).toMatchObject([{ connection: 2 }])
    expect(mind.tell({ type: 'reconnect' })).toEqual([])
    mind.open()
    const effects = mind.hear(welcome({ outcome: 'resumed' }))
    expect(hangUpsOf(effects)).toEqual([[1, 1000]])
    expect(newsOf(effects)[0]).toMatchObject({ type: 'handoff' })
  })

  test('[BO-8] asked for during a notice is not waited for', () => {
    const mind = warned({ reconnect: { afterMs: 60_000, withinMs: 0 }, handoff: false })
    expect(dialsOf(mind.tell({ type: 'reconnect' }))).toHaveLength(1)
  })

  test('[HB-6] probes the old line at a hint, once', () => {
    const mind = underWay(false)
    expect(framesOf(mind.tell({ type: 'hint', hint: 'online' }))).toMatchObject([{ type: 'ping' }])
    expect(framesOf(mind.tell({ type: 'hint', hint: 'online' }))).toEqual([])
    expect(framesOf(mind.tell({ type: 'hint', hint: 'hidden' }))).toEqual([])
  })

  test('[CL-8] that a freeze meets leaves both lines', () => {
    const mind = underWay(true)
    expect(hangUpsOf(mind.tell({ type: 'hint', hint: 'frozen' }))).toHaveLength(2)
    const gone = underWay(true)
    gone.drop(1001, 1)
    expect(hangUpsOf(gone.tell({ type: 'hint', hint: 'frozen' }))).toEqual([[2, 1000]])
    expect(gone.state.loss).toMatchObject({ cause: 'shutdown' })
  })
})
