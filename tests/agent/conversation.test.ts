import { entriesOf, findEntry, nextAsk } from 'holdfast/agent'
import { describe, expect, test } from 'vitest'
import { down, exchange, play, up } from './play.ts'
import type { Line } from './play.ts'

const say = (text: string): Line => up({ type: 'say', text })
const open = (entry: string, answers?: number): Line =>
  down({ type: 'entry-open', entry, ...(answers === undefined ? {} : { answers }) })
const tokens = (entry: string, text: string, index?: number): Line =>
  down({ type: 'tokens', entry, text, ...(index === undefined ? {} : { index }) })
const done = (entry: string): Line => down({ type: 'entry-done', entry })

const texts = (lines: readonly Line[]): readonly string[] =>
  [...entriesOf(play(lines).state)].map((entry) => `${entry.id}: ${entry.text}`)

describe('entries', () => {
  test('[AG-9] stand in the order in which they were opened, whichever ends first', () => {
    const lines = [
      say('one'),
      open('a', 1),
      say('two'),
      open('b', 2),
      tokens('b', 'B'),
      done('b'),
      tokens('a', 'A'),
      done('a'),
      say('three'),
    ]
    expect(texts(lines)).toEqual(['user-1: one', 'a: A', 'user-2: two', 'b: B', 'user-3: three'])
    expect(play(lines).state.conversation.live).toEqual([])
  })

  test('[AG-10] an entry is open while its tokens stream', () => {
    const { state } = play([say('hi'), open('a', 1), tokens('a', 'He'), tokens('a', 'llo')])
    expect(state.conversation.live).toEqual([
      { role: 'assistant', id: 'a', phase: 'open', text: 'Hello', chunks: 2, answers: 1 },
    ])
  })

  test('[AG-10] what comes after its end changes nothing', () => {
    const lines = [open('a'), tokens('a', 'x'), done('a')]
    const after = [tokens('a', 'y'), open('a'), tokens('a', 'z'), done('a')]
    expect(play([...lines, ...after]).state.conversation).toEqual(play(lines).state.conversation)
  })

  test('[AG-10] a failed entry keeps its text and says why', () => {
    const failed = down({ type: 'entry-done', entry: 'a', outcome: 'failed', error: 'no model' })
    const { state } = play([open('a'), tokens('a', 'So'), failed])
    expect(findEntry(state, 'a')).toMatchObject({ phase: 'failed', text: 'So', error: 'no model' })
  })

  test('[AG-11] a chunk that is already in is skipped', () => {
    expect(texts([open('a'), tokens('a', 'x', 0), tokens('a', 'x', 0), tokens('a', 'y', 1)])).toEqual([
      'a: xy',
    ])
  })
})

describe('asks', () => {
  test("[AG-12] a user's message waits until an entry that answers it is over", () => {
    const lines = [say('one'), say('two'), open('a', 1), tokens('a', '1')]
    expect(nextAsk(play(lines).state)?.text).toBe('one')
    expect(nextAsk(play([...lines, done('a')]).state)?.text).toBe('two')
    expect(nextAsk(play([...lines, done('a'), open('b', 2), done('b')]).state)).toBeUndefined()
  })

  test('[AG-12] an entry that answers nobody leaves the asks alone', () => {
    expect(nextAsk(play([say('one'), open('news'), done('news')]).state)?.seq).toBe(1)
  })

  test('[AG-13] an open entry that is asked to stop is cancelling until the agent ends it', () => {
    const lines = [say('one'), open('a', 1), tokens('a', 'x'), up({ type: 'cancel', entry: 'a' })]
    expect(findEntry(play(lines).state, 'a')).toMatchObject({ phase: 'cancelling' })
    const ended = play([
      ...lines,
      tokens('a', 'y'),
      down({ type: 'entry-done', entry: 'a', outcome: 'cancelled' }),
    ])
    expect(findEntry(ended.state, 'a')).toMatchObject({ phase: 'cancelled', text: 'xy' })
    expect(nextAsk(ended.state)).toBeUndefined()
  })

  test('[AG-13] a message that is taken back waits for no answer', () => {
    expect(nextAsk(play([say('one'), up({ type: 'cancel', entry: 'user-1' })]).state)).toBeUndefined()
  })
})

describe('bounds', () => {
  test('[AG-14] beyond its limit a conversation drops its oldest entries by pages, and counts them', () => {
    const lines = [...Array(300).keys()].flatMap((number) => exchange(number + 1, ['x']))
    const { state } = play(lines, { entries: 100 })
    const kept = [...entriesOf(state)]
    expect(kept.length).toBeGreaterThanOrEqual(100)
    expect(kept.length).toBeLessThan(100 + 2 * 64)
    expect(kept.length + state.conversation.settled.dropped).toBe(600)
    expect(kept.at(-1)?.id).toBe('answer-300')
  })

  test('[AG-15] an open entry that is overtaken by too many is interrupted, and nobody waits for it', () => {
    const { state } = play([say('one'), open('a', 1), say('two'), say('three'), say('four')], {
      liveEntries: 3,
    })
    expect(findEntry(state, 'a')).toMatchObject({ phase: 'interrupted' })
    expect(state.conversation.live).toEqual([])
    expect(nextAsk(state)?.text).toBe('two')
  })
})
