/** The parts of the chat example that a mistake could hide in. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { agentState, entriesOf, findEntry, nextAsk } from 'holdfast/agent'
import type { AgentDown, AgentState } from 'holdfast/agent'
import { describe, expect, test } from 'vitest'
import { promptFor, tokenIn } from '../../examples/chat/agent/model.ts'
import { scriptFor, scriptedText, stepsDone, tokensOf } from '../../examples/chat/agent/script.ts'
import { createProof } from '../../examples/chat/browser/proof.ts'
import { listenFrom } from '../../examples/chat/launcher/listen.ts'
import { optionsOf } from '../../examples/chat/launcher/options.ts'
import { createWeb } from '../../examples/chat/launcher/web.ts'

const QUESTIONS = [
  'What is a restart like?',
  'Plan a dive at low tide',
  'How did last quarter go?',
  'Why kelp?',
]

const { initial, reduce } = agentState()

function asked(text: string): AgentState {
  return reduce(initial, { direction: 'up', seq: 1, data: { type: 'say', text } })
}

function answered(state: AgentState, messages: readonly AgentDown[]): AgentState {
  return messages.reduce(
    (folded, data) => reduce(folded, { direction: 'down', seq: folded.folded.down + 1, data }),
    state,
  )
}

describe('the script', () => {
  test.each(QUESTIONS)('%s: wherever it is cut, the next server says the next word', (question) => {
    const steps = scriptFor({ seq: 1, text: question })
    const whole = answered(
      asked(question),
      steps.map(({ message }) => message),
    )
    expect(findEntry(whole, 'answer-1')).toMatchObject({ phase: 'done', text: scriptedText(question) })
    expect(nextAsk(whole)).toBeUndefined()
    for (let cut = 0; cut < steps.length; cut += 1) {
      const before = answered(
        asked(question),
        steps.slice(0, cut).map(({ message }) => message),
      )
      const rest = steps.slice(stepsDone(before, steps)).map(({ message }) => message)
      const after = answered(before, rest)
      expect({ ...after, folded: whole.folded }).toEqual(whole)
      // No word is said twice, not even one that the fold would skip.
      const tokens = [...steps.slice(0, cut).map(({ message }) => message), ...rest]
      expect(tokens.filter(({ type }) => type === 'tokens')).toHaveLength(
        tokensOf(scriptedText(question)).length,
      )
    }
  })

  test('tokens are the text, cut', () => {
    for (const question of QUESTIONS) {
      expect(tokensOf(scriptedText(question)).join('')).toBe(scriptedText(question))
    }
  })
})

describe('the proof', () => {
  const counted = (indexes: readonly number[], total = 3) => {
    const kept = new Map<string, string>()
    const memory = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    }
    const proof = createProof(memory, 'proof')
    let seq = 0
    const count = (message: AgentDown): void => proof.count((seq += 1), message)
    count({ type: 'entry-open', entry: 'a', details: { chunks: total } })
    for (const index of indexes) count({ type: 'tokens', entry: 'a', text: 'x', index })
    count({ type: 'entry-done', entry: 'a' })
    const { duplicates, gaps, disorder } = proof.counts
    return { duplicates, gaps, disorder }
  }

  test.each([
    [[0, 1, 2], { duplicates: 0, gaps: 0, disorder: 0 }],
    [[0, 1, 1, 2], { duplicates: 1, gaps: 0, disorder: 0 }],
    [[0, 2], { duplicates: 0, gaps: 1, disorder: 0 }],
    [[0, 2, 1], { duplicates: 0, gaps: 0, disorder: 1 }],
    [[0, 1], { duplicates: 0, gaps: 1, disorder: 0 }],
    [[1, 2, 1], { duplicates: 1, gaps: 1, disorder: 0 }],
  ])('%j is seen for what it is', (indexes, counts) => {
    expect(counted(indexes)).toEqual(counts)
  })

  test('after a reload it begins at what was painted', () => {
    const proof = createProof({ getItem: () => null, setItem: () => undefined }, 'proof')
    const painted = answered(asked('x'), [
      { type: 'entry-open', entry: 'a' },
      { type: 'tokens', entry: 'a', text: 'x', index: 0 },
    ])
    proof.begin(painted)
    proof.count(3, { type: 'tokens', entry: 'a', text: 'y', index: 1 })
    expect(proof.counts).toMatchObject({ duplicates: 0, gaps: 0 })
    proof.count(4, { type: 'tokens', entry: 'a', text: 'y', index: 1 })
    expect(proof.counts).toMatchObject({ duplicates: 1 })
  })
})

describe('a model', () => {
  test('is shown what it had said, and asked to go on', () => {
    const state = answered(asked('Why?'), [
      { type: 'entry-open', entry: 'answer-1', answers: 1 },
      { type: 'tokens', entry: 'answer-1', text: 'Because', index: 0 },
    ])
    const [ask] = [...entriesOf(state)]
    const said = promptFor(state, ask?.role === 'user' ? ask : expect.fail('no question'))
    expect(said.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user'])
    expect(said[2]?.content).toBe('Because')
  })

  test.each([
    ['data: {"choices":[{"delta":{"content":"Hi"}}]}', 'Hi'],
    ['data: {"choices":[{"delta":{}}]}', ''],
    ['data: {"choices":[]}', ''],
    ['data: not JSON', ''],
    [': a comment', ''],
    ['', ''],
  ])('%s brings %j', (line, text) => {
    expect(tokenIn(line)).toBe(text)
  })
})

describe('the launcher', () => {
  test('takes the next port when one is taken, and says so', async () => {
    const first = createServer()
    const taken = await listenFrom(first, 0, () => expect.fail('port 0 is never taken'))
    const second = createServer()
    const said: number[] = []
    const port = await listenFrom(second, taken, (one) => said.push(one))
    expect(said[0]).toBe(taken)
    expect(port).toBe(taken + said.length)
    first.close()
    second.close()
  })

  test.each([[['--port', 'x']], [['--port', '70000']], [['--tempo', '0']]])('refuses %j', (args) => {
    expect(() => optionsOf(args, {})).toThrow(RangeError)
  })

  test('lets nobody press a button but its own page', async () => {
    const pressed: string[] = []
    const web = createWeb({
      page: new Map([['/', { type: 'text/html', body: 'page' }]]),
      token: 'secret',
      tempo: 1,
      proxy: { carry: () => undefined, cut: () => void pressed.push('cut'), close: () => undefined },
      fleet: {
        news: { servers: [] },
        port: undefined,
        start: () => Promise.resolve(),
        stop: () => Promise.resolve(),
        cause: (trouble) => (pressed.push(trouble), true),
      },
    })
    web.server.listen(0, '127.0.0.1')
    await once(web.server, 'listening')
    const address = web.server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const ask = async (path: string, headers: Record<string, string>, method = 'POST') =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { method, headers })).status

    expect(await ask('/control/kill', {})).toBe(403)
    expect(await ask('/control/kill', { 'x-control-token': 'guess' })).toBe(403)
    expect(await ask('/control/offline?browser=x', {})).toBe(403)
    expect(await ask('/control/news?token=guess', {}, 'GET')).toBe(404)
    expect(pressed).toEqual([])
    expect(await ask('/control/kill', { 'x-control-token': 'secret' })).toBe(204)
    expect(await ask('/control/nonsense', { 'x-control-token': 'secret' })).toBe(404)
    expect(pressed).toEqual(['kill'])
    expect(await statusWithHost(port ?? 0, 'evil.example')).toBe(403)
    web.server.close()
  })
})

/** `fetch` does not let its caller lie about the host, as a rebound name would. */
async function statusWithHost(port: number, host: string): Promise<number | undefined> {
  const { request } = await import('node:http')
  const asked = request({ host: '127.0.0.1', port, path: '/', headers: { host } }).end()
  const [response] = (await once(asked, 'response')) as [{ statusCode?: number; resume(): void }]
  response.resume()
  return response.statusCode
}
