/**
 * What a server can be told to do to its clients, as plain data.
 *
 * A script is a list of cues, played one after another: each begins when the one before it is done. Because a
 * cue is data and not code, the same script plays in virtual time and on real sockets, can be printed when a
 * test fails, and can be made by a generator.
 *
 * All lengths are milliseconds.
 */
import { json, length, whole } from './checks.ts'

export type Cue =
  | { readonly cue: 'accept' }
  | {
      readonly cue: 'refuse'
      readonly status: number
      readonly times: number
      readonly retryAfterMs: number | undefined
    }
  | { readonly cue: 'welcome-late'; readonly ms: number }
  | { readonly cue: 'deliver'; readonly data: readonly unknown[] }
  | { readonly cue: 'expect'; readonly data: readonly unknown[] }
  | { readonly cue: 'mute'; readonly ms: number | undefined; readonly way: Way }
  | { readonly cue: 'notice'; readonly notice: NoticeOptions }
  | { readonly cue: 'deploy'; readonly notice: NoticeOptions }
  | { readonly cue: 'close'; readonly code: number; readonly reason: string }
  | { readonly cue: 'reset' }
  | { readonly cue: 'hang'; readonly ms: number }
  | { readonly cue: 'crash'; readonly how: CrashSign }
  | { readonly cue: 'down-for'; readonly ms: number }
  | { readonly cue: 'come-back'; readonly memory: Memory }
  | { readonly cue: 'say'; readonly text: string }
  | { readonly cue: 'after'; readonly ms: number }

/** Which way a line is cut: `up` is from client to server. */
export type Way = 'up' | 'down' | 'both'

/** What a client can see of a server's death: a FIN, a reset, or nothing at all, as when a machine loses power. */
export type CrashSign = 'fin' | 'reset' | 'silence'

/** Whether a server that comes back still has its sessions. */
export type Memory = 'kept' | 'lost'

export interface NoticeOptions {
  /** When the server closes whoever is still there. @defaultValue 10 000 ms, or 5 000 ms after that window */
  readonly closesInMs?: number
  /** The start of the window in which clients are to come back. @defaultValue 0 ms */
  readonly afterMs?: number
  /** The length of that window. @defaultValue 5 000 ms, or shorter if `closesInMs` is */
  readonly withinMs?: number
  /** Whether another instance can take the sessions at once. @defaultValue false; `deploy` says true */
  readonly handoff?: boolean
  /** Shown to users. @defaultValue `'restarting'` */
  readonly reason?: string
}

/** A notice as a server is told of it. */
export function drainOptions({ afterMs, withinMs, ...rest }: NoticeOptions) {
  const reconnect = { ...(afterMs !== undefined && { afterMs }), ...(withinMs !== undefined && { withinMs }) }
  return { ...rest, reconnect }
}

/** A list of cues; lists inside it are laid flat. */
export type Script = readonly Cue[]

/**
 * Puts cues together to a script.
 *
 * @example
 * ```ts
 * const restart = script(accept(), deliver('hello'), crash(), downFor(3_000), comeBack({ memory: 'lost' }))
 * ```
 */
export function script(...cues: readonly (Cue | Script)[]): Script {
  return cues.flat()
}

/** Waits until a client has been welcomed since the script last disturbed the lines, or since the stage began. */
export const accept = (): Cue => ({ cue: 'accept' })

/**
 * Refuses the next dials with an HTTP status, and is done when the last of them was refused.
 *
 * Browsers see nothing but a failed dial; in Node `Retry-After` is heeded too.
 *
 * @param status - from 400 to 599. @defaultValue 503
 */
export function refuse(
  status = 503,
  options: { readonly times?: number; readonly retryAfterMs?: number } = {},
): Cue {
  const { times = 1, retryAfterMs } = options
  return {
    cue: 'refuse',
    status: whole('refuse: status', status, 400, 599),
    times: whole('refuse: times', times, 1, 1_000_000),
    retryAfterMs: retryAfterMs === undefined ? undefined : length('refuse: retryAfterMs', retryAfterMs),
  }
}

/** The next dial is accepted, but its welcome comes that much late. Done when that dial was made. */
export const welcomeLate = (ms: number): Cue => ({ cue: 'welcome-late', ms: length('welcomeLate', ms) })

/** Sends each value to every session, as the application of the server would; waits until there is a session. */
export const deliver = (...data: readonly unknown[]): Cue => ({ cue: 'deliver', data: data.map(json) })

/** Waits until the server's application has been given these values since the script began, in this order, whatever came between. */
export const expect = (...data: readonly unknown[]): Cue => ({ cue: 'expect', data: data.map(json) })

/**
 * Lets nothing through on the lines that exist: no byte, no close, no reset. What was sent meanwhile arrives
 * when it is over, as TCP does it. The script goes on at once.
 *
 * @param ms - how long. @defaultValue for ever
 */
export function mute(ms?: number, options: { readonly way?: Way } = {}): Cue {
  return {
    cue: 'mute',
    ms: ms === undefined ? undefined : length('mute', ms),
    way: options.way ?? 'both',
  }
}

/**
 * The server tells its clients that it will stop, and stops in order; the script goes on at once. When
 * everybody has left the process ends; `comeBack()` starts the next one.
 */
export const notice = (options: NoticeOptions = {}): Cue => ({ cue: 'notice', notice: checked(options) })

/** A rolling deployment: a new instance takes new dials, then the old one says goodbye with a hand-off. Done when the old one is gone. */
export function deploy(options: NoticeOptions = {}): Cue {
  return { cue: 'deploy', notice: checked({ handoff: true, ...options }) }
}

/** Closes every connection with a close code, as a proxy or an impatient server does. The server lives on. */
export function close(code: number, reason = ''): Cue {
  const isSendable = code === 1000 || (code >= 1001 && code <= 1014 && ![1004, 1005, 1006].includes(code))
  if (!isSendable) whole('close: code', code, 3000, 4999)
  return { cue: 'close', code, reason }
}

/** Resets every connection (RST): whatever was on its way is lost. The server lives on. */
export const reset = (): Cue => ({ cue: 'reset' })

/** The process stands still, as in a long garbage collection or a paused container, then goes on. The script waits for it. */
export const hang = (ms: number): Cue => ({ cue: 'hang', ms: length('hang', ms) })

/**
 * The process dies without a word: what it had not stored is gone. New dials are refused until `comeBack()`.
 *
 * @param how - what clients see of it. @defaultValue `'fin'`, what a kernel does for a killed process
 */
export const crash = (how: CrashSign = 'fin'): Cue => ({ cue: 'crash', how })

/** The server stays away so long; it crashes first if it is up. Follow it with `comeBack()`. */
export const downFor = (ms: number): Cue => ({ cue: 'down-for', ms: length('downFor', ms) })

/**
 * A new process takes dials.
 *
 * @param options.memory - whether it still knows the sessions. @defaultValue `'kept'`
 */
export function comeBack(options: { readonly memory?: Memory } = {}): Cue {
  return { cue: 'come-back', memory: options.memory ?? 'kept' }
}

/** Puts a text of your own on every line, in the server's name: nonsense, half a frame, a frame out of order. */
export const say = (text: string): Cue => ({ cue: 'say', text })

/** Waits, then goes on with the cues given, if any. */
export function after(ms: number, ...cues: readonly (Cue | Script)[]): Script {
  return [{ cue: 'after', ms: length('after', ms) }, ...cues.flat()]
}

/** The same cues again and again. */
export function times(count: number, ...cues: readonly (Cue | Script)[]): Script {
  return Array.from({ length: whole('times', count, 0, 1_000_000) }, () => cues.flat()).flat()
}

function checked(options: NoticeOptions): NoticeOptions {
  for (const name of ['closesInMs', 'afterMs', 'withinMs'] as const) {
    if (options[name] !== undefined) length(`notice: ${name}`, options[name])
  }
  return options
}
