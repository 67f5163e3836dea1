/**
 * The agent at work: looks for the oldest question that nobody has answered, and answers it.
 *
 * It keeps nothing between two questions, and nothing that matters between two tokens: wherever a server
 * stopped, the session's state says where the next one carries on.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { findEntry, nextAsk } from 'holdfast/agent'
import type { AgentDown, AgentState, AgentUp, UserEntry } from 'holdfast/agent'
import type { ServerSession } from 'holdfast/server'
import { PACES, paceOf } from '../protocol.ts'
import { answerByModel } from './model.ts'
import type { Model } from './model.ts'
import { answerId, scriptFor, stepsDone } from './script.ts'

export type ChatSession = ServerSession<AgentUp, AgentDown, AgentState>

/** @returns looks for work; calling it while it works changes nothing. */
export function createWorker(session: ChatSession, model: Model | undefined): () => Promise<void> {
  let working = false
  return async () => {
    if (working) return
    working = true
    try {
      for (let ask = nextAsk(session.state); ask !== undefined; ask = nextAsk(session.state)) {
        session.signal.throwIfAborted()
        await (model === undefined ? answerByScript(session, ask) : answerByModel(session, ask, model))
      }
    } finally {
      working = false
    }
  }
}

async function answerByScript(session: ChatSession, ask: UserEntry): Promise<void> {
  const steps = scriptFor(ask)
  for (const { message, beats } of steps.slice(stepsDone(session.state, steps))) {
    await pause(beats * PACES[paceOf(session.state.preferences['pace'])], undefined, {
      signal: session.signal,
    })
    if (isCancelling(session.state, ask)) return stop(session, ask)
    await session.send(message)
  }
}

export function isCancelling(state: AgentState, ask: UserEntry): boolean {
  const entry = findEntry(state, answerId(ask))
  return entry?.role === 'assistant' && entry.phase === 'cancelling'
}

/** Ends what was begun: first the tools and operations, last the entry, so that a crash between leaves work. */
export async function stop(session: ChatSession, ask: UserEntry): Promise<void> {
  for (const { id, entry } of session.state.tools.active) {
    if (entry === answerId(ask)) await session.send({ type: 'tool-result', call: id, error: 'stopped' })
  }
  for (const { id } of session.state.operations) {
    if (id.startsWith(answerId(ask))) await session.send({ type: 'operation-settled', operation: id })
  }
  await session.send({ type: 'entry-done', entry: answerId(ask), outcome: 'cancelled' })
}
