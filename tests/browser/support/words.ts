/** What the page under test can be asked to do, and what it tells. Both ends of a test read this. */
import type { ErrorCode, LossCause, Status } from 'holdfast'
import type { AgentUp } from 'holdfast/agent'

/** A session to open in the page; the same plan again after a reload finds the same session. */
export interface Plan {
  readonly name: string
  readonly url: string
  readonly store: 'indexeddb' | 'indexeddb-strict' | 'memory'
  /** What both ends fold. @defaultValue `'tally'` */
  readonly fold?: 'tally' | 'agent'
  /** Whether every message is told to the ledger. @defaultValue true */
  readonly tells?: boolean
  readonly heartbeat?: { readonly every: number; readonly within: number }
  readonly backoff?: { readonly base?: number; readonly max?: number; readonly first?: number }
  readonly connectTimeout?: number
}

/** How the page talks by itself: a number every so often, while so many are unanswered. */
export interface Chatter {
  readonly everyMs: number
  readonly ahead: number
  /** The last number to say. @defaultValue none */
  readonly upTo?: number
}

export interface Snapshot {
  readonly id: string | undefined
  readonly status: Status['kind']
  readonly pending: number
  readonly durability: string
  readonly counted: number
  readonly answered: number
  readonly wrong: readonly string[]
}

/** One line in the ledger, in the order in which things happened in the page. `at` is the wall clock's. */
export type Told =
  { readonly kind: 'ready'; readonly at: number } | ({ readonly session: string; readonly at: number } & News)

/** How a line comes out of the page: numbered, for the ledger to confirm that it has it. */
export interface Letter {
  /** One load of the page. */
  readonly life: string
  readonly number: number
  readonly told: Told
}

export type News =
  | {
      readonly kind: 'restored'
      readonly snapshot: Snapshot
      readonly tookMs: number
      readonly digest: string
    }
  | {
      readonly kind: 'status'
      readonly status: Status['kind']
      readonly reason: string | undefined
      readonly server: string | undefined
    }
  | { readonly kind: 'attempt'; readonly number: number; readonly waitMs: number; readonly cause: LossCause }
  | { readonly kind: 'lost'; readonly cause: LossCause; readonly code: number | undefined }
  | { readonly kind: 'online'; readonly outcome: string; readonly downMs: number; readonly server: string }
  | { readonly kind: 'notice'; readonly reason: string; readonly handoff: boolean }
  | { readonly kind: 'handoff'; readonly server: string }
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }
  | { readonly kind: 'reset'; readonly reason: string; readonly restored: boolean }
  | { readonly kind: 'error'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'stored'; readonly count: number }
  | { readonly kind: 'acknowledged'; readonly count: number }
  | {
      readonly kind: 'received'
      readonly seq: number
      readonly answer: number
      readonly by: string
      readonly redelivered: boolean
    }
  | { readonly kind: 'page'; readonly event: string }

/** `globalThis.lab` in the page. Everything that goes in and out is JSON. */
export interface Lab {
  /** The ledger has everything up to this letter. */
  confirm(life: string, number: number): void
  open(plan: Plan): void
  chat(name: string, chatter: Chatter): void
  hush(name: string): void
  /** Says so many numbers at once. */
  count(name: string, howMany: number): void
  say(name: string, messages: readonly AgentUp[]): void
  snapshot(name: string): Snapshot
  /** Resolves when everything said is acknowledged and answered. */
  rest(name: string): Promise<Snapshot>
  /** Resolves when this many entries of the conversation are settled; the state's digest. */
  settled(name: string, entries: number): Promise<string>
  digest(name: string): Promise<string>
  reconnect(name: string): void
  close(name: string): Promise<void>
}
