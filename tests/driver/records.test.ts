import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Change } from '../../src/core/effect.ts'
import { type Fold, Image } from '../../src/driver/image.ts'
import {
  FORMAT,
  NewerFormat,
  readChange,
  readSnapshot,
  writeChange,
  writeSnapshot,
} from '../../src/driver/record.ts'
import { Persister } from '../../src/driver/persister.ts'
import { settled, VirtualClock } from '../support/clock.ts'

const IDENTITY = { session: 's1', secret: 'x1' }

/** A fold that shows every entry, in order. */
const LISTING: Fold = {
  initial: [],
  reduce: (state, { direction, seq, data }) => [
    ...(state as unknown[]),
    `${direction} ${seq} ${JSON.stringify(data)}`,
  ],
}

const json = fc.jsonValue({ maxDepth: 3 })

describe('a record', () => {
  const count = fc.nat(1e6)
  const changes = fc.record(
    {
      identity: fc.record({ session: fc.string(), secret: fc.string() }),
      generation: count,
      welcomed: count,
      epoch: fc.string(),
      distrusted: fc.constant(true as const),
      failures: count,
      acked: count,
      wired: count,
      up: fc.record({ from: count, text: json.map((value) => JSON.stringify(value)) }),
      givenUp: fc.array(count),
      cursor: count,
    },
    { requiredKeys: [] },
  )
  const downs = fc.option(fc.record({ from: count, data: fc.array(json) }), { nil: undefined })

  test('[PS-9] is read as it was written', () => {
    fc.assert(
      fc.property(changes, downs, (change, down) => {
        const { up, ...rest } = change
        const read = readChange(writeChange(change, down))
        const data = up === undefined ? undefined : { from: up.from, data: JSON.parse(up.text) as unknown }
        const plain = down === undefined ? undefined : (JSON.parse(JSON.stringify(down)) as typeof down)
        expect(read).toEqual({
          ...rest,
          ...(data !== undefined && { up: data }),
          ...(plain !== undefined && { down: plain }),
        })
      }),
    )
  })

  test('[PS-9] of a state from the server is read as it was written', () => {
    expect(readChange(writeChange({}, undefined, { text: '{"a":[1]}', up: 3, down: 4 }))).toEqual({
      adopted: { state: { a: [1] }, up: 3, down: 4 },
    })
  })

  test.each([
    '',
    'null',
    '[]',
    '{"g":-1}',
    '{"g":1.5}',
    '{"g":"1"}',
    '{"e":1}',
    '{"l":0}',
    '{"s":"x"}',
    '{"s":[1,2]}',
    '{"u":{}}',
    '{"u":["x",1]}',
    '{"x":[-1]}',
    '{"d":[1,2]}',
    '{"t":[]}',
    '{"a":',
  ])('[PS-9] that is none of ours is refused: %s', (text) => {
    expect(() => readChange(text)).toThrow()
  })

  test('[PS-9] that is any text at all is read or refused, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          json.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          try {
            readChange(text)
          } catch (error) {
            expect(error instanceof SyntaxError || error instanceof TypeError).toBe(true)
          }
        },
      ),
    )
  })
})

describe('a snapshot', () => {
  const sound = {
    identity: IDENTITY,
    generation: 3,
    welcomed: 2,
    epoch: undefined,
    distrusted: false,
    failures: 2,
    acked: 4,
    wired: 5,
    outbox: ['"a"', undefined, 'null'],
    cursor: 7,
    aside: ['old'],
  }

  test('[PS-9] is read as it was written', () => {
    const written = writeSnapshot(sound, { text: '{"n":1}', up: 4, down: 7 })
    expect(readSnapshot(written)).toEqual({
      ...sound,
      format: FORMAT,
      folded: { state: { n: 1 }, up: 4, down: 7 },
    })
    const bare = { ...sound, welcomed: 0, epoch: 'e1', distrusted: true, aside: [] }
    expect(readSnapshot(writeSnapshot(bare))).toEqual({ ...bare, format: FORMAT, folded: undefined })
  })

  test('[PS-6] of a newer format is told apart from one that is damaged', () => {
    expect(() => readSnapshot(writeSnapshot(sound).replace('"v":1', '"v":2'))).toThrow(NewerFormat)
    expect(() => readSnapshot(writeSnapshot(sound).replace('"v":1', '"v":"1"'))).toThrow(TypeError)
    expect(() => readSnapshot('{}')).toThrow(TypeError)
  })
})

/** What a session does, as changes in order; numbers are made contiguous as it goes. */
const moves = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('send' as const), data: json }),
    fc.record({ do: fc.constant('acked' as const), by: fc.nat(3) }),
    fc.record({ do: fc.constant('handled' as const), data: fc.array(json, { minLength: 1, maxLength: 3 }) }),
    fc.record({ do: fc.constant('gap' as const), by: fc.nat(2) }),
    fc.record({ do: fc.constant('give up' as const) }),
    fc.record({ do: fc.constant('dial' as const), failures: fc.nat(5) }),
    fc.record({ do: fc.constant('epoch' as const), name: fc.string({ maxLength: 5 }) }),
    fc.record({ do: fc.constant('distrust' as const) }),
    fc.record({ do: fc.constant('adopt' as const), ahead: fc.nat(2) }),
  ),
  { maxLength: 60 },
)

type Moves = typeof moves extends fc.Arbitrary<infer All> ? All : never

/** Makes the moves on an image through a persister whose journal keeps everything. */
async function live(
  all: Moves,
  fold: Fold | undefined,
  everySnapshot: boolean,
): Promise<[Image, string | undefined, string[]]> {
  const image = new Image(IDENTITY, fold)
  let snapshot: string | undefined
  const records: string[] = []
  const journal = {
    read: () => Promise.resolve({ snapshot, records }),
    reopen: () => Promise.resolve({ snapshot, records }),
    commit(commit: { readonly records: readonly string[]; readonly snapshot?: string | undefined }) {
      if (commit.snapshot === undefined) records.push(...commit.records)
      else {
        snapshot = commit.snapshot
        records.length = 0
      }
      return Promise.resolve()
    },
    erase: () => Promise.resolve(),
    close: () => Promise.resolve(),
    lost: new Promise<void>(() => undefined),
  }
  const nothing = () => undefined
  const persister = new Persister(image, journal, fold !== undefined, new VirtualClock(), {
    persisted: nothing,
    folded: nothing,
    fenced: nothing,
    gaveUp: nothing,
    revived: nothing,
    silent: nothing,
    unwritable: nothing,
  })
  let revision = 0
  const add = (change: Change, down?: { readonly from: number; readonly data: readonly unknown[] }) => {
    revision += 1
    persister.add(revision, change, down)
  }
  add({ identity: IDENTITY })
  for (const move of all) {
    const { acked, lastUp, cursor } = image
    switch (move.do) {
      case 'send':
        add({ up: { from: lastUp + 1, text: JSON.stringify(move.data) }, wired: lastUp + 1 })
        break
      case 'acked':
        add({ acked: Math.min(lastUp, acked + move.by) })
        break
      case 'handled':
        add(
          { cursor: cursor + move.data.length },
          { from: cursor + 1, data: JSON.parse(JSON.stringify(move.data)) as unknown[] },
        )
        break
      case 'gap':
        add({ cursor: cursor + 1 + move.by })
        break
      case 'give up':
        if (lastUp > acked) add({ givenUp: [lastUp] })
        break
      case 'dial':
        add({ generation: image.generation + 1, failures: move.failures, wired: lastUp })
        break
      case 'epoch':
        add({ epoch: move.name, welcomed: image.generation })
        break
      case 'distrust':
        add({ distrusted: true })
        break
      case 'adopt':
        persister.adopt('["adopted"]', ['adopted'], acked, cursor + move.ahead)
        break
    }
    if (everySnapshot) {
      persister.replaceAll()
      await settled()
    }
  }
  await persister.settled()
  return [image, snapshot, records]
}

const shape = (image: Image) => ({ kept: { ...image.kept(), isNew: false }, folded: image.folded })

describe('the image', () => {
  test.each([
    ['without a fold', undefined, false],
    ['with a fold', LISTING, false],
    ['with a fold and a snapshot after each change', LISTING, true],
  ])('[PS-1] is the same when the records are read back, %s', async (_name, fold, everySnapshot) => {
    await fc.assert(
      fc.asyncProperty(moves, async (all) => {
        const [image, snapshot, records] = await live(all, fold, everySnapshot)
        const read = new Image({ session: 'another', secret: 'one' }, fold)
        read.restore(snapshot, records)
        expect(shape(read)).toEqual(shape(image))
        expect(read.snapshot()).toBe(image.snapshot())
      }),
      { numRuns: 60 },
    )
  })

  test('[RS-7] folds each message of either direction once, in the order of the commits', async () => {
    const [image] = await live(
      [
        { do: 'send', data: 'a' },
        { do: 'handled', data: ['b', 'c'] },
        { do: 'send', data: 'd' },
      ],
      LISTING,
      false,
    )
    expect(image.folded).toEqual({
      state: ['up 1 "a"', 'down 1 "b"', 'down 2 "c"', 'up 2 "d"'],
      up: 2,
      down: 2,
    })
  })

  test('[RS-12] knows an epoch that is not believed any more until another one begins', () => {
    const image = new Image(IDENTITY, undefined)
    image.apply({ epoch: 'e1' })
    image.apply({ distrusted: true })
    expect(image.kept()).toMatchObject({ epoch: 'e1', distrusted: true })
    image.apply({ epoch: 'e2' })
    expect(image.kept()).toMatchObject({ epoch: 'e2', distrusted: false })
  })

  test('[RS-5] folds what a state from the server does not stand for on top of it', () => {
    const image = new Image(IDENTITY, LISTING)
    for (const seq of [1, 2, 3]) {
      image.append(seq, `"m${seq}"`)
      image.apply({}, { from: seq, data: `m${seq}` })
    }
    image.apply({ givenUp: [3] })
    image.append(4, '"m4"')
    image.apply({}, { from: 4, data: 'm4' })
    image.apply({ adopted: { state: ['theirs'], up: 1, down: 5 } })
    expect(image.folded.state).toEqual(['theirs', 'up 2 "m2"', 'up 4 "m4"'])
    image.apply({ cursor: 6 }, undefined, { from: 5, data: ['old', 'new'] })
    expect(image.folded).toMatchObject({
      state: ['theirs', 'up 2 "m2"', 'up 4 "m4"', 'down 6 "new"'],
      down: 6,
    })
  })

  test('[RS-4] folds what is in hand before its turn, and not again when it is processed', () => {
    const image = new Image(IDENTITY, LISTING)
    image.apply({ cursor: 1 }, undefined, { from: 1, data: ['a'] })
    const runs = [
      { from: 1, data: ['a', 'b'] },
      { from: 3, data: ['c'] },
    ]
    expect(image.foldAhead(runs)).toBe(true)
    expect(image.folded).toEqual({ state: ['down 1 "a"', 'down 2 "b"', 'down 3 "c"'], up: 0, down: 3 })
    expect(image.foldAhead(runs)).toBe(false)
    image.apply({ cursor: 3 }, undefined, { from: 2, data: ['b', 'c'] })
    expect(image.folded.state).toHaveLength(3)
  })

  test('[RS-13] tells what a state from the server stands for, which may be more than has come here', () => {
    const image = new Image(IDENTITY, LISTING)
    image.apply({ cursor: 1 }, undefined, { from: 1, data: ['a'] })
    image.apply({ adopted: { state: ['theirs'], up: 0, down: 9 } })
    expect(image.foldAhead([{ from: 2, data: ['b'] }])).toBe(false)
    expect(image.kept()).toMatchObject({ cursor: 1, stands: 9 })
  })

  test('[RS-5] keeps nothing of a state from the server if nothing is folded', () => {
    const image = new Image(IDENTITY, undefined)
    image.apply({ adopted: { state: 1, up: 1, down: 1 } })
    expect(image.folded.state).toBeUndefined()
    expect(image.stateText()).toBeUndefined()
  })

  test('[PS-1] C42 refuses a session without a name, and a message out of its place', () => {
    expect(() => new Image(IDENTITY, undefined).restore(undefined, ['{"g":1}'])).toThrow('without a name')
    const named = '{"s":["a","b"]}'
    expect(() => new Image(IDENTITY, undefined).restore(undefined, [named, '{"u":[2,"x"]}'])).toThrow(
      'out of its place',
    )
  })

  test('[UP-10] C42 takes an ack for any number in no time', () => {
    const image = new Image(IDENTITY, undefined)
    image.append(1, '1')
    image.apply({ acked: Number.MAX_SAFE_INTEGER })
    expect(image.kept().outbox).toMatchObject({ acked: Number.MAX_SAFE_INTEGER, texts: [] })
  })

  test('[PS-1] of a state that became undefined is null, as JSON has it', () => {
    const image = new Image(IDENTITY, { initial: 1, reduce: () => undefined })
    image.apply({ cursor: 1 }, undefined, { from: 1, data: ['x'] })
    expect(image.stateText()).toBe('null')
  })
})
