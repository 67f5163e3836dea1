import fc from 'fast-check'
import { agentState, entriesOf, findToolCall } from 'holdfast/agent'
import type { AgentState } from 'holdfast/agent'
import { describe, expect, test } from 'vitest'
import { down, exchange, play, slotsWritten, up } from './play.ts'
import type { Line } from './play.ts'

const { initial, reduce } = agentState()

const everything: readonly Line[] = [
  up({ type: 'say', text: 'Where is my parcel?', sentAt: 1, attachments: [{ name: 'label.png' }] }),
  down({ type: 'metadata-set', tenant: 'acme', region: 'eu', roles: ['support'], more: { plan: 'gold' } }),
  down({ type: 'context-set', key: 'topic', value: 'parcels' }),
  down({ type: 'operation-added', operation: 'o1', title: 'Looking it up', details: { depth: 1 } }),
  down({ type: 'entry-open', entry: 'a1', answers: 1, details: { model: 'script' } }),
  down({ type: 'tokens', entry: 'a1', text: 'One ', index: 0 }),
  down({ type: 'tool-call', call: 't1', name: 'track', input: { parcel: 7 }, entry: 'a1' }),
  down({ type: 'tool-progress', call: 't1', progress: 0.5, note: 'asking the carrier' }),
  up({ type: 'say', text: 'Hello?' }),
  down({ type: 'tool-result', call: 't1', result: { place: 'depot' } }),
  down({ type: 'cache-put', key: 'parcel-7', value: { place: 'depot' } }),
  down({ type: 'tokens', entry: 'a1', text: 'moment.', index: 1 }),
  down({ type: 'memory-set', key: 'parcel', value: 7 }),
  down({ type: 'operation-settled', operation: 'o1' }),
  up({ type: 'set-preference', key: 'tone', value: 'brief' }),
  down({ type: 'entry-done', entry: 'a1' }),
]

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze)
  return Object.freeze(value)
}

describe('whatever comes', () => {
  const types = everything.map((line) => ('up' in line ? line.up.type : line.down.type))
  const oddMessage = fc.oneof(
    fc.anything(),
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom('entry', 'text', 'index', 'call', 'key', 'more', 'roles'), fc.jsonValue()),
    fc
      .tuple(fc.constantFrom(...types, 'cancel'), fc.dictionary(fc.string(), fc.jsonValue()))
      .map(([type, rest]) => ({ ...rest, type })),
  )

  test('[AG-1] what is no message of ours leaves the very state that was there', () => {
    const { state } = play(everything)
    const strangers: readonly unknown[] = [
      undefined,
      null,
      7,
      'say',
      [],
      {},
      { type: 'unheard-of', entry: 'a1' },
      { type: 'say' },
      { type: 'say', text: 7 },
      { type: 'tokens', entry: 'a1' },
      { type: 'tokens', entry: 'a1', text: 'x', index: -1 },
      { type: 'entry-done', entry: 'a1', outcome: 'open' },
      { type: 'tool-result', call: 't1' },
      { type: 'tool-result', call: 't1', result: 1, error: 'both' },
      { type: 'metadata-set', roles: 'admin' },
      { type: '__proto__' },
    ]
    for (const data of strangers) {
      for (const direction of ['up', 'down'] as const) {
        expect(reduce(state, { direction, seq: 1000, data: data as never })).toBe(state)
      }
    }
  })

  test('[AG-1] no sequence of odd messages makes the fold throw or leave the shape of a state', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('up', 'down'), oddMessage)), (messages) => {
        let state: AgentState = play(everything).state
        messages.forEach(([direction, data], place) => {
          state = reduce(state, { direction, seq: 100 + place, data: data as never })
        })
        expect(Object.keys(state)).toEqual(Object.keys(initial))
        expect([...entriesOf(state)].every((entry) => typeof entry.id === 'string')).toBe(true)
      }),
    )
  })

  test('[AG-2] every state on the way is JSON', () => {
    for (const state of play(everything).states) {
      expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state)
    }
  })

  test('[AG-3] the fold changes nothing that it was given', () => {
    let state = freeze(initial)
    for (const [place, line] of freeze(everything).entries()) {
      const entry =
        'up' in line
          ? ({ direction: 'up', seq: 1 + place, data: line.up } as const)
          : ({ direction: 'down', seq: 1 + place, data: line.down } as const)
      expect(() => (state = freeze(reduce(state, entry)))).not.toThrow()
    }
  })

  test('[AG-4] a number that has been folded is skipped in its direction', () => {
    const { state } = play(everything)
    const said = { type: 'say', text: 'again' } as const
    expect(reduce(state, { direction: 'up', seq: state.folded.up, data: said })).toBe(state)
    expect(reduce(state, { direction: 'up', seq: state.folded.up + 1, data: said })).not.toBe(state)
  })

  test('[AG-5] a state that was written down and read back goes on as if it had never been away', () => {
    for (let place = 0; place <= everything.length; place += 1) {
      const read: unknown = JSON.parse(JSON.stringify(play(everything.slice(0, place)).state))
      let state = read as AgentState
      everything.forEach((line, index) => {
        const before = everything.slice(0, index + 1)
        const seq = before.filter((one) => 'up' in one === 'up' in line).length
        state =
          'up' in line
            ? reduce(state, { direction: 'up', seq, data: line.up })
            : reduce(state, { direction: 'down', seq, data: line.down })
      })
      expect(state).toStrictEqual(play(everything).state)
    }
  })

  test.each([0, -1, 1.5, NaN])('[AG-6] a limit of %s is refused at the door', (entries) => {
    expect(() => agentState({ entries })).toThrow(RangeError)
  })
})

describe('cost', () => {
  test('[AG-7] after ten thousand entries a message copies no more than after a hundred', () => {
    const conversation = function* (): Generator<Line> {
      for (let number = 1; number <= 5_000; number += 1) yield* exchange(number, ['to', 'ken'])
    }
    const { state, states } = play(conversation())
    const costs = slotsWritten(states)
    const early = Math.max(...costs.slice(0, 1_000))
    const late = Math.max(...costs.slice(-1_000))
    expect([...entriesOf(state)]).toHaveLength(10_000)
    expect(late).toBeLessThanOrEqual(early + 10_000 / 64)
    expect(costs.reduce((sum, cost) => sum + cost) / costs.length).toBeLessThan(60)
  })

  test('[AG-7] a token copies one entry, however long its text and the conversation are', () => {
    const lines = [...Array(200).keys()].flatMap((number) => exchange(number + 1, ['x']))
    const opened = down({ type: 'entry-open', entry: 'long' })
    const tokens = [...Array(5_000).keys()].map((index) =>
      down({ type: 'tokens', entry: 'long', text: 'word ', index }),
    )
    const { states } = play([...lines, opened, ...tokens])
    const costs = slotsWritten(states).slice(-tokens.length)
    expect(new Set(costs)).toEqual(new Set([costs[0]]))
    expect(costs[0]).toBeLessThan(30)
    expect(states.at(-1)?.conversation.live[0]?.text).toHaveLength(25_000)
  })

  test('[AG-8] a tool call that is over is never copied again', () => {
    const { states } = play(everything)
    const over = findToolCall(states.at(-1)!, 't1')
    expect(findToolCall(states[10]!, 't1')).toBe(over)
  })
})
