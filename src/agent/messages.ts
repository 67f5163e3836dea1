/**
 * The words between an agent and whoever talks to it.
 *
 * Up is what the user's side says, down what the agent's side says. Everything here is JSON; a reader that
 * meets a word it does not know leaves its state as it is, so that either side can be upgraded first.
 */
import type { Json } from '../base/json.ts'

export type AgentUp =
  /** Says something; it waits among the asks until an entry that answers it is done. */
  | { readonly type: 'say'; readonly text: string; readonly sentAt?: number; readonly attachments?: Json }
  /** Asks the agent to stop an entry; or, by the id of a user's entry, not to answer it. */
  | { readonly type: 'cancel'; readonly entry: string }
  /** Without a value, the preference goes. */
  | { readonly type: 'set-preference'; readonly key: string; readonly value?: Json }
  /** The outcome of a call that the user's side was asked to carry out. */
  | ToolResult

export type AgentDown =
  | {
      readonly type: 'entry-open'
      readonly entry: string
      readonly answers?: number
      readonly details?: Json
    }
  /** `index` counts the entry's chunks from 0; one that is already in changes nothing. */
  | { readonly type: 'tokens'; readonly entry: string; readonly text: string; readonly index?: number }
  | {
      readonly type: 'entry-done'
      readonly entry: string
      /** @defaultValue `'done'` */
      readonly outcome?: 'done' | 'cancelled' | 'failed'
      readonly error?: string
    }
  | {
      readonly type: 'tool-call'
      readonly call: string
      readonly name: string
      readonly input?: Json
      readonly entry?: string
    }
  /** The first one says that the call runs. */
  | {
      readonly type: 'tool-progress'
      readonly call: string
      readonly progress?: number
      readonly note?: string
    }
  | ToolResult
  /** Without a value, the key goes; so for the three that follow. */
  | { readonly type: 'context-set'; readonly key: string; readonly value?: Json }
  | { readonly type: 'memory-set'; readonly key: string; readonly value?: Json }
  | { readonly type: 'preference-set'; readonly key: string; readonly value?: Json }
  | { readonly type: 'cache-put'; readonly key: string; readonly value?: Json }
  | {
      readonly type: 'operation-added'
      readonly operation: string
      readonly title: string
      readonly details?: Json
    }
  | { readonly type: 'operation-settled'; readonly operation: string }
  /** Sets the fields it has; `more` is merged key by key. */
  | {
      readonly type: 'metadata-set'
      readonly title?: string
      readonly user?: string
      readonly tenant?: string
      readonly region?: string
      readonly roles?: readonly string[]
      readonly server?: string
      readonly more?: Readonly<Record<string, Json>>
    }

export type ToolResult =
  | { readonly type: 'tool-result'; readonly call: string; readonly result: Json }
  | { readonly type: 'tool-result'; readonly call: string; readonly error: string }
