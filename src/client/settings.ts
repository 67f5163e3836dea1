/**
 * From options to what the core and the driver are told: the defaults, and the checks at the door.
 *
 * An option that makes no sense is a mistake in the caller's program, so it throws at `connect()`, and says
 * which option, which rule, and what was given.
 */
import { HoldfastError } from '../base/errors.ts'
import { type Duration, milliseconds, minutes, seconds } from '../base/time.ts'
import type { Config } from '../core/config.ts'
import { DEFAULT_MESSAGE_BYTES } from '../protocol/limits.ts'
import type { Options } from './options.ts'

/** Every default, in one place; the docs are checked against it. */
export const DEFAULTS = {
  name: 'default',
  connectTimeout: seconds(10),
  heartbeatEvery: seconds(10),
  heartbeatWithin: seconds(2),
  hiddenWithin: seconds(10),
  backoffBase: milliseconds(950),
  backoffMax: seconds(45),
  backoffFirst: milliseconds(250),
  stableAfter: seconds(10),
  ackWithin: milliseconds(100),
  ackEvery: 64,
  outboxMessages: 10_000,
  outboxBytes: 8 * 1024 * 1024,
  messageBytes: DEFAULT_MESSAGE_BYTES,
} as const

export interface Bounds {
  readonly messages: number
  readonly bytes: number
}

export function configFrom<Up, Down, State>(
  options: Options<Up, Down, State>,
  client: string,
  url: () => string | undefined,
): Config {
  const { heartbeat = {}, backoff = {} } = options
  const allowed = (options.allowedOrigins ?? []).map(originOf)
  return {
    client,
    connectTimeout: length(
      'connectTimeout',
      options.connectTimeout,
      DEFAULTS.connectTimeout,
      100,
      minutes(5),
    ),
    heartbeat: {
      every: length('heartbeat.every', heartbeat.every, DEFAULTS.heartbeatEvery, 100, minutes(60)),
      within: length('heartbeat.within', heartbeat.within, DEFAULTS.heartbeatWithin, 50, minutes(1)),
      hiddenWithin: DEFAULTS.hiddenWithin,
    },
    backoff: {
      base: length('backoff.base', backoff.base, DEFAULTS.backoffBase, 1, minutes(1)),
      max: length('backoff.max', backoff.max, DEFAULTS.backoffMax, 1, minutes(1)),
      first: length('backoff.first', backoff.first, DEFAULTS.backoffFirst, 0, minutes(1)),
    },
    stableAfter: DEFAULTS.stableAfter,
    ackWithin: DEFAULTS.ackWithin,
    ackEvery: DEFAULTS.ackEvery,
    keepsState: options.state !== undefined,
    resends: fatePolicy(options.unknownFate),
    allows: (target) => isAllowed(target, url(), allowed),
  }
}

export function boundsFrom<Up, Down, State>({ outbox = {} }: Options<Up, Down, State>): Bounds {
  return {
    messages: whole('outbox.messages', outbox.messages, DEFAULTS.outboxMessages),
    bytes: whole('outbox.bytes', outbox.bytes, DEFAULTS.outboxBytes),
  }
}

/**
 * [OP-7] Two servers have two sessions, even if nobody names them: the default is the URL, without its query,
 * which may hold what changes from dial to dial. A URL that is asked for anew each time has none to give.
 */
export function nameFrom(name: string | undefined, url: unknown): string {
  if (name === undefined) return typeof url === 'string' || url instanceof URL ? placeOf(url) : DEFAULTS.name
  if (typeof name !== 'string' || name === '' || name.length > 256)
    throw invalid('name', 'a string of 1 to 256 characters', name)
  return name
}

function placeOf(url: string | URL): string {
  const { host, pathname } = new URL(webSocketUrl(url))
  return `${host}${pathname}`.slice(0, 256)
}

/** Groups of options and things with methods: what a caller without a type checker gets wrong. */
const OBJECTS = ['heartbeat', 'backoff', 'outbox', 'state', 'world'] as const
const WORLD = ['clock', 'random', 'lifecycle', 'transport'] as const

export function checkShapes<Up, Down, State>(options: Options<Up, Down, State>): void {
  if (!isObject(options)) throw invalid('options', 'an object', options)
  for (const name of OBJECTS)
    if (options[name] !== undefined && !isObject(options[name]))
      throw invalid(name, 'an object', options[name])
  for (const name of WORLD)
    if (options.world?.[name] !== undefined && !isObject(options.world[name]))
      throw invalid(`world.${name}`, 'an object', options.world[name])
  const { state, store, token, WebSocket, unknownFate, signal, allowedOrigins } = options
  if (store !== undefined && !isObject(store) && typeof store !== 'function')
    throw invalid('store', 'a store, a promise of one or a function', store)
  if (token !== undefined && typeof token !== 'string' && !isObject(token) && typeof token !== 'function')
    throw invalid('token', 'a string, a promise of one or a function', token)
  if (allowedOrigins !== undefined && !isListOfStrings(allowedOrigins))
    throw invalid('allowedOrigins', 'a list of origins', allowedOrigins)
  if (state !== undefined && typeof state.reduce !== 'function')
    throw invalid('state.reduce', 'a function', state.reduce)
  if (state !== undefined) checkState(state.initial)
  if (WebSocket !== undefined && typeof WebSocket !== 'function')
    throw invalid('WebSocket', 'a constructor', WebSocket)
  const isPolicy =
    unknownFate === undefined ||
    unknownFate === 'resend' ||
    unknownFate === 'fail' ||
    typeof unknownFate === 'function'
  if (!isPolicy) throw invalid('unknownFate', '`resend`, `fail` or a function', unknownFate)
  if (signal !== undefined && (!isObject(signal) || typeof signal.addEventListener !== 'function'))
    throw invalid('signal', 'an AbortSignal', signal)
}

/** Types promise it, and a caller may have none. */
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

const isListOfStrings = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

/** What may stand for a URL: itself, a promise of it, or a function that is asked at each dial. */
export function checkUrl(url: unknown): void {
  if (typeof url === 'function' || (isObject(url) && typeof (url as { then?: unknown }).then === 'function'))
    return
  webSocketUrl(url)
}

/** [OP-3] A state that JSON cannot carry could be neither stored nor given back to a server. */
function checkState(initial: unknown): void {
  let text: string | undefined
  try {
    text = JSON.stringify(initial)
  } catch (cause) {
    throw new HoldfastError('invalid-option', 'The option `state.initial` must be JSON.', { cause })
  }
  if (text === undefined) throw invalid('state.initial', 'JSON', initial)
}

/** @throws {@link HoldfastError} `invalid-option` if it is no absolute ws: or wss: URL (http: and https: are taken as such) */
export function webSocketUrl(value: unknown): string {
  let url: URL
  if (typeof value !== 'string' && !(value instanceof URL))
    throw invalid('url', 'an absolute ws: or wss: URL', value)
  try {
    url = new URL(String(value), (globalThis as { location?: { href: string } }).location?.href)
  } catch {
    throw invalid('url', 'an absolute ws: or wss: URL', value)
  }
  if (url.protocol === 'http:') url.protocol = 'ws:'
  if (url.protocol === 'https:') url.protocol = 'wss:'
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:')
    throw invalid('url', 'an absolute ws: or wss: URL', value)
  url.hash = ''
  return url.href
}

/** The origin of a URL, whatever follows it. @throws {@link HoldfastError} `invalid-option` */
function originOf(given: string): string {
  try {
    const { protocol, host } = new URL(given)
    if (/^(ws|http)s?:$/.test(protocol)) return `${protocol.replace('http', 'ws')}//${host}`
  } catch {
    // Said below, as for any other that cannot be meant.
  }
  throw invalid('allowedOrigins', 'a list of origins such as `wss://b.example.com`', given)
}

/** [NT-1] A notice may send us to where we are, or to an origin that the caller listed; never to plain ws from wss. */
function isAllowed(target: string, current: string | undefined, allowed: readonly string[]): boolean {
  try {
    const url = new URL(target)
    const here = current === undefined ? undefined : new URL(current)
    if (url.protocol !== 'wss:' && url.protocol !== 'ws:') return false
    if (here?.protocol === 'wss:' && url.protocol === 'ws:') return false
    return url.origin === here?.origin || allowed.includes(url.origin)
  } catch {
    return false
  }
}

function fatePolicy<Up>(policy: Options<Up, never, never>['unknownFate']): Config['resends'] {
  if (policy === undefined || policy === 'resend') return () => true
  if (policy === 'fail') return () => false
  return (seq, text) => {
    const fate: unknown = policy({ seq, data: JSON.parse(text) as Up })
    if (fate !== 'fail' && fate !== 'resend') throw new TypeError('It gave neither `resend` nor `fail`.')
    return fate === 'resend'
  }
}

function length(
  name: string,
  given: number | undefined,
  otherwise: Duration,
  least: number,
  most: number,
): Duration {
  if (given === undefined) return otherwise
  if (typeof given !== 'number' || !(given >= least && given <= most))
    throw invalid(name, `milliseconds from ${least} to ${most}`, given)
  return given as Duration
}

function whole(name: string, given: number | undefined, otherwise: number): number {
  if (given === undefined) return otherwise
  if (!Number.isSafeInteger(given) || given < 1) throw invalid(name, 'a whole number from 1', given)
  return given
}

function invalid(name: string, rule: string, given: unknown): HoldfastError {
  const shown =
    typeof given === 'string'
      ? JSON.stringify(given.slice(0, 100))
      : typeof given === 'object' && given !== null
        ? 'an object'
        : String(given)
  return new HoldfastError('invalid-option', `The option \`${name}\` must be ${rule}; it is ${shown}.`, {
    facts: { option: name },
  })
}
