/** What holds for every phase, every input and every walk. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NEVER } from '../../src/base/time.ts'
import { deadline } from '../../src/core/deadline.ts'
import { initialState, type State } from '../../src/core/state.ts'
import { shutdown, welcome } from '../support/frames.ts'
import { INPUTS } from '../support/inputs.ts'
import { KEPT, Mind, type Told } from '../support/mind.ts'
import { PHASES } from '../support/phases.ts'

/** Moments that have passed on purpose: they are remembered, not waited for. */
const PAST = new Set(['welcomedAt', 'sentAt', 'countedAt'])

/** Every field whose name ends in `At`, anywhere in a phase. */
function* momentsIn(value: unknown): Generator<readonly [string, number]> {
  if (typeof value !== 'object' || value === null) return
  for (const [name, field] of Object.entries(value)) {
    if (typeof field === 'number' && name.endsWith('At') && !PAST.has(name)) yield [name, field]
    else yield* momentsIn(field)
  }
}

/** Deadlines that nobody waits for: the leave is under way, or the line is spoken for by its successor. */
function waitedFor(state: State): readonly (readonly [string, number])[] {
  const isLeaving = state.phase.kind === 'draining' && state.phase.successor !== undefined
  return [...momentsIn(state.phase)].filter(([name]) => !(isLeaving && name === 'leaveAt'))
}

describe.each(Object.entries(PHASES))('from %s', (_, make) => {
  test('[CL-12] an early tick changes nothing', () => {
    const mind = make()
    const before = mind.state
    expect(mind.tell({ type: 'tick' })).toEqual([])
    expect(mind.state).toBe(before)
  })

  test('[CL-12] after a tick at the deadline the deadline has moved', () => {
    const mind = make()
    for (let turn = 0; turn < 50; turn += 1) {
      const due = deadline(mind.state)
      if (due === NEVER) return
      mind.now = due
      mind.tell({ type: 'tick' })
      expect(deadline(mind.state)).toBeGreaterThan(due)
    }
  })

  test('[CL-12] no moment in the phase lies before the deadline', () => {
    const mind = make()
    const due = deadline(mind.state)
    for (const [name, moment] of waitedFor(mind.state)) expect(moment, name).toBeGreaterThanOrEqual(due)
  })

  test('[CL-1] closing is final', () => {
    const mind = make()
    mind.tell({ type: 'close', forGood: true })
    const closed = mind.state
    expect(closed.phase.kind).toBe('closed')
    for (const [name, inputOf] of Object.entries(INPUTS))
      if (name !== 'handled') expect(mind.tell(inputOf(mind)), name).toEqual([])
    expect(mind.state).toBe(closed)
  })

  test('[SU-10] what the application was done with before the end is stored, and changes nothing else', () => {
    const mind = make()
    mind.tell({ type: 'close', forGood: false })
    const { phase, inbox } = mind.state
    const upTo = inbox.handled + 1
    expect(mind.tell({ type: 'handled', upTo })).toMatchObject([
      { type: 'persist', change: { cursor: upTo } },
    ])
    expect(mind.tell({ type: 'handled', upTo })).toEqual([])
    expect(mind.state.phase).toBe(phase)
  })
})

/** One step of a walk: mostly what the world may do at any time, at times what only a broken server does. */
const steps = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(...Object.keys(INPUTS)).map((name) => ({ do: 'input', name }) as const),
  },
  {
    weight: 3,
    arbitrary: fc.integer({ min: 0, max: 30_000 }).map((length) => ({ do: 'pass', length }) as const),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 90_000 }).map((length) => ({ do: 'sleep', length }) as const),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'persist' } as const) },
  { weight: 3, arbitrary: fc.constant({ do: 'open' } as const) },
  { weight: 3, arbitrary: fc.constant({ do: 'welcome' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'reset' } as const) },
  { weight: 2, arbitrary: fc.nat(5).map((count) => ({ do: 'messages', count: count + 1 }) as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'process' } as const) },
  { weight: 3, arbitrary: fc.constant({ do: 'send' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'ack' } as const) },
  { weight: 1, arbitrary: fc.boolean().map((handoff) => ({ do: 'notice', handoff }) as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(1006, 1012, 1013, 4400, 4409).map((code) => ({ do: 'drop', code }) as const),
  },
)

type Walk = typeof steps extends fc.Arbitrary<infer Step> ? Step : never

/** What may close the session for good would end most walks at once. */
const FINAL = new Set(['close', 'end', 'barred', 'error superseded', 'error forked', 'error ended'])

/** Whether a connection is on its way: otherwise a welcome is a fault, and most walks would never stay online. */
function isDialing({ phase }: Mind): boolean {
  return phase.kind === 'connecting' || (phase.kind === 'draining' && phase.successor !== undefined)
}

function take(mind: Mind, walk: Walk): void {
  const { outbox, inbox } = mind.state
  const current = (one: Extract<Told, { type: 'received' }>['frame']) => mind.hear(one)
  switch (walk.do) {
    case 'input': {
      if (FINAL.has(walk.name) || /4403|4409|4410/.test(walk.name) || walk.name === 'restored') return
      // The store only ever says what is true.
      if (walk.name === 'persisted' || walk.name === 'handled') return
      const inputOf = INPUTS[walk.name]
      if (inputOf !== undefined) mind.tell(inputOf(mind))
      return
    }
    case 'pass':
      return void mind.pass(walk.length)
    case 'sleep':
      return void mind.oversleep(walk.length)
    case 'persist':
      return void mind.persist()
    case 'open':
      return isDialing(mind) ? void mind.open() : undefined
    case 'welcome':
    case 'reset': {
      if (!isDialing(mind)) return
      const outcome = walk.do === 'reset' ? 'reset' : mind.state.epoch === undefined ? 'created' : 'resumed'
      current(
        welcome({
          outcome,
          reason: 'unknown',
          epoch: walk.do === 'reset' ? `e${mind.connection}` : (mind.state.epoch ?? 'e1'),
          received: outbox.acked,
          from: inbox.received + 1,
          to: inbox.received,
        }),
      )
      return
    }
    case 'messages':
      return void current({ type: 'messages', from: inbox.received + 1, data: Array(walk.count).fill('m') })
    case 'process':
      return void mind.tell({ type: 'handled', upTo: mind.state.inbox.received })
    case 'send':
      return void mind.tell({ type: 'submit', text: '"up"' })
    case 'ack':
      return void current({ type: 'ack', received: outbox.sent })
    case 'notice':
      return void current(shutdown({ handoff: walk.handoff }))
    case 'drop':
      return void mind.drop(walk.code)
  }
}

describe('on any walk', () => {
  const walks = fc.array(steps, { minLength: 1, maxLength: 80 })

  test('[CL-11] the watermarks keep their order, and no moment lies before the deadline', () => {
    fc.assert(
      fc.property(walks, fc.integer(), (walk, seed) => {
        const mind = new Mind({}, seed).connect()
        for (const one of walk) {
          take(mind, one)
          const { acked, sent, wired, stored, last } = mind.state.outbox
          expect([acked, sent, stored, last]).toEqual([acked, sent, stored, last].toSorted((a, b) => a - b))
          expect(wired).toBeGreaterThanOrEqual(sent)
          const { committed, handled, received } = mind.state.inbox
          expect(committed <= handled && handled <= received).toBe(true)
          const due = deadline(mind.state)
          for (const [name, moment] of waitedFor(mind.state)) expect(moment, name).toBeGreaterThanOrEqual(due)
        }
      }),
      { numRuns: 400 },
    )
  })

  test('[CL-11] the same inputs and the same seed have the same effects', () => {
    fc.assert(
      fc.property(walks, fc.integer(), (walk, seed) => {
        const [one, other] = [new Mind({}, seed).connect(), new Mind({}, seed).connect()]
        for (const step of walk) {
          take(one, step)
          take(other, step)
        }
        expect(one.asked).toEqual(other.asked)
        expect(one.state).toEqual(other.state)
      }),
      { numRuns: 100 },
    )
  })

  test('[DN-4] an ack never says more than the store has said', () => {
    fc.assert(
      fc.property(walks, (walk) => {
        const mind = new Mind().connect()
        for (const step of walk) {
          const before = mind.asked.length
          take(mind, step)
          const { committed } = mind.state.inbox
          for (const effect of mind.asked.slice(before)) {
            if (effect.type !== 'transmit') continue
            if (effect.frame.type !== 'gap' && 'received' in effect.frame)
              expect(effect.frame.received).toBeLessThanOrEqual(committed)
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  test('[UP-1] nothing is transmitted before it is stored', () => {
    fc.assert(
      fc.property(walks, (walk) => {
        const mind = new Mind().connect()
        for (const step of walk) {
          const before = mind.asked.length
          take(mind, step)
          for (const effect of mind.asked.slice(before))
            if (effect.type === 'transmit-messages')
              expect(effect.from + effect.texts.length - 1).toBeLessThanOrEqual(mind.state.outbox.stored)
        }
      }),
      { numRuns: 200 },
    )
  })
})

test('[CL-11] a state that was restored counts on from what was kept', () => {
  const kept = {
    ...KEPT,
    isNew: false,
    generation: 7,
    cursor: 9,
    outbox: { acked: 2, wired: 3, texts: ['"a"', '"b"'] },
  }
  const mind = new Mind().restore(kept)
  expect(mind.state).toMatchObject({
    generation: 8,
    inbox: { received: 9, handled: 9, committed: 9 },
    outbox: { acked: 2, sent: 2, wired: 3, stored: 4, last: 4 },
  })
  expect(initialState(3, mind.now).rng).toBe(3)
})
