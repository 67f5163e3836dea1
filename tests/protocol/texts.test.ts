import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assemble, type Assembly, type Piece } from '../../src/protocol/assembly.ts'
import { CLOSE, verdictOf } from '../../src/protocol/close-codes.ts'
import { sha256 } from '../../src/protocol/digest.ts'
import { fitting, piecesOf } from '../../src/protocol/encode.ts'
import { BATCH, BATCH_CHARACTERS, clamp, PIECE_CHARACTERS } from '../../src/protocol/limits.ts'
import { utf8Length } from '../../src/protocol/utf8.ts'

const byNode = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')

describe('the digest', () => {
  test.each(['', 'abc', 'ä', '€', '😀', '\u0000', 'x'.repeat(1_000_000), '😀'.repeat(50_000)])(
    '[WI-10] is SHA-256 of the text in UTF-8: %#',
    (text) => {
      expect(sha256(text)).toBe(byNode(text))
    },
  )

  test('[WI-10] is right at every length around a block’s end', () => {
    for (let length = 50; length < 135; length += 1) {
      const text = 'a'.repeat(length)
      expect(sha256(text)).toBe(byNode(text))
    }
  })

  test('[WI-10] is right for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => sha256(text) === byNode(text)))
  })
})

describe('the length in UTF-8', () => {
  test('[WI-12] is that of the encoded text', () => {
    for (const text of ['', 'abc', 'ä', '€', '😀', 'a😀€ä', 'x'.repeat(1000)])
      expect(utf8Length(text)).toBe(Buffer.byteLength(text))
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => utf8Length(text) === Buffer.byteLength(text)),
    )
  })
})

describe('frames of messages', () => {
  test('[WI-8] take at most 64 messages', () => {
    expect(fitting(Array<string>(200).fill('1'))).toBe(BATCH)
    expect(fitting(Array<string>(200).fill('1'), 190)).toBe(10)
    expect(fitting([])).toBe(0)
  })

  test('[WI-8] take about 16 Ki characters, and a larger message has a frame of its own', () => {
    const half = 'x'.repeat(BATCH_CHARACTERS / 2)
    expect(fitting([half, half, half])).toBe(2)
    expect(fitting(['x'.repeat(100_000), '1'])).toBe(1)
    expect(fitting(['1', 'x'.repeat(100_000)])).toBe(1)
  })
})

/** What a receiver makes of the pieces, in the order given. */
function received(pieces: readonly Piece[]): Assembly | undefined {
  let assembly: Assembly | undefined
  for (const piece of pieces) assembly = assemble(piece, assembly)
  return assembly
}

describe('a state in pieces', () => {
  test('[WI-9] arrives whole, whatever is in it', () => {
    const long = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 50 })
      .chain((text) => fc.integer({ min: 1, max: 4000 }).map((times) => text.repeat(times)))
    fc.assert(
      fc.property(long, (text) => {
        expect(received(piecesOf(text, 3, 4))).toEqual({ kind: 'whole', text, up: 3, down: 4 })
      }),
    )
  })

  test('[WI-9] of no length at all is one empty piece', () => {
    const pieces = piecesOf('', 0, 0)
    expect(pieces).toHaveLength(1)
    expect(received(pieces)).toMatchObject({ kind: 'whole', text: '' })
  })

  test('[WI-9] that there is none is one piece of nothing', () => {
    const pieces = piecesOf(undefined, 1, 2)
    expect(pieces).toEqual([{ part: 0, of: 0, text: '', digest: '', up: 1, down: 2 }])
    expect(received(pieces)).toEqual({ kind: 'whole', text: undefined, up: 1, down: 2 })
  })

  test('[WI-9] is never cut inside a character', () => {
    // The pair would lie across the first cut: one unit before it, one behind.
    const text = `${'x'.repeat(PIECE_CHARACTERS - 1)}😀${'y'.repeat(10)}`
    const pieces = piecesOf(text, 0, 0)
    expect(pieces.map((piece) => Buffer.from(piece.text).toString() === piece.text)).toEqual([true, true])
    expect(pieces.map(({ text: { length } }) => length)).toEqual([PIECE_CHARACTERS - 1, 12])
    expect(received(pieces)).toMatchObject({ kind: 'whole', text })
  })

  const three = piecesOf('z'.repeat(PIECE_CHARACTERS * 2 + 1), 0, 0)
  const other = piecesOf('q'.repeat(PIECE_CHARACTERS * 2 + 1), 0, 0)
  const at = (pieces: readonly Piece[], place: number) => pieces[place] as Piece

  test.each([
    ['the second first', [at(three, 1)]],
    ['one left out', [at(three, 0), at(three, 2)]],
    ['one twice', [at(three, 0), at(three, 0)]],
    ['one of another state', [at(three, 0), at(other, 1)]],
    ['another number of pieces', [at(three, 0), { ...at(three, 1), of: 4 }]],
    ['one too many', [...three, at(three, 2)]],
    ['one after a fault', [at(three, 1), at(three, 0)]],
    ['a changed text', [at(three, 0), at(three, 1), { ...at(three, 2), text: 'y' }]],
  ])('[WI-9] is refused with %s', (_name, pieces) => {
    expect(received(pieces)).toEqual({ kind: 'broken', fault: expect.any(String) as string })
  })

  test('[WI-9] is partial until the last piece', () => {
    expect(received(three.slice(0, 2))).toMatchObject({ kind: 'partial', of: 3 })
  })
})

describe('close codes', () => {
  test.each([
    [1000, 'retry'],
    [1001, 'planned'],
    [1002, 'retry'],
    [1005, 'retry'],
    [1006, 'retry'],
    [1008, 'retry'],
    [1009, 'retry'],
    [1011, 'retry'],
    [1012, 'planned'],
    [1013, 'overloaded'],
    [1014, 'retry'],
    [1015, 'retry'],
    [3000, 'retry'],
    [4000, 'retry'],
    [4400, 'protocol'],
    [4401, 'unauthorized'],
    [4403, 'forbidden'],
    [4408, 'retry'],
    [4409, 'superseded'],
    [4410, 'ended'],
    [4413, 'protocol'],
    [4429, 'overloaded'],
    [4499, 'retry'],
    [4999, 'retry'],
    [0, 'retry'],
    [-1, 'retry'],
    [Number.NaN, 'retry'],
  ] as const)('[WI-11] C29 %d means %s', (code, verdict) => {
    expect(verdictOf(code)).toBe(verdict)
  })

  test('[WI-11] of all codes, four alone are more than a reason to dial again', () => {
    const final = new Set<number>()
    for (let code = 0; code < 6000; code += 1)
      if (!['retry', 'planned', 'overloaded', 'protocol'].includes(verdictOf(code))) final.add(code)
    expect([...final]).toEqual([CLOSE.unauthorized, CLOSE.forbidden, CLOSE.superseded, CLOSE.ended])
  })
})

test('[WI-4] a number is clamped to its bounds', () => {
  expect([clamp(-1, 0, 9), clamp(4, 0, 9), clamp(10, 0, 9)]).toEqual([0, 4, 9])
})
