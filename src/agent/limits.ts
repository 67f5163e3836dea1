/**
 * How much a state may hold.
 *
 * Both ends fold the same messages, so both must be given the same limits, or their states drift apart.
 */
export interface AgentLimits {
  /** Settled entries; the oldest are dropped by pages of 64. @defaultValue 10 000 */
  readonly entries: number
  /** Entries from the first open one on; beyond it the oldest open one is `interrupted`. @defaultValue 64 */
  readonly liveEntries: number
  /** The user's messages that wait for an answer; the oldest are given up. @defaultValue 1 000 */
  readonly asks: number
  /** Calls requested or running at once; the oldest fail. @defaultValue 64 */
  readonly activeTools: number
  /** Calls that are over; the oldest are dropped by pages of 64. @defaultValue 1 024 */
  readonly finishedTools: number
  /** Keys each of context, memory, preferences and `metadata.more`; the oldest go. @defaultValue 256 */
  readonly keys: number
  /** Pending operations; the oldest go. @defaultValue 256 */
  readonly operations: number
  /** Cached results; the oldest go. @defaultValue 128 */
  readonly cachedResults: number
  /** Characters of JSON that the cached results may have together. @defaultValue 1 048 576 */
  readonly cacheSize: number
}

export const AGENT_LIMITS = {
  entries: 10_000,
  liveEntries: 64,
  asks: 1_000,
  activeTools: 64,
  finishedTools: 1_024,
  keys: 256,
  operations: 256,
  cachedResults: 128,
  cacheSize: 1_048_576,
} as const satisfies AgentLimits
