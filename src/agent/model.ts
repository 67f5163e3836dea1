/**
 * What an agent's session knows: the conversation, and everything that the agent needs to carry on with it.
 *
 * All of it is JSON, with absent fields left out, so that it can be stored, digested and given back to a
 * server that has lost it. What is finished is kept apart from what still moves, so that a token touches
 * only the entry that it belongs to.
 */
import type { Json } from '../base/json.ts'
import type { Paged } from './paged.ts'

export type JsonRecord = Readonly<Record<string, Json>>

export interface AgentState {
  readonly version: 1
  /** The highest numbers folded in each direction: what comes a second time, after a reset, changes nothing. */
  readonly folded: { readonly up: number; readonly down: number }
  readonly conversation: Conversation
  /** The numbers of the user's messages that nobody has answered yet, oldest first. */
  readonly asks: readonly number[]
  readonly tools: Tools
  /** What the agent works with right now: the topic, the plan, the open file. */
  readonly context: JsonRecord
  /** What the agent means to remember; the oldest goes first when it is full. */
  readonly memory: JsonRecord
  /** What has been begun and not yet settled. */
  readonly operations: readonly Operation[]
  readonly cache: Cache
  readonly preferences: JsonRecord
  readonly metadata: Metadata
}

export interface Conversation {
  /** Everything before the first entry that is still open. */
  readonly settled: Paged<Entry>
  /** From the first open entry on; empty when nothing streams. */
  readonly live: readonly Entry[]
}

export type Entry = UserEntry | AssistantEntry

export interface UserEntry {
  readonly role: 'user'
  /** `user-` and the message's number. */
  readonly id: string
  readonly seq: number
  readonly text: string
  /** When the user's side sent it, in milliseconds since 1970, if it said so. */
  readonly sentAt?: number
  readonly attachments?: Json
}

/**
 * `open`: tokens stream. `cancelling`: the user wants it to stop and the agent has not yet. The rest is final;
 * `interrupted` means that it was overtaken by more entries than may stay open.
 */
export type AssistantPhase = 'open' | 'cancelling' | 'done' | 'cancelled' | 'failed' | 'interrupted'

export interface AssistantEntry {
  readonly role: 'assistant'
  /** Chosen by the agent; best made from what it answers, so that a second attempt finds the first. */
  readonly id: string
  readonly phase: AssistantPhase
  readonly text: string
  /** How many `tokens` messages the text is made of: where a restarted agent carries on. */
  readonly chunks: number
  /** The number of the user's message that it answers. */
  readonly answers?: number
  readonly error?: string
  readonly details?: Json
}

export interface Tools {
  /** Requested or running. */
  readonly active: readonly ToolCall[]
  readonly finished: Paged<ToolCall>
}

export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly input: Json
  readonly phase: 'requested' | 'running' | 'done' | 'failed'
  /** The entry that it was called from, and how long that entry's text was then. */
  readonly entry?: string
  readonly offset?: number
  /** From 0 to 1. */
  readonly progress?: number
  /** What it is doing, for people. */
  readonly note?: string
  readonly result?: Json
  readonly error?: string
}

export interface Operation {
  readonly id: string
  readonly title: string
  readonly details?: Json
}

export interface Cache {
  /** In the order in which they were put; the oldest goes first. */
  readonly results: readonly CachedResult[]
  /** The sum of their sizes. */
  readonly size: number
}

export interface CachedResult {
  readonly key: string
  readonly value: Json
  /** Characters of JSON. */
  readonly size: number
}

/** About the session itself, as an enterprise's back end tells it. */
export interface Metadata {
  readonly title?: string
  readonly user?: string
  readonly tenant?: string
  readonly region?: string
  readonly roles?: readonly string[]
  readonly server?: string
  /** Anything else. */
  readonly more: JsonRecord
}
