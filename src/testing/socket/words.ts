/** What the stage and its server's process say to each other. */
import type { DrainOptions, ServerLimits } from '../../server/api.ts'

/** How a server's process is set up; all of it can be written as JSON. */
export interface ProgramOptions {
  /** Where the stage lends the log. */
  readonly logPort: number
  readonly heartbeat?: { readonly intervalMs?: number; readonly timeoutMs?: number }
  readonly limits?: ServerLimits
  /** The address of a module whose export `state` is the server's fold. */
  readonly stateModule?: string
}

export type ToServer =
  | { readonly do: 'send'; readonly id: number; readonly session: string; readonly data: unknown }
  /** The application is done with a message. */
  | { readonly do: 'settle'; readonly id: number }
  | { readonly do: 'drain'; readonly options: DrainOptions }
  | { readonly do: 'show'; readonly id: number; readonly session: string }

export type FromServer =
  | { readonly is: 'listening'; readonly port: number }
  | { readonly is: 'session'; readonly session: string }
  | { readonly is: 'connected'; readonly session: string; readonly connected: boolean }
  | { readonly is: 'released'; readonly session: string }
  | {
      readonly is: 'message'
      readonly id: number
      readonly session: string
      readonly seq: number
      readonly data: unknown
      readonly redelivered: boolean
    }
  | { readonly is: 'sent'; readonly id: number; readonly seq: number | undefined }
  | { readonly is: 'shown'; readonly id: number; readonly state: unknown }
  | { readonly is: 'drained' }
