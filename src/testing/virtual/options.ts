/** What a virtual stage can be told, and what it offers. */
import type { CoreOptions } from '../../server/settings.ts'
import type { Script } from '../script/cues.ts'
import type { Stage, StageApp, StageWorld } from '../stage.ts'
import type { StageMachine } from './machine.ts'

export interface VirtualStageOptions {
  /** Where all chance grows from: latencies, jitter, names. @defaultValue 1 */
  readonly seed?: number
  /** What the server does with what it is told. @defaultValue nothing: messages are stored and acknowledged */
  readonly app?: StageApp
  /** Played from the start. */
  readonly script?: Script
  /** How long a frame takes one way, in milliseconds: always so long, or drawn evenly from a range. @defaultValue 5 to 20 */
  readonly latencyMs?: number | readonly [number, number]
  /**
   * Whether something real is under way that virtual time is to wait for, such as a file that is being synced.
   *
   * @defaultValue never
   */
  readonly isBusy?: () => boolean
  /** What else the server is told, such as `heartbeat`, `limits`, `state` or `authenticate`. */
  readonly server?: Omit<Partial<CoreOptions>, 'log' | 'clock' | 'random'>
  /** How much the server keeps of each session. @defaultValue as `memoryLog()` */
  readonly log?: { readonly retainMs?: number; readonly messagesPerSession?: number }
}

export interface VirtualStage extends Stage {
  readonly kind: 'virtual'
  /** The world of the stage's first client. Each further client, and each new process, gets one from `machine()`. */
  readonly world: StageWorld
  /** The machine of the stage's first client: what can happen to it. */
  readonly client: StageMachine
  /** A client's machine of its own, for a second client or for the next process of one that was killed. */
  machine(name?: string): StageMachine
  /** Lets everything run that needs no time. */
  settle(): Promise<void>
}

export function rangeOf(latency: number | readonly [number, number]): readonly [number, number] {
  return typeof latency === 'number' ? [latency, latency] : latency
}
