/**
 * What a memory log may be told, and what it does if it is told nothing.
 */
import { checkHas, checkKind, checkRange } from './check.ts'
import type { Bounds } from './memory-session.ts'
import { systemRandom } from './system.ts'

export interface MemoryLogOptions {
  /** How long a session is kept after somebody was connected last. @defaultValue 24 hours */
  readonly retainMs?: number
  /** Entries kept per session; beyond it the oldest become a `gap`. @defaultValue 10 000 */
  readonly messagesPerSession?: number
  /** Characters kept per session, likewise. @defaultValue 16 Mi */
  readonly bytesPerSession?: number
  /** Sessions kept; beyond it the one that was met longest ago expires. @defaultValue 1 000 000 */
  readonly sessions?: number
  /** Milliseconds on a clock that does not go back. @defaultValue `performance.now` */
  readonly now?: () => number
  /** Where epochs get their names. @defaultValue the system's randomness */
  readonly random?: { secret(bytes: number): string }
  /** Whether several servers use this log: of this process, or of others by way of `serveLog`. @defaultValue false */
  readonly shared?: boolean
}

export interface MemoryRule {
  readonly retainMs: number
  readonly bounds: Bounds
  readonly sessions: number
  readonly now: () => number
  readonly random: { secret(bytes: number): string }
  readonly shared: boolean
}

/** @throws {@link HoldfastError} `invalid-option` */
export function ruleOf(options: MemoryLogOptions): MemoryRule {
  checkKind('options', options, 'object')
  const rule: MemoryRule = {
    retainMs: options.retainMs ?? 86_400_000,
    bounds: {
      messages: options.messagesPerSession ?? 10_000,
      characters: options.bytesPerSession ?? 16 * 1024 * 1024,
    },
    sessions: options.sessions ?? 1_000_000,
    now: options.now ?? (() => performance.now()),
    random: options.random ?? systemRandom(),
    shared: options.shared ?? false,
  }
  checkRange('retainMs', rule.retainMs, 1, Number.MAX_SAFE_INTEGER)
  checkRange('messagesPerSession', rule.bounds.messages, 1, Number.MAX_SAFE_INTEGER)
  checkRange('bytesPerSession', rule.bounds.characters, 1, Number.MAX_SAFE_INTEGER)
  checkRange('sessions', rule.sessions, 1, Number.MAX_SAFE_INTEGER)
  checkKind('now', rule.now, 'function')
  checkHas('random', rule.random, 'secret')
  checkKind('shared', rule.shared, 'boolean')
  return rule
}
