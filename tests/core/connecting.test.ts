import { describe, expect, test } from 'vitest'
import { after, milliseconds, seconds } from '../../src/base/time.ts'
import type { Hello, Welcome } from '../../src/protocol/frames.ts'
import { MAX_GREETED } from '../../src/protocol/limits.ts'
import { SECRET, SESSION, shutdown, welcome } from '../support/frames.ts'
import { dialsOf, framesOf, hangUpsOf, Mind, newsOf, online, typesOf } from '../support/mind.ts'

const helloOf = (effects: Parameters<typeof framesOf>[0]): Hello => {
  const hello = framesOf(effects).find(({ type }) => type === 'hello')
  if (hello?.type !== 'hello') throw new Error('no hello went out')
  return hello
}

/** The lengths of the waits between attempts that all fail. */
function failing(mind: Mind, attempts: number, code = 1006): readonly number[] {
  const waits: number[] = []
  for (let i = 0; i < attempts; i += 1) {
    mind.drop(code)
    waits.push(mind.sleeps ?? -1)
    mind.pass(mind.sleeps ?? 0)
  }
  return waits
}

describe('the hello', () => {
  test('[CL-6] goes out when the socket is open and the raised generation is in the store', () => {
    const mind = new Mind().restore({ generation: 4 })
    expect(mind.asked.find((one) => one.type === 'persist' && one.change.generation === 5)).toBeDefined()
    expect(framesOf(mind.tell({ type: 'opened', connection: 1 }))).toEqual([])
    expect(helloOf(mind.persist()).generation).toBe(5)
  })

  test('[CL-6] goes out once, whichever comes last', () => {
    const mind = new Mind().restore()
    expect(framesOf(mind.persist())).toEqual([])
    expect(framesOf(mind.tell({ type: 'opened', connection: 1 }))).toHaveLength(1)
    expect(framesOf(mind.persist())).toEqual([])
  })

  test('[CL-6] says who we are and how far both sides have got', () => {
    const mind = new Mind().restore({
      isNew: false,
      epoch: 'e7',
      cursor: 12,
      outbox: { acked: 3, wired: 3, texts: [] },
    })
    expect(helloOf(mind.open())).toEqual({
      type: 'hello',
      version: 1,
      session: SESSION,
      secret: SECRET,
      generation: 1,
      epoch: 'e7',
      received: 12,
      acked: 3,
      client: 'c1',
    })
  })

  test('[DN-4] tells what has arrived apart from what is committed', () => {
    const mind = online()
    mind.hear({ type: 'messages', from: 1, data: ['a', 'b', 'c'] })
    mind.tell({ type: 'handled', upTo: 1 })
    mind.persist()
    mind.drop()
    mind.redial()
    expect(helloOf(mind.open())).toMatchObject({ received: 1, seen: 3 })
  })

  test('[CL-6] says why the last connection was lost, and how long ago', () => {
    const mind = online()
    mind.pass(11_000)
    mind.drop(1011)
    mind.redial()
    mind.drop(1006)
    mind.redial()
    expect(helloOf(mind.open()).why).toMatchObject({ cause: 'closed', code: 1011, attempts: 2 })
    const silent = online()
    silent.pass(14_000)
    silent.pass(250)
    expect(helloOf(silent.open()).why).toMatchObject({ cause: 'silent', attempts: 1 })
  })

  test('[CL-6] raises the generation at every dial, so that a lost welcome changes nothing', () => {
    const mind = new Mind().restore()
    const generations: number[] = []
    for (let i = 0; i < 3; i += 1) {
      generations.push(helloOf(mind.open()).generation)
      mind.drop()
      mind.pass(mind.sleeps ?? 0)
    }
    expect(generations).toEqual([1, 2, 3])
    mind.open()
    mind.hear(welcome({ outcome: 'resumed' }))
    expect(mind.phase.kind).toBe('online')
  })
})

describe('an attempt', () => {
  test('[CL-3] is given up when socket and welcome take longer than they may', () => {
    const mind = new Mind().restore()
    mind.pass(9999)
    expect(mind.phase.kind).toBe('connecting')
    expect(hangUpsOf(mind.pass(1))).toEqual([[1, 4408]])
    expect(mind.phase).toMatchObject({ kind: 'waiting', cause: 'connect-timeout' })
  })

  test('[CL-3] is one attempt from the provider to the welcome: an open socket buys no time', () => {
    const mind = new Mind({ connectTimeout: seconds(3) }).restore()
    mind.pass(2000)
    mind.open()
    expect(mind.sleeps).toBe(1000)
  })

  test('[BO-2] that fails makes the next wait longer', () => {
    const waits = failing(new Mind().restore(), 12)
    waits.forEach((wait, place) => {
      const bound = Math.min(500 * 2 ** place, 60_000)
      expect(wait).toBeGreaterThanOrEqual(bound / 8)
      expect(wait).toBeLessThan(bound)
    })
  })

  test('[BO-2] says when it will be made', () => {
    const mind = new Mind().restore()
    const [news] = newsOf(mind.drop())
    expect(news).toMatchObject({ type: 'attempt', number: 2, cause: 'closed', wait: mind.sleeps })
  })

  test('[OP-2] that died with its provider is a failed attempt like any other', () => {
    const mind = new Mind().restore()
    mind.tell({ type: 'dropped', connection: 1, code: 1006, reason: '', cause: 'provider-failed' })
    expect(mind.phase).toMatchObject({ kind: 'waiting', cause: 'provider-failed' })
    expect(mind.state.failures).toBe(1)
  })

  test('[BO-8] is made at once on request, and the one under way is left', () => {
    const mind = new Mind().restore()
    mind.drop()
    expect(dialsOf(mind.tell({ type: 'reconnect' }))).toHaveLength(1)
    const effects = mind.tell({ type: 'reconnect' })
    expect(hangUpsOf(effects)).toEqual([[2, 1000]])
    expect(dialsOf(effects)).toMatchObject([{ connection: 3 }])
  })

  test('[BO-5] counts on from the failures that an earlier process left', () => {
    const mind = new Mind().restore({ isNew: false, failures: 6 })
    expect(mind.phase.kind).toBe('waiting')
    expect(mind.sleeps).toBeGreaterThanOrEqual(16_000 / 8)
    mind.pass(mind.sleeps ?? 0)
    expect(dialsOf(mind.asked)).toMatchObject([{ attempt: 7 }])
  })

  test('[BO-5] is stored with the failures before it', () => {
    const mind = new Mind().restore()
    mind.drop()
    mind.pass(500)
    const stored = mind.asked.flatMap((one) => (one.type === 'persist' ? [one.change.failures] : []))
    expect(stored).toEqual([undefined, 0, 1])
  })

  test('[BO-6] waits as long as a busy server asks, give or take a tenth', () => {
    const mind = new Mind().restore()
    mind.hear({ type: 'error', code: 'overloaded', message: '', retryAfterMs: 20_000 })
    expect(mind.sleeps).toBeGreaterThanOrEqual(18_000)
    expect(mind.sleeps).toBeLessThanOrEqual(22_000)
    expect(mind.phase).toMatchObject({ cause: 'overloaded', appointed: true })
  })

  test('[BO-6] C23 is not made sooner by a server that asks for no wait at all', () => {
    const mind = new Mind().restore()
    for (let i = 0; i < 10; i += 1) {
      mind.hear({ type: 'error', code: 'overloaded', message: '', retryAfterMs: 0 })
      if (i === 9) expect(mind.sleeps).toBeGreaterThan(5000)
      mind.pass(mind.sleeps ?? 0)
    }
  })

  test('[BO-6] is made ever less often where a server asks for little again and again', () => {
    const mind = new Mind().restore()
    const waits = Array.from({ length: 8 }, () => {
      mind.hear({ type: 'error', code: 'overloaded', message: '', retryAfterMs: 250 })
      const { sleeps = 0 } = mind
      mind.pass(sleeps)
      return sleeps
    })
    expect(waits[0]).toBeLessThan(500)
    expect(waits[7]).toBeGreaterThan(5000)
  })

  test('[BO-6] waits for its turn alone, however wide the range of the last welcome is', () => {
    const mind = online({}, { reconnectWithinMs: 20_000 })
    mind.drop()
    mind.pass(mind.sleeps ?? 0)
    mind.hear({ type: 'error', code: 'overloaded', message: '', retryAfterMs: 1000 })
    expect(mind.sleeps).toBeGreaterThanOrEqual(900)
    expect(mind.sleeps).toBeLessThanOrEqual(1100)
  })

  test('[BO-6] that an HTTP refusal ended waits as the refusal says', () => {
    const mind = new Mind().restore()
    mind.tell({ type: 'dropped', connection: 1, code: 1006, reason: '', retryAfterMs: 30_000 })
    expect(mind.phase).toMatchObject({ kind: 'waiting', cause: 'overloaded', appointed: true })
    expect(mind.sleeps).toBeGreaterThanOrEqual(27_000)
  })

  test('[NT-3] that is answered with a notice is made again inside the notice’s window', () => {
    const mind = new Mind().restore()
    mind.hear(shutdown({ reconnect: { afterMs: 5000, withinMs: 10_000 } }))
    expect(mind.sleeps).toBeGreaterThanOrEqual(5000)
    expect(mind.sleeps).toBeLessThanOrEqual(15_000)
  })

  test('[NT-3] C26 that is answered with a notice again and again is made ever less often', () => {
    const mind = new Mind().restore()
    for (let i = 0; i < 9; i += 1) {
      mind.hear(shutdown({ reconnect: { afterMs: 0, withinMs: 0 } }))
      if (i === 8) expect(mind.sleeps).toBeGreaterThan(5000)
      mind.pass(mind.sleeps ?? 0)
    }
  })
})

describe('a hint while waiting', () => {
  function waiting(): Mind {
    const mind = new Mind().restore()
    failing(mind, 8)
    mind.drop()
    return mind
  }

  test.each(['online', 'visible', 'resumed'] as const)('[BO-7] `%s` dials within 300 ms', (hint) => {
    const mind = waiting()
    mind.tell({ type: 'hint', hint })
    expect(mind.sleeps).toBeLessThanOrEqual(300)
  })

  test('[BO-7] a message to send is as good as a hint', () => {
    const mind = waiting()
    mind.tell({ type: 'submit', text: '1' })
    expect(mind.sleeps).toBeLessThanOrEqual(300)
  })

  test('[BO-7] a network that flaps ten times a second is dialed five times, then every ten seconds', () => {
    const mind = waiting()
    const before = dialsOf(mind.asked).length
    for (let i = 0; i < 600; i += 1) {
      mind.tell({ type: 'hint', hint: 'online' })
      mind.pass(100)
      if (mind.phase.kind === 'connecting') mind.drop()
    }
    const dials = dialsOf(mind.asked).length - before
    expect(dials).toBeGreaterThanOrEqual(10)
    expect(dials).toBeLessThanOrEqual(5 + 6 + 2)
  })

  test('[BO-7] an appointment stays as the server made it', () => {
    const mind = new Mind().restore()
    mind.hear({ type: 'error', code: 'overloaded', message: '', retryAfterMs: 20_000 })
    const before = mind.sleeps
    mind.tell({ type: 'hint', hint: 'online' })
    expect(mind.sleeps).toBe(before)
  })

  test('[BO-7] a dial that is due within 300 ms anyway is left alone, and costs no allowance', () => {
    const mind = online()
    mind.pass(11_000)
    mind.drop()
    const before = mind.state
    mind.tell({ type: 'hint', hint: 'online' })
    expect(mind.state).toBe(before)
  })
})

describe('what is no welcome', () => {
  const greeted = (kept = {}): Mind => {
    const mind = new Mind().restore(kept)
    mind.open()
    return mind
  }
  const old = { isNew: false, epoch: 'e1', cursor: 5, outbox: { acked: 3, wired: 4, texts: ['"d"'] } }

  test.each([
    ['C16 before the hello', new Mind().restore(), welcome()],
    [
      'RS that forgot what it acknowledged',
      greeted(old),
      welcome({ outcome: 'resumed', received: 2, from: 6, to: 5 }),
    ],
    ['a replay that ends before it begins', greeted(), welcome({ from: 5, to: 3 })],
    [
      'C18 a log that ends before ours',
      greeted(old),
      welcome({ outcome: 'resumed', received: 3, from: 5, to: 4 }),
    ],
    ['a new session in place of ours', greeted(old), welcome({ received: 3, from: 6, to: 5 })],
    [
      'C19 another epoch called a resume',
      greeted(old),
      welcome({ outcome: 'resumed', epoch: 'e2', received: 3, from: 6, to: 5 }),
    ],
    ['an epoch called `lost`', greeted(), welcome({ epoch: 'lost' })],
  ])('[RS-6] %s is a fault, and the connection is given up', (_name, mind, frame) => {
    const effects = mind.hear(frame)
    expect(hangUpsOf(effects)).toEqual([[1, 4400]])
    expect(newsOf(effects).map(({ type }) => type)).toEqual(['garbled', 'attempt'])
    expect(mind.phase).toMatchObject({ kind: 'waiting', cause: 'protocol' })
  })

  test('[RS-12] a log that ends before ours is never believed again: the next hello names no epoch of it', () => {
    const mind = greeted(old)
    mind.hear(welcome({ outcome: 'resumed', received: 3, from: 5, to: 4 }))
    mind.persist()
    mind.redial()
    const effects = mind.open()
    expect(effects.find(({ type }) => type === 'transmit')).toMatchObject({
      frame: { epoch: 'lost', received: 5 },
    })
  })

  test('[RS-1] the reset by a log that is not believed any more names the epoch that was', () => {
    const mind = greeted(old)
    mind.hear(welcome({ outcome: 'resumed', received: 3, from: 5, to: 4 }))
    mind.persist()
    mind.redial()
    mind.open()
    const effects = mind.hear(welcome({ outcome: 'reset', epoch: 'e2', received: 3, from: 6, to: 5 }))
    expect(newsOf(effects)[0]).toMatchObject({ type: 'reset', before: 'e1', epoch: 'e2' })
    expect(mind.state).toMatchObject({ epoch: 'e2', distrusted: false })
  })

  test('[RS-13] a log that ends before what our state stands for has lost it', () => {
    const mind = new Mind({ keepsState: true }).restore({ ...old, stands: 8 })
    expect(mind.open().find(({ type }) => type === 'transmit')).toMatchObject({
      frame: { epoch: 'e1', received: 5, stands: 8 },
    })
    expect(hangUpsOf(mind.hear(welcome({ outcome: 'resumed', received: 3, from: 6, to: 7 })))).toEqual([
      [1, 4400],
    ])
    expect(mind.state.distrusted).toBe(true)
  })

  test('[RS-14] names the generation of the last welcome, and the next process does', () => {
    const mind = new Mind().restore()
    expect(framesOf(mind.open())[0]).not.toHaveProperty('welcomed')
    expect(mind.hear(welcome())).toContainEqual(
      expect.objectContaining({
        type: 'persist',
        change: expect.objectContaining({ welcomed: 1 }) as unknown,
      }),
    )
    for (const generation of [2, 3]) {
      mind.drop()
      mind.redial()
      expect(framesOf(mind.open())).toMatchObject([{ generation, welcomed: 1 }])
    }
    const next = new Mind().restore({ isNew: false, epoch: 'e1', generation: 3, welcomed: 1 })
    expect(framesOf(next.open())).toMatchObject([{ generation: 4, welcomed: 1 }])
  })

  test('[RS-12] a log that ends before ours is not believed by the next process either', () => {
    const mind = new Mind().restore({ ...old, distrusted: true })
    expect(mind.open().find(({ type }) => type === 'transmit')).toMatchObject({ frame: { epoch: 'lost' } })
    expect(hangUpsOf(mind.hear(welcome({ outcome: 'resumed', received: 3, from: 6, to: 5 })))).toEqual([
      [1, 4400],
    ])
  })

  test.each<[string, Mind, Partial<Welcome>]>([
    ['a welcome before the hello', new Mind().restore(old), { outcome: 'resumed' }],
    ['another epoch called a resume', greeted(old), { outcome: 'resumed', epoch: 'e2' }],
    ['a new session in place of ours', greeted(old), { outcome: 'created' }],
    ['numbers that nobody can count to', greeted(old), { outcome: 'resumed', received: MAX_GREETED + 1 }],
    ['a replay that ends before it begins', greeted(old), { outcome: 'resumed', from: 9 }],
  ])('[RS-12] %s is no proof that the log has lost anything', (_name, mind, change) => {
    const effects = mind.hear(welcome({ received: 3, from: 5, to: 4, ...change }))
    expect(hangUpsOf(effects)).toEqual([[1, 4400]])
    expect(mind.state).toMatchObject({ epoch: 'e1', distrusted: false })
  })

  test('[CL-9] C16 a message before the welcome is a fault', () => {
    const mind = greeted()
    expect(hangUpsOf(mind.hear({ type: 'messages', from: 1, data: ['x'] }))).toEqual([[1, 4400]])
  })

  test('[CL-9] what is no frame at all ends the attempt, and the next is made by the backoff', () => {
    const mind = greeted()
    const effects = mind.tell({ type: 'garbled', connection: 1, fault: 'not JSON' })
    expect(newsOf(effects)).toMatchObject([{ type: 'garbled', fault: 'not JSON' }, { type: 'attempt' }])
    expect(mind.state.failures).toBe(1)
  })

  test('[RS-6] a second welcome is a fault', () => {
    const mind = online()
    expect(hangUpsOf(mind.hear(welcome()))).toEqual([[1, 4400]])
  })
})

describe('credentials', () => {
  test('[CL-4] that are refused are asked for anew, once', () => {
    const mind = new Mind().restore()
    mind.drop(4401)
    expect(mind.phase).toMatchObject({ kind: 'waiting', cause: 'unauthorized' })
    mind.pass(250)
    expect(dialsOf(mind.asked).map(({ refresh }) => refresh)).toEqual([false, true])
    mind.open()
    mind.hear({ type: 'error', code: 'unauthorized', message: 'expired' })
    expect(mind.phase).toMatchObject({ kind: 'suspended', reason: 'needs-auth' })
    expect(mind.sleeps).toBeUndefined()
  })

  test('[CL-4] that were refused twice are waited for, with everything kept', () => {
    const mind = new Mind().restore()
    mind.drop(4401)
    mind.pass(250)
    mind.drop(4401)
    mind.send('"kept"')
    mind.tell({ type: 'hint', hint: 'online' })
    expect(mind.phase.kind).toBe('suspended')
    mind.tell({ type: 'reconnect' })
    mind.open()
    expect(framesOf(mind.hear(welcome()))).toEqual([{ type: 'messages', from: 1, texts: ['"kept"'] }])
    mind.pass(11_000)
    mind.drop(4401)
    expect(mind.phase.kind).toBe('waiting')
  })

  test('[CL-4] that are refused on a welcomed line cost the line, and not the session', () => {
    const mind = online()
    const effects = mind.hear({ type: 'error', code: 'unauthorized', message: 'revoked' })
    expect(newsOf(effects)).toMatchObject([
      { type: 'lost', cause: 'unauthorized', reason: 'revoked' },
      { type: 'attempt' },
    ])
  })
})

describe('a server that does not understand us', () => {
  test('[CL-5] is dialed again once, and the second time closes the session', () => {
    const mind = new Mind().restore()
    mind.drop(4400)
    expect(mind.phase.kind).toBe('waiting')
    mind.pass(500)
    mind.open()
    mind.hear({ type: 'error', code: 'too-large', message: 'huge' })
    expect(mind.phase).toMatchObject({ kind: 'closed', error: { code: 'protocol' } })
  })

  test('[CL-5] is forgiven after a connection that lasted', () => {
    const mind = new Mind().restore()
    mind.drop(4400)
    mind.connect()
    mind.pass(10_000)
    mind.drop(4413)
    expect(mind.phase.kind).toBe('waiting')
    mind.connect({ outcome: 'resumed' })
    mind.drop(4400)
    expect(mind.phase.kind).toBe('closed')
  })
})

describe('a line of a hidden page, whose alarms ring once a minute', () => {
  /** It lasts for so long, with a ping every ten seconds, and no alarm rings. */
  function lasting(mind: Mind, ms: number): void {
    for (const end = after(mind.now, milliseconds(ms)); mind.now < end;) {
      mind.now = after(mind.now, seconds(10))
      mind.hear({ type: 'ping', id: 1, received: 0 })
    }
  }

  test('[CL-5] that was not understood before it lasted is forgiven', () => {
    const mind = new Mind().restore()
    mind.drop(4400)
    mind.connect()
    lasting(mind, 20_000)
    mind.hear({ type: 'error', code: 'protocol', message: 'huh' })
    expect(mind.phase.kind).toBe('waiting')
  })

  test('[BO-4] has the failures before it forgotten, in the store too', () => {
    const mind = new Mind().restore({ isNew: false, failures: 11 })
    mind.connect({ outcome: 'resumed' })
    lasting(mind, 20_000)
    const stored = mind.asked.flatMap((one) => (one.type === 'persist' ? [one.change.failures] : []))
    expect(stored.at(-1)).toBe(0)
    mind.drop()
    expect(mind.sleeps).toBeLessThanOrEqual(250)
  })
})

describe('the end', () => {
  test.each([
    [4403, 'forbidden', false],
    [4409, 'superseded', false],
    [4410, 'ended', true],
  ] as const)('[CL-7] comes by %d', (code, error, erase) => {
    for (const mind of [new Mind().restore(), online()]) {
      const effects = mind.drop(code)
      expect(mind.phase).toMatchObject({ kind: 'closed', error: { code: error } })
      expect(effects.at(-1)).toEqual({ type: 'finish', erase })
    }
  })

  test.each(['forbidden', 'forked', 'superseded', 'ended'] as const)(
    '[CL-7] comes by the word `%s`',
    (code) => {
      const mind = online()
      const effects = mind.hear({ type: 'error', code, message: 'so be it' })
      expect(mind.phase).toMatchObject({
        kind: 'closed',
        error: { code, message: expect.stringContaining('so be it') as string },
      })
      expect(effects.at(-1)).toEqual({ type: 'finish', erase: code === 'ended' })
    },
  )

  test.each([1000, 1001, 1005, 1006, 1011, 4000, 4499])('[CL-7] does not come by %d', (code) => {
    const mind = online()
    mind.drop(code)
    expect(mind.phase.kind).toBe('waiting')
  })

  test('[CL-10] for good says bye over a line that is there, and leaving says nothing', () => {
    const leaving = online()
    expect(framesOf(leaving.tell({ type: 'close', forGood: false }))).toEqual([])
    expect(leaving.asked.at(-1)).toEqual({ type: 'finish', erase: false })
    const ending = online()
    expect(framesOf(ending.tell({ type: 'close', forGood: true }))).toEqual([{ type: 'bye' }])
    expect(ending.asked.at(-1)).toEqual({ type: 'finish', erase: true })
  })

  test('[PS-7] comes when the store is somebody else’s now', () => {
    const mind = online()
    const effects = mind.tell({ type: 'barred', code: 'store-fenced', message: 'robbed' })
    expect(typesOf(effects)).toEqual(['hang-up', 'announce', 'finish'])
    expect(mind.phase).toMatchObject({ kind: 'closed', error: { code: 'store-fenced', message: 'robbed' } })
  })
})

describe('a frozen page', () => {
  test('[CL-8] hangs up, and dials when it is thawed', () => {
    const mind = online()
    expect(hangUpsOf(mind.tell({ type: 'hint', hint: 'frozen' }))).toEqual([[1, 1000]])
    expect(mind.phase).toMatchObject({ kind: 'suspended', reason: 'frozen' })
    mind.tell({ type: 'hint', hint: 'offline' })
    expect(mind.phase.kind).toBe('suspended')
    mind.tell({ type: 'hint', hint: 'resumed' })
    expect(mind.phase.kind).toBe('connecting')
  })

  test('[CL-8] that runs an alarm after five seconds is not frozen, and dials', () => {
    const mind = new Mind().restore()
    mind.tell({ type: 'hint', hint: 'frozen' })
    mind.pass(4999)
    expect(mind.phase.kind).toBe('suspended')
    mind.pass(1)
    expect(mind.phase.kind).toBe('connecting')
  })

  test('[CL-8] remembers why the connection before was lost', () => {
    const mind = new Mind().restore()
    mind.drop(1011)
    mind.tell({ type: 'hint', hint: 'frozen' })
    expect(mind.state.loss).toMatchObject({ cause: 'closed', code: 1011 })
    const fresh = online()
    fresh.tell({ type: 'hint', hint: 'frozen' })
    expect(fresh.state.loss).toMatchObject({ cause: 'local' })
  })
})

describe('a connection that was lost', () => {
  test('[BO-4] after it had lasted, is dialed again within a quarter of a second', () => {
    const mind = online()
    mind.pass(10_000)
    expect(mind.state.failures).toBe(0)
    mind.drop()
    expect(mind.sleeps).toBeLessThan(250)
  })

  test.each([
    [0, 7],
    [1000, 7],
    [4000, 5],
    [8000, 2],
    [9999, 1],
  ])('[BO-4] after %d ms, counts as a failed attempt after what is left of six: %d', (lasted, counted) => {
    const mind = new Mind().restore()
    failing(mind, 6)
    mind.connect()
    mind.pass(lasted)
    expect(mind.state.failures).toBe(6)
    mind.drop()
    expect(mind.state.failures).toBe(counted)
  })

  test('[BO-4] C21 right after its welcome, whatever the code, is dialed ever less often', () => {
    for (const code of [1006, 1001, 1012]) {
      const mind = new Mind().restore()
      for (let i = 0; i < 10; i += 1) {
        mind.connect(i === 0 ? {} : { outcome: 'resumed' })
        mind.drop(code)
      }
      expect(mind.sleeps).toBeGreaterThan(5000)
    }
  })

  test('[BO-4] stores that the failures are forgotten', () => {
    const mind = online()
    const persisted = mind.pass(10_000).flatMap((one) => (one.type === 'persist' ? [one.change] : []))
    expect(persisted).toEqual([{ failures: 0 }])
  })

  test('[BO-1] is dialed again within the range that its welcome named', () => {
    const lengths = Array.from({ length: 40 }, (_, seed) => {
      const mind = online({}, { reconnectWithinMs: 30_000 }, seed)
      mind.pass(10_000)
      mind.drop()
      return mind.sleeps ?? -1
    })
    expect(Math.max(...lengths)).toBeGreaterThan(20_000)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(30_000)
    expect(Math.min(...lengths)).toBeLessThan(5000)
  })

  test('[BO-1] that a code announced comes back as fast as any other', () => {
    const mind = online({ backoff: { base: milliseconds(500), max: seconds(60), first: milliseconds(0) } })
    mind.pass(10_000)
    const [lost] = newsOf(mind.drop(1012, 1, 'deploy'))
    expect(lost).toEqual({ type: 'lost', cause: 'shutdown', code: 1012, reason: 'deploy' })
    expect(mind.sleeps).toBe(0)
  })
})
