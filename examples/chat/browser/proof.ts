/**
 * Counts what arrives, without asking the library.
 *
 * Each token carries its place in its answer. From that alone this page knows what was doubled, left out or
 * out of order, whatever the library says of itself. After a reload it begins at what was painted: if that
 * and what follows did not fit, it would show here.
 */
import { entriesOf } from 'holdfast/agent'
import type { AgentDown, AgentState } from 'holdfast/agent'

export interface Counts {
  readonly received: number
  readonly duplicates: number
  readonly gaps: number
  readonly disorder: number
}

export interface Proof {
  readonly counts: Counts
  /** Begins at what the page has painted from its own store. */
  begin(state: AgentState): void
  count(seq: number, message: AgentDown): void
}

interface Answer {
  /** The place that comes next. */
  next: number
  /** Places left out so far. */
  readonly missing: Set<number>
  /** How many there will be, if the answer said so. */
  total: number | undefined
}

const NOTHING = { lastSeq: 0, received: 0, duplicates: 0, gaps: 0, disorder: 0 }

/** @param memory - keeps the counts over a reload. */
export function createProof(memory: Pick<Storage, 'getItem' | 'setItem'>, key: string): Proof {
  const kept = { ...NOTHING, ...(JSON.parse(memory.getItem(key) ?? '{}') as Partial<typeof NOTHING>) }
  const answers = new Map<string, Answer>()
  const answerOf = (entry: string): Answer => {
    const known = answers.get(entry)
    if (known !== undefined) return known
    const fresh: Answer = { next: 0, missing: new Set(), total: undefined }
    answers.set(entry, fresh)
    return fresh
  }

  const token = (answer: Answer, index: number): void => {
    if (index === answer.next) {
      answer.next += 1
    } else if (index > answer.next) {
      for (let place = answer.next; place < index; place += 1) answer.missing.add(place)
      kept.gaps += index - answer.next
      answer.next = index + 1
    } else if (answer.missing.delete(index)) {
      kept.gaps -= 1
      kept.disorder += 1
    } else {
      kept.duplicates += 1
    }
  }

  return {
    get counts() {
      return kept
    },
    begin: (state) => {
      for (const entry of entriesOf(state)) {
        if (entry.role === 'assistant') {
          answers.set(entry.id, { next: entry.chunks, missing: new Set(), total: totalIn(entry.details) })
        }
      }
    },
    count: (seq, message) => {
      // A message that was shown but not yet kept when the page went is shown once more, and counted once.
      if (seq > kept.lastSeq) {
        kept.received += 1
        kept.lastSeq = seq
      }
      if (message.type === 'entry-open') answerOf(message.entry).total = totalIn(message.details)
      if (message.type === 'tokens' && message.index !== undefined)
        token(answerOf(message.entry), message.index)
      if (message.type === 'entry-done' && (message.outcome ?? 'done') === 'done') {
        const { next, total } = answerOf(message.entry)
        if (total !== undefined && next < total) kept.gaps += total - next
      }
      memory.setItem(key, JSON.stringify(kept))
    },
  }
}

function totalIn(details: unknown): number | undefined {
  return typeof details === 'object' &&
    details !== null &&
    'chunks' in details &&
    typeof details.chunks === 'number'
    ? details.chunks
    : undefined
}
