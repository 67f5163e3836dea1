import { HoldfastError, memoryStore } from 'holdfast'
import { describe, expect, test } from 'vitest'
import { openImage } from '../../src/driver/opening.ts'
import { writeSnapshot } from '../../src/driver/record.ts'
import type { Journal, JournalContents, SessionStore } from '../../src/ports/session-store.ts'
import { settled } from '../support/clock.ts'

const SNAPSHOT = writeSnapshot({
  distrusted: false,
  identity: { session: 'old', secret: 'secret' },
  generation: 3,
  welcomed: 2,
  epoch: 'e1',
  failures: 0,
  acked: 1,
  wired: 1,
  outbox: [],
  cursor: 2,
  aside: [],
})

/** A store with given contents; `closed` counts how often its journal was let go of. */
function storing(contents: JournalContents | (() => Promise<JournalContents>)) {
  const store = {
    closed: 0,
    durability: 'disk',
    open: (): Promise<Journal> =>
      Promise.resolve({
        read: typeof contents === 'function' ? contents : () => Promise.resolve(contents),
        commit: () => Promise.resolve(),
        reopen: () => Promise.reject(new Error('not here')),
        erase: () => Promise.resolve(),
        close: () => {
          store.closed += 1
          return Promise.reject(new Error('a close that fails as well'))
        },
        lost: new Promise(() => undefined),
      }),
  } satisfies SessionStore & { closed: number }
  return store
}

async function opening(store: SessionStore | (() => SessionStore | Promise<SessionStore>)) {
  const troubles: HoldfastError[] = []
  const fences: HoldfastError[] = []
  let count = 0
  const random = { seed: () => 1, secret: (bytes: number) => `${(count += 1)}`.padStart(bytes * 2, '0') }
  const opened = await openImage(
    'name',
    { random, store: typeof store === 'function' ? store : () => store },
    undefined,
    {
      blocked: () => undefined,
      opened: () => undefined,
      signal: new AbortController().signal,
      trouble: (error) => troubles.push(error),
      fenced: (error) => fences.push(error),
    },
  )
  await settled()
  return { opened, troubles, fences }
}

describe('opening a store', () => {
  test('[PS-1] that is empty begins a session with a name and a secret of its own', async () => {
    const { opened, troubles } = await opening(memoryStore())
    expect(troubles).toEqual([])
    expect(opened?.image.identity.session).toHaveLength(32)
    expect(opened?.image.identity.secret).toHaveLength(64)
    expect(opened).toMatchObject({ replacesAll: false, image: { isNew: true } })
  })

  test('[PS-1] that holds a session goes on with it', async () => {
    const { opened, troubles } = await opening(storing({ snapshot: SNAPSHOT, records: ['{"c":5}'] }))
    expect(troubles).toEqual([])
    expect(opened?.image.kept()).toMatchObject({ isNew: false, generation: 3, epoch: 'e1', cursor: 5 })
  })

  test('[PS-6] that had damage set aside tells of it', async () => {
    const trouble = new HoldfastError('store-corrupt', 'Four bytes were cut off.')
    const { opened, troubles } = await opening(storing({ snapshot: SNAPSHOT, records: [], trouble }))
    expect(troubles).toEqual([trouble])
    expect(opened?.image.isNew).toBe(false)
  })

  test.each([
    ['another program’s data', { snapshot: '{"hello":"world"}', records: [] }],
    ['no JSON', { snapshot: undefined, records: ['\u0000\u0001'] }],
    ['a negative generation', { snapshot: SNAPSHOT.replace('"g":3', '"g":-3'), records: [] }],
    ['records of a session without a name', { snapshot: undefined, records: ['{"g":4}'] }],
  ])('[PS-6] C41 that holds %s sets it aside inside the new session, and tells', async (_name, contents) => {
    const { opened, troubles } = await opening(storing(contents))
    expect(troubles).toMatchObject([{ code: 'store-corrupt' }])
    expect(opened?.replacesAll).toBe(true)
    expect(opened?.journal).toBeDefined()
    expect(opened?.image.isNew).toBe(true)
    expect(opened?.image.aside).toEqual(
      [contents.snapshot, ...contents.records].filter((one) => one !== undefined),
    )
  })

  test('[PS-6] of a newer format leaves it as it is, lets go of it, and works in memory', async () => {
    const store = storing({ snapshot: SNAPSHOT.replace('"v":1', '"v":9'), records: [] })
    const { opened, troubles } = await opening(store)
    expect(troubles).toMatchObject([{ code: 'store-newer' }])
    expect(opened?.journal).toBeUndefined()
    expect(store.closed).toBe(1)
  })

  test('[PS-7] that another holder takes meanwhile begins no other session', async () => {
    const { opened, troubles, fences } = await opening(() =>
      Promise.reject(new HoldfastError('store-fenced', 'Robbed.')),
    )
    expect([opened, troubles]).toEqual([undefined, []])
    expect(fences).toMatchObject([{ code: 'store-fenced' }])
  })

  test('[PS-8] that cannot be opened works in memory, and tells', async () => {
    const { opened, troubles } = await opening(() =>
      Promise.reject(new HoldfastError('store-failed', 'No disk.')),
    )
    expect(troubles).toMatchObject([
      { code: 'store-failed', message: expect.stringContaining('in memory') as string },
    ])
    expect(opened).toMatchObject({ journal: undefined, image: { isNew: true } })
  })

  test('[PS-8] by a function that throws anything works in memory', async () => {
    const { troubles } = await opening(() => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- a store may throw anything
      throw 'odd'
    })
    expect(troubles).toMatchObject([{ code: 'store-failed' }])
  })

  test('[PS-8] that cannot be read is let go of, so that another may try', async () => {
    const store = storing(() => Promise.reject(new Error('EIO')))
    const { opened, troubles } = await opening(store)
    expect(opened?.journal).toBeUndefined()
    expect(troubles).toMatchObject([{ code: 'store-failed' }])
    expect(store.closed).toBe(1)
  })

  test.each<readonly [string, unknown]>([
    ['no journal', 5],
    ['nothing', undefined],
    ['a journal that reads nothing', { read: () => null, lost: new Promise(() => undefined) }],
    ['a journal that reads no records', { read: () => ({}), lost: new Promise(() => undefined) }],
    ['a journal that is never lost', { read: () => ({ records: [] }) }],
    ['a journal that cannot be closed', { read: () => null, close: () => expect.fail('not today') }],
  ])('[PS-8] that gives %s works in memory, and tells', async (_what, journal) => {
    const { opened, troubles } = await opening({ durability: 'disk', open: async () => journal as Journal })
    expect(troubles).toMatchObject([{ code: 'store-failed' }])
    expect(opened).toMatchObject({ journal: undefined, image: { isNew: true } })
  })

  test('[PS-8] that says that it was closed is told in its own words', async () => {
    const { troubles } = await opening(() => Promise.reject(new HoldfastError('closed', 'Given up.')))
    expect(troubles.map(({ message }) => message)).toEqual(['Given up.'])
  })

  test('[SU-5] that was blocked until the session was closed gives nothing', async () => {
    const store = memoryStore()
    const holder = await store.open('name', {
      blocked: () => undefined,
      signal: new AbortController().signal,
    })
    const abort = new AbortController()
    let blocked = 0
    const waiting = openImage(
      'name',
      { random: { seed: () => 1, secret: () => 'x' }, store: () => store },
      undefined,
      {
        blocked: () => (blocked += 1),
        opened: () => undefined,
        signal: abort.signal,
        trouble: () => expect.fail('nothing went wrong'),
        fenced: () => expect.fail('nobody took it'),
      },
    )
    await settled()
    expect(blocked).toBe(1)
    abort.abort()
    expect(await waiting).toBeUndefined()
    await holder.close()
  })
})
