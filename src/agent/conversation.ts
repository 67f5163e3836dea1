/**
 * How a conversation grows: by entries, and by tokens inside the ones that are open.
 *
 * Entries stand in the order in which they were opened. From the first open one on they are `live`, a few at
 * most; what lies before can never change again and is settled, page by page. So a token copies one entry and
 * the few beside it, never the conversation, and its text grows by joining strings, which copies nothing.
 */
import { append, findLast, itemsOf } from './paged.ts'
import type { AgentLimits } from './limits.ts'
import type { AgentState, AssistantEntry, Conversation, Entry, UserEntry } from './model.ts'

export function isOpen(entry: Entry): boolean {
  return entry.role === 'assistant' && (entry.phase === 'open' || entry.phase === 'cancelling')
}

/** All entries, oldest first. */
export function* entriesOf(state: AgentState): Generator<Entry, void, undefined> {
  yield* itemsOf(state.conversation.settled)
  yield* state.conversation.live
}

export function findEntry(state: AgentState, id: string): Entry | undefined {
  const wanted = (entry: Entry): boolean => entry.id === id
  return state.conversation.live.find(wanted) ?? findLast(state.conversation.settled, wanted)
}

/** The oldest message of the user's that nobody has answered: what an agent does next. */
export function nextAsk(state: AgentState): UserEntry | undefined {
  const [seq] = state.asks
  const entry = seq === undefined ? undefined : findEntry(state, userEntryId(seq))
  return entry?.role === 'user' ? entry : undefined
}

export function userEntryId(seq: number): string {
  return `user-${seq}`
}

/** Adds an entry at the end; too many live ones overtake the oldest, which is then `interrupted`. */
export function addEntry(conversation: Conversation, entry: Entry, limits: AgentLimits): Growth {
  const live = [...conversation.live, entry]
  const [oldest] = live
  if (live.length <= limits.liveEntries || oldest?.role !== 'assistant') {
    return { conversation: settle(conversation, live, limits), overtaken: undefined }
  }
  const interrupted: AssistantEntry = { ...oldest, phase: 'interrupted' }
  return {
    conversation: settle(conversation, live.with(0, interrupted), limits),
    overtaken: interrupted,
  }
}

export interface Growth {
  readonly conversation: Conversation
  readonly overtaken: AssistantEntry | undefined
}

/** Changes one live entry; an entry that is not live never changes. */
export function changeLive(
  conversation: Conversation,
  id: string,
  change: (entry: AssistantEntry) => AssistantEntry,
  limits: AgentLimits,
): Conversation {
  const place = conversation.live.findIndex((entry) => entry.id === id)
  const entry = conversation.live[place]
  if (entry?.role !== 'assistant' || !isOpen(entry)) return conversation
  const changed = change(entry)
  if (changed === entry) return conversation
  return settle(conversation, conversation.live.with(place, changed), limits)
}

/** Moves everything before the first open entry to the settled ones. */
function settle(conversation: Conversation, live: readonly Entry[], limits: AgentLimits): Conversation {
  const firstOpen = live.findIndex(isOpen)
  const closed = firstOpen === -1 ? live.length : firstOpen
  if (closed === 0) return { ...conversation, live }
  let settled = conversation.settled
  for (const entry of live.slice(0, closed)) settled = append(settled, entry, limits.entries)
  return { settled, live: live.slice(closed) }
}
