/**
 * The fold: what each message does to the state.
 *
 * Pure, and total: whatever comes, a state comes out, and what is not understood gives back the very state
 * that went in. Numbers at or below those already folded are skipped, so that a server that was given the
 * client's state back may be sent again what is in it.
 */
import type { Entry as SessionEntry } from '../client/options.ts'
import { addEntry, changeLive, findEntry, userEntryId } from './conversation.ts'
import { putResult, setKey } from './keyed.ts'
import type { AgentLimits } from './limits.ts'
import type { AgentDown, AgentUp, ToolResult } from './messages.ts'
import type { AgentState, AssistantEntry, Entry, Metadata, ToolCall } from './model.ts'
import { readDown, readUp } from './read.ts'
import { addToolCall, changeToolCall, findToolCall } from './tools.ts'

type Part = Partial<Omit<AgentState, 'version' | 'folded'>>

export function reduceAgent(
  state: AgentState,
  entry: SessionEntry<unknown, unknown>,
  limits: AgentLimits,
): AgentState {
  if (entry.seq <= state.folded[entry.direction]) return state
  const change =
    entry.direction === 'up'
      ? foldUp(state, entry.seq, readUp(entry.data), limits)
      : foldDown(state, readDown(entry.data), limits)
  if (change === undefined) return state
  return { ...state, ...change, folded: { ...state.folded, [entry.direction]: entry.seq } }
}

/** What a message of the user's side changes; `undefined` if it is none. */
function foldUp(
  state: AgentState,
  seq: number,
  message: AgentUp | undefined,
  limits: AgentLimits,
): Part | undefined {
  switch (message?.type) {
    case undefined:
      return undefined
    case 'say': {
      const { text, sentAt, attachments } = message
      const entry = {
        role: 'user' as const,
        id: userEntryId(seq),
        seq,
        text,
        ...(sentAt === undefined ? {} : { sentAt }),
        ...(attachments === undefined ? {} : { attachments }),
      }
      return grow(state, entry, [...state.asks, seq].slice(-limits.asks), limits)
    }
    case 'cancel': {
      const cancelling = (entry: AssistantEntry): AssistantEntry => ({ ...entry, phase: 'cancelling' })
      const asks = state.asks.filter((ask) => userEntryId(ask) !== message.entry)
      return {
        conversation: changeLive(state.conversation, message.entry, cancelling, limits),
        asks: asks.length === state.asks.length ? state.asks : asks,
      }
    }
    case 'set-preference':
      return { preferences: setKey(state.preferences, message.key, message.value, limits) }
    case 'tool-result':
      return foldToolResult(state, message, limits)
  }
}

/** What a message of the agent's side changes; `undefined` if it is none. */
function foldDown(state: AgentState, message: AgentDown | undefined, limits: AgentLimits): Part | undefined {
  switch (message?.type) {
    case undefined:
      return undefined
    case 'entry-open': {
      const { entry: id, answers, details } = message
      if (findEntry(state, id) !== undefined) return {}
      const entry: AssistantEntry = {
        role: 'assistant',
        id,
        phase: 'open',
        text: '',
        chunks: 0,
        ...(answers === undefined ? {} : { answers }),
        ...(details === undefined ? {} : { details }),
      }
      return grow(state, entry, state.asks, limits)
    }
    case 'tokens': {
      const { entry, text, index } = message
      const stream = (one: AssistantEntry): AssistantEntry =>
        index !== undefined && index < one.chunks
          ? one
          : { ...one, text: one.text + text, chunks: (index ?? one.chunks) + 1 }
      return { conversation: changeLive(state.conversation, entry, stream, limits) }
    }
    case 'entry-done':
      return foldEntryDone(state, message, limits)
    case 'tool-call': {
      const { call: id, name, input, entry } = message
      if (findToolCall(state, id) !== undefined) return {}
      const caller = entry === undefined ? undefined : findEntry(state, entry)
      const call: ToolCall = {
        id,
        name,
        input: input ?? null,
        phase: 'requested',
        ...(caller === undefined ? {} : { entry: caller.id, offset: caller.text.length }),
      }
      return { tools: addToolCall(state.tools, call, limits) }
    }
    case 'tool-progress': {
      const { call, progress, note } = message
      const advance = (one: ToolCall): ToolCall => ({
        ...one,
        phase: 'running',
        ...(progress === undefined ? {} : { progress: Math.min(1, Math.max(0, progress)) }),
        ...(note === undefined ? {} : { note }),
      })
      return { tools: changeToolCall(state.tools, call, advance, limits) }
    }
    case 'tool-result':
      return foldToolResult(state, message, limits)
    case 'context-set':
      return { context: setKey(state.context, message.key, message.value, limits) }
    case 'memory-set':
      return { memory: setKey(state.memory, message.key, message.value, limits) }
    case 'preference-set':
      return { preferences: setKey(state.preferences, message.key, message.value, limits) }
    case 'cache-put':
      return { cache: putResult(state.cache, message.key, message.value, limits) }
    case 'operation-added': {
      const { operation: id, title, details } = message
      if (state.operations.some((one) => one.id === id)) return {}
      const operation = { id, title, ...(details === undefined ? {} : { details }) }
      return { operations: [...state.operations, operation].slice(-limits.operations) }
    }
    case 'operation-settled': {
      const operations = state.operations.filter((one) => one.id !== message.operation)
      return operations.length === state.operations.length ? {} : { operations }
    }
    case 'metadata-set':
      return { metadata: mergeMetadata(state.metadata, message, limits) }
  }
}

/** Adds an entry; whoever it overtakes will not answer any more. */
function grow(state: AgentState, entry: Entry, asks: readonly number[], limits: AgentLimits): Part {
  const { conversation, overtaken } = addEntry(state.conversation, entry, limits)
  return { conversation, asks: asks.filter((ask) => ask !== overtaken?.answers) }
}

function foldEntryDone(
  state: AgentState,
  { entry: id, outcome, error }: Extract<AgentDown, { type: 'entry-done' }>,
  limits: AgentLimits,
): Part {
  const entry = findEntry(state, id)
  const close = (one: AssistantEntry): AssistantEntry => ({
    ...one,
    phase: outcome ?? 'done',
    ...(error === undefined ? {} : { error }),
  })
  const answered = entry?.role === 'assistant' ? entry.answers : undefined
  return {
    conversation: changeLive(state.conversation, id, close, limits),
    asks: answered === undefined ? state.asks : state.asks.filter((ask) => ask !== answered),
  }
}

function foldToolResult(state: AgentState, message: ToolResult, limits: AgentLimits): Part {
  const finish = (call: ToolCall): ToolCall =>
    'error' in message && message.error !== undefined
      ? { ...call, phase: 'failed', error: message.error }
      : { ...call, phase: 'done', progress: 1, result: 'result' in message ? message.result : null }
  return { tools: changeToolCall(state.tools, message.call, finish, limits) }
}

function mergeMetadata(
  metadata: Metadata,
  { title, user, tenant, region, roles, server, more }: Extract<AgentDown, { type: 'metadata-set' }>,
  limits: AgentLimits,
): Metadata {
  let merged = metadata.more
  for (const [key, value] of Object.entries(more ?? {})) merged = setKey(merged, key, value, limits)
  return {
    ...metadata,
    ...(title === undefined ? {} : { title }),
    ...(user === undefined ? {} : { user }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(region === undefined ? {} : { region }),
    ...(roles === undefined ? {} : { roles }),
    ...(server === undefined ? {} : { server }),
    more: merged,
  }
}
