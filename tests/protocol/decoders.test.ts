import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeClientFrame } from '../../src/protocol/decode-client-frame.ts'
import { decodeServerFrame } from '../../src/protocol/decode-server-frame.ts'
import { encode, encodeMessages } from '../../src/protocol/encode.ts'
import { isWithin } from '../../src/protocol/fields.ts'
import type { ServerFrame } from '../../src/protocol/frames.ts'
import { MAX_BATCH, MAX_DEPTH, MAX_FRAME, MAX_GREETED } from '../../src/protocol/limits.ts'
import { CLIENT_FRAMES, hello, SERVER_FRAMES, shutdown, welcome } from '../support/frames.ts'

const both = [
  ['server', decodeServerFrame],
  ['client', decodeClientFrame],
] as const

const text = (value: unknown): string => JSON.stringify(value)
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

/** A frame that was read, or the fault; with numbers that JSON cannot write put in as text. */
const fromServer = (frame: object, more = ''): ReturnType<typeof decodeServerFrame> =>
  decodeServerFrame(more === '' ? text(frame) : text(frame).replace(/}$/, `,${more}}`))

function frameOf(decoded: ReturnType<typeof decodeServerFrame>): ServerFrame {
  if ('fault' in decoded) throw new Error(decoded.fault)
  return decoded.frame
}

describe.each(both)('the decoder of what a %s sends', (_, decode) => {
  const garbage: readonly (readonly [string, unknown])[] = [
    ['C1 an empty text', ''],
    ['C2 binary', new Uint8Array([1, 2])],
    ['C2 an ArrayBuffer', new ArrayBuffer(3)],
    ['C2 nothing at all', undefined],
    ['C4 no JSON', '{"type"'],
    ['C4 two JSON values', '{"type":"bye"}{"type":"bye"}'],
    ['C5 null', 'null'],
    ['C5 a number', '12'],
    ['C5 a string', '"hello"'],
    ['C5 an array', '[{"type":"ping","id":1,"received":0}]'],
    ['C6 nesting of 100 000 levels', `{"type":"messages","from":1,"data":[${nested(100_000)}]}`],
    ['C7 a frame over 1 Mi characters', `{"type":"bye","x":"${'x'.repeat(MAX_FRAME)}"}`],
    ['C8 a batch of 100 000', text({ type: 'messages', from: 1, data: Array(100_000).fill(0) })],
    ['C11 an unknown type', '{"type":"surprise"}'],
    ['C11 a number as type', '{"type":1}'],
    ['C11 an object as type', '{"type":{"type":"ping"}}'],
    ['C11 __proto__ as type', '{"type":"__proto__"}'],
    ['C11 a very long type', text({ type: 'x'.repeat(100_000) })],
    ['C11 no type', '{}'],
    ['C35 a page of HTML', '<!doctype html><title>Log in</title>'],
  ]

  test.each(garbage)('[WI-1] %s is a fault', (_name, message) => {
    expect(decode(message)).toEqual({ fault: expect.any(String) as string })
  })

  test('[WI-1] any text at all is read without a throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (message) => void decode(message)))
  })

  test('[WI-1] any JSON at all is read without a throw', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const decoded = decode(text(value))
        expect('frame' in decoded !== 'fault' in decoded).toBe(true)
      }),
    )
  })

  test('[WI-1] a sound frame with any one field bent is read without a throw', () => {
    const frames = [...SERVER_FRAMES, ...CLIENT_FRAMES]
    const bent = fc.record({
      frame: fc.constantFrom(...frames),
      place: fc.nat(20),
      value: fc.oneof(fc.jsonValue(), fc.integer(), fc.double(), fc.constant(undefined)),
    })
    fc.assert(
      fc.property(bent, ({ frame, place, value }) => {
        const keys = Object.keys(frame)
        const key = keys[place % keys.length] ?? 'type'
        const decoded = decode(text({ ...frame, [key]: value }))
        expect('frame' in decoded !== 'fault' in decoded).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  test('[WI-2] C12 unknown fields are ignored', () => {
    expect(decode('{"type":"ping","id":1,"received":0,"mood":"fine","id2":[]}')).toEqual({
      frame: { type: 'ping', id: 1, received: 0 },
    })
  })

  test('[WI-2] C10 of two fields with one name the last counts, as JSON has it', () => {
    expect(decode('{"type":"ping","id":1,"id":2,"received":0}')).toMatchObject({ frame: { id: 2 } })
  })

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    '[WI-5] C9 a field named %s changes nothing',
    (name) => {
      const decoded = decode(`{"type":"ping","id":1,"received":0,"${name}":{"id":9}}`)
      expect(decoded).toEqual({ frame: { type: 'ping', id: 1, received: 0 } })
    },
  )

  test('[WI-5] C9 what only a prototype has is missing', () => {
    expect(decode('{"__proto__":{"type":"ping","id":1,"received":0}}')).toHaveProperty('fault')
  })

  test.each([
    ['0', '0'],
    ['-1', '-1'],
    ['1.5', '1.5'],
    ['2^53', '9007199254740992'],
    ['1e400', '1e400'],
    ['a string', '"12"'],
    ['null', 'null'],
    ['true', 'true'],
  ])('[WI-3] C13 a message numbered %s is a fault', (_name, number) => {
    expect(decode(`{"type":"messages","from":${number},"data":["x"]}`)).toHaveProperty('fault')
  })

  test('[WI-3] C13 a batch that counts beyond what is exact is a fault', () => {
    expect(decode('{"type":"messages","from":9007199254740991,"data":["x"]}')).toHaveProperty('fault')
  })

  test('[WI-3] C20 a gap that ends before it begins is a fault', () => {
    expect(decode('{"type":"gap","from":5,"to":4,"reason":"trimmed"}')).toHaveProperty('fault')
    expect(decode('{"type":"gap","from":0,"to":4,"reason":"trimmed"}')).toHaveProperty('fault')
    expect(decode('{"type":"gap","from":1,"to":4,"reason":"bored"}')).toHaveProperty('fault')
  })

  test('[WI-6] a batch holds 1 to 10 000 messages', () => {
    const of = (count: number) => decode(text({ type: 'messages', from: 1, data: Array(count).fill(0) }))
    expect(of(0)).toHaveProperty('fault')
    expect(of(MAX_BATCH)).toHaveProperty('frame')
    expect(of(MAX_BATCH + 1)).toHaveProperty('fault')
    expect(decode('{"type":"messages","from":1,"data":{"0":1}}')).toHaveProperty('fault')
  })

  test('[WI-6] a message is nested up to 64 levels', () => {
    const of = (depth: number) => decode(`{"type":"messages","from":1,"data":[${nested(depth)}]}`)
    expect(of(MAX_DEPTH)).toHaveProperty('frame')
    expect(of(MAX_DEPTH + 1)).toHaveProperty('fault')
    const deepObject = `${'{"a":'.repeat(MAX_DEPTH + 1)}1${'}'.repeat(MAX_DEPTH + 1)}`
    expect(decode(`{"type":"messages","from":1,"data":[${deepObject}]}`)).toHaveProperty('fault')
  })

  test('[WI-3] a piece lies inside its whole', () => {
    const type = decode === decodeClientFrame ? 'restore' : 'snapshot'
    const of = (change: object) =>
      decode(text({ type, part: 1, of: 2, text: '', digest: '', up: 0, down: 0, ...change }))
    expect(of({})).toHaveProperty('frame')
    expect(of({ part: 0 })).toHaveProperty('fault')
    expect(of({ part: 3 })).toHaveProperty('fault')
    expect(of({ of: 1e6, part: 1e5 })).toHaveProperty('fault')
    expect(of({ digest: 'x'.repeat(65) })).toHaveProperty('fault')
  })
})

describe('a server’s frames', () => {
  test.each(SERVER_FRAMES.map((frame, place) => [`${place} ${frame.type}`, frame] as const))(
    '[WI-7] frame %s is read as it was written',
    (_name, frame) => {
      expect(decodeServerFrame(encode(frame))).toEqual({ frame })
    },
  )

  test.each(CLIENT_FRAMES.filter(({ type }) => ['hello', 'restore', 'auth', 'bye'].includes(type)))(
    '[WI-2] C34 what only a client says is a fault: $type',
    (frame) => {
      expect(decodeServerFrame(encode(frame))).toEqual({ fault: 'an unknown `type`' })
    },
  )

  test('[WI-3] C12 each field of each frame is either needed or known to be optional', () => {
    const optional = new Set(['reason', 'reconnectWithinMs', 'url', 'retryAfterMs'])
    for (const frame of SERVER_FRAMES) {
      for (const field of Object.keys(frame).filter((key) => !optional.has(key))) {
        const { [field]: _, ...rest } = frame as unknown as Record<string, unknown>
        expect(decodeServerFrame(text(rest)), `${frame.type} without ${field}`).toHaveProperty('fault')
      }
    }
  })

  test('[WI-3] a reset says why', () => {
    const { reason: _, ...rest } = welcome({ outcome: 'reset', reason: 'unknown' })
    expect(decodeServerFrame(text(rest))).toHaveProperty('fault')
    expect(fromServer(welcome({ outcome: 'resumed' }), '"reason":"nonsense"')).toHaveProperty('frame')
  })

  test.each([
    [-1, 100],
    [0, 100],
    [1, 100],
    [2 ** 31, 60_000],
    [1e12, 60_000],
    [20_000, 20_000],
  ])('[WI-4] C22 a heartbeat of %d ms is taken as %d', (given, taken) => {
    const frame = frameOf(fromServer(welcome({ heartbeat: { intervalMs: given, timeoutMs: given } })))
    expect(frame).toMatchObject({ heartbeat: { intervalMs: taken, timeoutMs: taken } })
  })

  test.each(['"10"', 'null', '1e400', '{}'])('[WI-3] C22 a heartbeat of %s is a fault', (given) => {
    const message = text(welcome()).replace('"intervalMs":10000', `"intervalMs":${given}`)
    expect(decodeServerFrame(message)).toHaveProperty('fault')
  })

  test.each([
    [-1, 0],
    [0, 0],
    [5000, 5000],
    [1e15, 300_000],
  ])('[WI-4] C23 a wish to come back after %d ms is taken as %d', (given, taken) => {
    const error = { type: 'error', code: 'overloaded', message: '', retryAfterMs: given }
    expect(frameOf(fromServer(error))).toMatchObject({ retryAfterMs: taken })
  })

  test.each([
    [-5, 0],
    [2 ** 32, 300_000],
  ])('[WI-4] C24 a window of %d ms is taken as %d', (given, taken) => {
    const frame = shutdown({ closesInMs: given, reconnect: { afterMs: given, withinMs: given } })
    expect(frameOf(fromServer(frame))).toMatchObject({
      closesInMs: Math.min(Math.max(given, 0), 3_600_000),
      reconnect: { afterMs: taken, withinMs: taken },
    })
  })

  test('[WI-4] C38 a server cannot raise our limits beyond what fits a frame', () => {
    const limits = { messageBytes: 1e12, window: 1e12, retainMs: -1 }
    expect(frameOf(fromServer(welcome({ limits })))).toMatchObject({
      limits: { messageBytes: MAX_FRAME / 2, window: 100_000, retainMs: 0 },
    })
    const least = { messageBytes: 1, window: 1, retainMs: 0 }
    expect(frameOf(fromServer(welcome({ limits: least })))).toMatchObject({ limits: { messageBytes: 1024 } })
    expect(fromServer(welcome({ limits: { ...least, window: 0 } }))).toHaveProperty('fault')
    expect(frameOf(fromServer(welcome({ reconnectWithinMs: 1e9 })))).toMatchObject({
      reconnectWithinMs: 60_000,
    })
  })

  test('[WI-6] C36 names and reasons have an end', () => {
    expect(fromServer(welcome({ server: 'x'.repeat(257) }))).toHaveProperty('fault')
    expect(fromServer(welcome({ epoch: 'x'.repeat(65) }))).toHaveProperty('fault')
    expect(fromServer(shutdown({ reason: 'x'.repeat(1025) }))).toHaveProperty('fault')
    expect(fromServer(shutdown({ url: `wss://${'x'.repeat(2048)}` }))).toHaveProperty('fault')
    expect(fromServer(welcome({ server: '\u0000\u202e\u200b' }))).toHaveProperty('frame')
  })

  test('[WI-3] C37 an error for an unknown reason is a fault', () => {
    expect(fromServer({ type: 'error', code: 'bored', message: '' })).toHaveProperty('fault')
  })

  test('[WI-3] C3 escapes of half characters are text like any other', () => {
    const decoded = decodeServerFrame('{"type":"messages","from":1,"data":["\\ud800","\\udfff\\ud800"]}')
    expect(decoded).toMatchObject({ frame: { data: ['\ud800', '\udfff\ud800'] } })
  })
})

describe('a client’s frames', () => {
  test.each(CLIENT_FRAMES.map((frame, place) => [`${place} ${frame.type}`, frame] as const))(
    '[WI-7] frame %s is read as it was written',
    (_name, frame) => {
      expect(decodeClientFrame(encode(frame))).toEqual({ frame })
    },
  )

  test.each(SERVER_FRAMES.filter(({ type }) => ['welcome', 'live', 'shutdown', 'error'].includes(type)))(
    '[WI-2] what only a server says is a fault: $type',
    (frame) => {
      expect(decodeClientFrame(encode(frame))).toEqual({ fault: 'an unknown `type`' })
    },
  )

  test.each([
    ['gap', { type: 'gap', from: 1, reason: 'trimmed' }, 'to'],
    ['state', { type: 'snapshot', part: 1, of: 1, text: '1', digest: 'd', down: 0 }, 'up'],
    ['state', { type: 'snapshot', part: 1, of: 1, text: '1', digest: 'd', up: 0 }, 'down'],
  ])('[RS-10] a %s whose numbers leave no room to count on is a fault: %o, %s', (_name, frame, field) => {
    expect(fromServer({ ...frame, [field]: MAX_GREETED })).toHaveProperty('frame')
    expect(fromServer({ ...frame, [field]: MAX_GREETED + 1 })).toHaveProperty('fault')
  })

  test('[WI-3] each field of each frame is either needed or known to be optional', () => {
    const optional = new Set(['welcomed', 'epoch', 'seen', 'stands', 'auth', 'why'])
    for (const frame of CLIENT_FRAMES) {
      for (const field of Object.keys(frame).filter((key) => !optional.has(key))) {
        const { [field]: _, ...rest } = frame as unknown as Record<string, unknown>
        expect(decodeClientFrame(text(rest)), `${frame.type} without ${field}`).toHaveProperty('fault')
      }
    }
  })

  test.each([
    ['too short a session', { session: 'abc' }],
    ['a session of other letters', { session: 'Z'.repeat(32) }],
    ['capitals', { session: 'ABCDEF0123456789ABCDEF0123456789' }],
    ['too short a secret', { secret: 'ab' }],
    ['too long a secret', { secret: 'a'.repeat(65) }],
    ['no generation', { generation: 0 }],
    ['a token of 1 MB', { auth: 'x'.repeat(1_000_000) }],
    ['a negative cursor', { received: -1 }],
    ['half a cursor', { acked: 0.5 }],
    ['a state that stands for half a number', { stands: 1.5 }],
    ['a state that stands for more than can be counted', { stands: Number.MAX_SAFE_INTEGER }],
    ['a loss that is no object', { why: 'closed' }],
  ])('[WI-3] a hello with %s is a fault', (_name, change) => {
    expect(decodeClientFrame(text({ ...hello(), ...change }))).toHaveProperty('fault')
  })

  test('[WI-3] C40 the version is a number for the server to judge', () => {
    expect(decodeClientFrame(text({ ...hello(), version: 99 }))).toMatchObject({ frame: { version: 99 } })
  })
})

describe('messages', () => {
  test('[WI-7] messages that are JSON already are read as they were written, by either side', () => {
    const values = fc.array(fc.jsonValue({ maxDepth: 4 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 1e9 }), (data, from) => {
        const frame = encodeMessages(
          from,
          data.map((one) => JSON.stringify(one)),
        )
        const expected = { frame: { type: 'messages', from, data: JSON.parse(text(data)) as unknown } }
        expect(decodeServerFrame(frame)).toEqual(expected)
        expect(decodeClientFrame(frame)).toEqual(expected)
      }),
    )
  })

  test('[WI-6] depth is measured to the limit and no deeper', () => {
    expect(isWithin(1, 0)).toBe(true)
    expect(isWithin([], 0)).toBe(false)
    expect(isWithin([[1], { a: [1] }], 3)).toBe(true)
    expect(isWithin([[1], { a: [1] }], 2)).toBe(false)
  })
})
