/**
 * An answer as a list of messages, the same for the same question on every server.
 *
 * That is what lets any server carry on with it: the state says which of the messages are in it, and the
 * next one is the first that is not.
 */
import { findEntry, findToolCall } from 'holdfast/agent'
import type { AgentDown, AgentState, UserEntry } from 'holdfast/agent'
import { topicOf } from './topics.ts'

export interface Step {
  readonly message: AgentDown
  /** How long it takes to come up with, in tokens. */
  readonly beats: number
}

/** The id of the entry that answers a message: the same on every server. */
export function answerId(ask: Pick<UserEntry, 'seq'>): string {
  return `answer-${ask.seq}`
}

/** Everything that is sent in answer to a message, from the opening of the entry to its end. */
export function scriptFor(ask: Pick<UserEntry, 'seq' | 'text'>): readonly Step[] {
  const entry = answerId(ask)
  const topic = topicOf(ask.text)
  const operation = `${entry}-work`
  const steps: Step[] = []
  const add = (message: AgentDown, beats = 0): void => void steps.push({ message, beats })

  add({
    type: 'entry-open',
    entry,
    answers: ask.seq,
    details: { chunks: tokensOf(scriptedText(ask.text)).length },
  })
  add({ type: 'context-set', key: 'topic', value: topic.name })
  let index = 0
  let calls = 0
  for (const passage of topic.passages) {
    if (passage.kind === 'prose') {
      for (const text of tokensOf(passage.text)) add({ type: 'tokens', entry, text, index: index++ }, 1)
      continue
    }
    calls += 1
    const call = `${entry}-tool-${calls}`
    add({ type: 'operation-added', operation, title: `Waiting for ${passage.name}` }, 4)
    add({ type: 'tool-call', call, name: passage.name, input: passage.input, entry }, 2)
    passage.notes.forEach((note, done) => {
      add({ type: 'tool-progress', call, note, progress: done / passage.notes.length }, 16)
    })
    add({ type: 'tool-result', call, result: passage.result }, 14)
    add({ type: 'operation-settled', operation })
    add({ type: 'cache-put', key: `${passage.name} ${ask.seq}.${calls}`, value: passage.result })
  }
  add({ type: 'memory-set', key: topic.name, value: topic.memory }, 4)
  add({ type: 'entry-done', entry })
  return steps
}

/** The whole text of the answer to a question. */
export function scriptedText(question: string): string {
  return topicOf(question)
    .passages.map((passage) => (passage.kind === 'prose' ? passage.text : ''))
    .join('')
}

/** Words with the space behind them, as a model would stream them. */
export function tokensOf(text: string): readonly string[] {
  return text.match(/\s+|\S+\s?/g) ?? []
}

/**
 * Where to carry on: behind the last step that the state shows.
 *
 * Some steps leave no trace of their own (an operation that was settled looks like one that never was), so it
 * is the last trace that counts, not the first gap; a step without a trace may be sent twice and changes
 * nothing the second time.
 */
export function stepsDone(state: AgentState, steps: readonly Step[]): number {
  return steps.findLastIndex(({ message }) => shows(state, message)) + 1
}

function shows(state: AgentState, message: AgentDown): boolean {
  switch (message.type) {
    case 'entry-open':
      return findEntry(state, message.entry) !== undefined
    case 'tokens': {
      const entry = findEntry(state, message.entry)
      return entry?.role === 'assistant' && (message.index ?? 0) < entry.chunks
    }
    case 'tool-call':
      return findToolCall(state, message.call) !== undefined
    case 'tool-progress': {
      const call = findToolCall(state, message.call)
      return call?.progress !== undefined && call.progress >= (message.progress ?? 0)
    }
    case 'tool-result': {
      const phase = findToolCall(state, message.call)?.phase
      return phase === 'done' || phase === 'failed'
    }
    default:
      return false
  }
}
