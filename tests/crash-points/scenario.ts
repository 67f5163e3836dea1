/**
 * What a scenario script is: a few steps at their times, as data, and the circumstances that it plays in.
 */
import type { Hint } from '../../src/ports/lifecycle.ts'
import type { CrashSign, Way } from '../../src/testing/script/cues.ts'
import type { LogMethod } from '../../src/testing/faulty-log.ts'
import type { StoreOperation } from '../../src/testing/faulty-store.ts'

/** Lengths are milliseconds. A step for a client that is down waits until it is up again. */
export type Act =
  /** The client's application sends so many messages in one turn; the server's application says as many. */
  | { readonly do: 'send'; readonly count: number }
  | { readonly do: 'say'; readonly count: number }
  /** What happens to the connections that there are. */
  | { readonly do: 'reset' }
  /** A reset that only one end hears of. */
  | { readonly do: 'half-reset'; readonly spares: 'client' | 'server' }
  | { readonly do: 'close'; readonly code: number }
  | { readonly do: 'stall'; readonly way: Way; readonly ms: number }
  /** The last so many frames each way are lost, then the line. */
  | { readonly do: 'lose'; readonly count: number }
  /** Cuts the next so many connections when so many frames of messages have come down on each. */
  | { readonly do: 'cut-replay'; readonly frames: number; readonly times: number }
  | { readonly do: 'refuse'; readonly times: number; readonly retryAfterMs?: number }
  | { readonly do: 'late-welcome'; readonly ms: number }
  /** What happens to the client. */
  | { readonly do: 'kill'; readonly sign: CrashSign; readonly downMs: number }
  /** Killed when it comes to the boundary of that name the next time. */
  | { readonly do: 'kill-at'; readonly boundary: string; readonly downMs: number }
  | { readonly do: 'leave'; readonly downMs: number }
  | { readonly do: 'freeze-client'; readonly ms: number }
  | { readonly do: 'hint'; readonly hint: Hint }
  | { readonly do: 'reconnect' }
  /** Lets so many operations of the store pass, then fails so many. `slow` takes `ms`. */
  | StoreTrouble
  /** What happens to the server. */
  | {
      readonly do: 'crash'
      readonly sign: CrashSign
      readonly downMs: number
      readonly memory: 'kept' | 'lost'
    }
  | { readonly do: 'forget' }
  | {
      readonly do: 'drain'
      readonly closesInMs: number
      readonly afterMs: number
      readonly withinMs: number
      readonly downMs: number
    }
  /** A rolling restart: the next instance takes the sessions over. */
  | { readonly do: 'deploy'; readonly closesInMs: number; readonly withinMs: number }
  | { readonly do: 'freeze-server'; readonly ms: number }
  | LogTrouble

export interface StoreTrouble {
  readonly do: 'store'
  readonly fault: 'refused' | 'answer-lost' | 'slow'
  readonly type: StoreOperation['type']
  readonly skip: number
  readonly times: number
  readonly ms?: number
}

export interface LogTrouble {
  readonly do: 'log'
  readonly fault: 'refused' | 'answer-lost' | 'slow'
  readonly type: LogMethod
  readonly skip: number
  readonly times: number
  readonly ms?: number
}

export type Step = Act & { readonly at: number }

/** What a script plays in. */
export interface Circumstances {
  /** One way, always the same or drawn from a range. */
  readonly latencyMs: readonly [number, number]
  readonly clientFolds: boolean
  readonly serverFolds: boolean
  /** Most messages in flight, each way. */
  readonly window: number
  /** How long the applications take for a message; 0 is at once. */
  readonly clientTakesMs: number
  readonly serverTakesMs: number
  /** How long the store and the log take to have the effect of what they are asked, and as long again to answer. */
  readonly storeTakesMs: number
  readonly logTakesMs: number
  /** After so many messages an application throws once; 0 is never. */
  readonly throwsEvery: number
  /** Whether the server's application answers each message. */
  readonly answers: boolean
}

export interface Scenario extends Circumstances {
  readonly name: string
  readonly steps: readonly Step[]
}
