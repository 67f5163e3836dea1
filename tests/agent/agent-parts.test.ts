import { findToolCall, toolCallsOf } from 'holdfast/agent'
import type { AgentDown } from 'holdfast/agent'
import { describe, expect, test } from 'vitest'
import { down, play, up } from './play.ts'
import type { Line } from './play.ts'

const played = (...messages: readonly AgentDown[]) => play(messages.map(down)).state

describe('tool calls', () => {
  const called: readonly AgentDown[] = [
    { type: 'entry-open', entry: 'a' },
    { type: 'tokens', entry: 'a', text: 'Let me look. ' },
    { type: 'tool-call', call: 't', name: 'search', input: { words: 'kelp' }, entry: 'a' },
  ]

  test('[AG-16] a call is requested, then runs, then is done', () => {
    expect(findToolCall(played(...called), 't')).toEqual({
      id: 't',
      name: 'search',
      input: { words: 'kelp' },
      phase: 'requested',
      entry: 'a',
      offset: 13,
    })
    const running: AgentDown = { type: 'tool-progress', call: 't', progress: 0.25, note: '1 of 4' }
    expect(findToolCall(played(...called, running), 't')).toMatchObject({
      phase: 'running',
      progress: 0.25,
      note: '1 of 4',
    })
    const over = played(...called, running, { type: 'tool-result', call: 't', result: [1, 2] })
    expect(findToolCall(over, 't')).toMatchObject({ phase: 'done', progress: 1, result: [1, 2] })
    expect(over.tools.active).toEqual([])
  })

  test('[AG-16] a call may fail', () => {
    const failed = played(...called, { type: 'tool-result', call: 't', error: 'no network' })
    expect(findToolCall(failed, 't')).toMatchObject({ phase: 'failed', error: 'no network' })
  })

  test('[AG-16] either side may carry a call out; what comes after its end changes nothing', () => {
    const lines: readonly Line[] = [
      ...called.map(down),
      up({ type: 'tool-result', call: 't', result: 'here' }),
      down({ type: 'tool-progress', call: 't', progress: 0.1 }),
      down({ type: 'tool-result', call: 't', error: 'late' }),
      down({ type: 'tool-call', call: 't', name: 'again' }),
    ]
    expect([...toolCallsOf(play(lines).state)]).toMatchObject([{ phase: 'done', result: 'here' }])
  })

  test.each([
    [-3, 0],
    [0.5, 0.5],
    [7, 1],
  ])('[AG-16] progress %s counts as %s', (progress, shown) => {
    expect(
      findToolCall(played(...called, { type: 'tool-progress', call: 't', progress }), 't')?.progress,
    ).toBe(shown)
  })

  test('[AG-17] too many calls at once make the oldest fail', () => {
    const call = (id: number): Line => down({ type: 'tool-call', call: `t${id}`, name: 'x' })
    const { state } = play([call(1), call(2), call(3)], { activeTools: 2 })
    expect(findToolCall(state, 't1')).toMatchObject({ phase: 'failed' })
    expect(state.tools.active.map(({ id }) => id)).toEqual(['t2', 't3'])
  })
})

describe('what is kept under keys', () => {
  test.each([
    ['context', (key: string, value?: string) => down({ type: 'context-set', key, ...withValue(value) })],
    ['memory', (key: string, value?: string) => down({ type: 'memory-set', key, ...withValue(value) })],
    [
      'preferences',
      (key: string, value?: string) => down({ type: 'preference-set', key, ...withValue(value) }),
    ],
    [
      'preferences',
      (key: string, value?: string) => up({ type: 'set-preference', key, ...withValue(value) }),
    ],
  ] as const)('[AG-18] %s: set, set anew, gone without a value, the oldest first when full', (part, set) => {
    expect(play([set('a', '1'), set('b', '2'), set('a', '3')]).state[part]).toEqual({ a: '3', b: '2' })
    expect(play([set('a', '1'), set('a')]).state[part]).toEqual({})
    const full = [set('a', '1'), set('b', '2'), set('a', '3'), set('c', '4')]
    expect(play(full, { keys: 2 }).state[part]).toEqual({ a: '3', c: '4' })
  })

  test('[AG-18] a key may be any string', () => {
    const keys = ['__proto__', 'constructor', '', '7']
    const { state } = play(keys.map((key) => down({ type: 'memory-set', key, value: key })))
    expect(Object.entries(state.memory).sort()).toEqual(keys.map((key) => [key, key]).sort())
    expect(Object.getPrototypeOf(state.memory)).toBe(Object.prototype)
  })

  test('[AG-19] cached results are bounded in number and in size together', () => {
    const put = (key: string, value: string): Line => down({ type: 'cache-put', key, value })
    const cached = (lines: readonly Line[], limits: { cachedResults?: number; cacheSize?: number }) => {
      const { results, size } = play(lines, limits).state.cache
      expect(size).toBe(results.reduce((sum, { value }) => sum + JSON.stringify(value).length, 0))
      return results.map(({ key }) => key)
    }
    expect(cached([put('a', 'x'), put('b', 'x'), put('c', 'x')], { cachedResults: 2 })).toEqual(['b', 'c'])
    expect(cached([put('a', 'x'), put('b', 'x'), put('a', 'y')], { cachedResults: 2 })).toEqual(['b', 'a'])
    expect(cached([put('a', '12345678'), put('b', '12345678')], { cacheSize: 15 })).toEqual(['b'])
    expect(cached([put('a', 'x'), put('b', 'far too large')], { cacheSize: 10 })).toEqual(['a'])
    expect(cached([put('a', 'x'), down({ type: 'cache-put', key: 'a' })], {})).toEqual([])
  })
})

test('[AG-20] an operation is pending from added to settled', () => {
  const added: AgentDown = {
    type: 'operation-added',
    operation: 'o',
    title: 'Booking',
    details: { seats: 2 },
  }
  expect(played(added, added).operations).toEqual([{ id: 'o', title: 'Booking', details: { seats: 2 } }])
  expect(played(added, { type: 'operation-settled', operation: 'o' }).operations).toEqual([])
})

test('[AG-21] metadata keeps what a message does not speak of', () => {
  const state = played(
    { type: 'metadata-set', tenant: 'acme', region: 'eu', more: { plan: 'gold', seats: 5 } },
    { type: 'metadata-set', region: 'us', roles: ['admin'], more: { seats: 6 } },
  )
  expect(state.metadata).toEqual({
    tenant: 'acme',
    region: 'us',
    roles: ['admin'],
    more: { plan: 'gold', seats: 6 },
  })
})

function withValue(value: string | undefined): { readonly value?: string } {
  return value === undefined ? {} : { value }
}
