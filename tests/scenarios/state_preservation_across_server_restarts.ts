import { createHash } from 'node:crypto'
import type { Options } from 'holdfast'
import { agentState, type AgentDown, type AgentState, type AgentUp } from 'holdfast/agent'
import { comeBack, crash, type Memory, script } from 'holdfast/testing'
import { expect } from 'vitest'
import { type Cast, print } from './cast.ts'

export const NAME = 'state_preservation_across_server_restarts'

/** Everything that a session of an agent can hold; one tool call is in progress, one operation pending. */
const WORDS: readonly AgentDown[] = [
  {
    type: 'metadata-set',
    title: 'Quarterly report',
    user: 'u-1',
    tenant: 'acme',
    region: 'eu',
    roles: ['analyst'],
    more: { plan: 'enterprise' },
  },
  { type: 'context-set', key: 'document', value: { id: 'd-7', page: 12 } },
  { type: 'memory-set', key: 'prefers', value: 'tables' },
  { type: 'preference-set', key: 'language', value: 'en' },
  { type: 'cache-put', key: 'query:revenue', value: [1, 2, 3] },
  { type: 'operation-added', operation: 'op-1', title: 'Export', details: { format: 'pdf' } },
  { type: 'entry-open', entry: 'a-1', answers: 1 },
  { type: 'tokens', entry: 'a-1', text: 'Let me look ', index: 0 },
  { type: 'tool-call', call: 't-1', name: 'search', input: { q: 'revenue' }, entry: 'a-1' },
  { type: 'tool-progress', call: 't-1', progress: 0.5 },
]

/** Messages of one more entry of the conversation. */
const entry = (number: number): readonly AgentDown[] => [
  { type: 'entry-open', entry: `e-${number}` },
  { type: 'tokens', entry: `e-${number}`, text: `What entry ${number} says.`, index: 0 },
  { type: 'entry-done', entry: `e-${number}` },
]

/** The state survives the server's death, whether it kept its memory or not, and the client's own restart. */
export async function play(cast: Cast, memory: Memory, messages: number): Promise<void> {
  const { stage, client } = cast
  // The host knows no types of messages: what it is given here fits together.
  const options = { state: agentState() } as unknown as Options<unknown, unknown, unknown>
  client.start(options)
  client.send({ type: 'say', text: 'How was the quarter?' } satisfies AgentUp)
  await stage.until('one message', () => stage.received.length === 1)
  const words = [...Array.from({ length: messages / 3 }, (_, index) => entry(index)).flat(), ...WORDS]
  for (let start = 0; start < words.length; start += 300) {
    await Promise.all(words.slice(start, start + 300).map((word) => cast.speak(word)))
    await stage.until('the words', () => client.received.length >= Math.min(start + 300, words.length))
  }
  await cast.balance()
  const before = digestOf(client.state)
  const { session = '' } = client
  await stage.perform(script(crash()))
  await stage.until('a lost line', () => client.status !== 'online')
  await until(cast, client.close())
  const from = performance.now()
  client.start(options)
  await until(cast, client.restored)
  const restoredIn = performance.now() - from
  expect(digestOf(client.state)).toBe(before)
  const { tools, operations, metadata } = client.state as AgentState
  expect(tools.active.map(({ id, phase }) => [id, phase])).toEqual([['t-1', 'running']])
  expect(operations.map(({ id }) => id)).toEqual(['op-1'])
  expect(metadata).toMatchObject({ tenant: 'acme', more: { plan: 'enterprise' } })
  await stage.perform(script(comeBack({ memory })))
  await stage.until('online again', () => client.status === 'online')
  await stage.until('a session', () => stage.sessions.some(({ connected }) => connected))
  client.send({ type: 'say', text: 'Go on.' } satisfies AgentUp)
  await stage.until('the next message', () => stage.received.some(({ seq }) => seq === 2))
  expect(client.resets).toBe(memory === 'lost' ? 1 : 0)
  expect(client.session).toBe(session)
  expect(digestOf(await stage.stateOf(session))).toBe(digestOf(client.state))
  expect(restoredIn).toBeLessThan(2000)
  print(
    NAME,
    cast,
    `${messages} messages, memory ${memory}: painted ${Math.round(restoredIn)} ms after the start, both ends agree by SHA-256 (target < 2 s)`,
  )
}

const digestOf = (state: unknown): string => createHash('sha256').update(JSON.stringify(state)).digest('hex')

/** Lets time pass until a promise is settled. */
async function until(cast: Cast, promise: Promise<void>): Promise<void> {
  let isDone = false
  const done = promise.finally(() => (isDone = true))
  await cast.stage.until('the end of it', () => isDone)
  await done
}
