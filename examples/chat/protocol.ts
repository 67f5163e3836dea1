/** What the page, the launcher and the server processes say to each other beside the session itself. */

/** What the page's buttons ask the launcher for. */
export const TROUBLES = ['restart', 'deploy', 'kill', 'hang', 'forget'] as const
export type Trouble = (typeof TROUBLES)[number]

export type ServerPhase = 'starting' | 'running' | 'leaving' | 'hung' | 'gone'

/** One server process, as the launcher knows it: the truth that the page's status is compared with. */
export interface ServerLife {
  readonly name: string
  readonly pid: number
  readonly phase: ServerPhase
}

/** Pushed to the page at every change. */
export interface LauncherNews {
  readonly servers: readonly ServerLife[]
  /** Where new connections go; absent while there is nobody. */
  readonly current?: string
  /** What is being done to the servers right now. */
  readonly busy?: Trouble
}

/** From the launcher to a server process; SIGTERM follows. */
export interface Retirement {
  readonly type: 'retire'
  /** Whether a successor already runs. */
  readonly handoff: boolean
  /** How long until the clients should come back. */
  readonly backInMs: number
}

/** From a server process to the launcher. */
export interface Listening {
  readonly type: 'listening'
  readonly port: number
}

/** How fast the agent speaks, as the user prefers it: milliseconds between two tokens. */
export const PACES = { calm: 80, normal: 40, quick: 15 } as const
export type Pace = keyof typeof PACES

export function paceOf(preference: unknown): Pace {
  return preference === 'calm' || preference === 'quick' ? preference : 'normal'
}

export function isListening(value: unknown): value is Listening {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'listening'
}

export function isRetirement(value: unknown): value is Retirement {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'retire'
}
