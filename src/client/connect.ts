/**
 * `connect`: from a URL and options to a session that holds.
 */
import { HoldfastError } from '../base/errors.ts'
import { isThenable } from '../base/thenable.ts'
import { hasIndexedDB, indexedDBStore } from '../adapters/indexeddb-store.ts'
import { memoryStore } from '../adapters/memory-store.ts'
import { pageLifecycle } from '../adapters/page-lifecycle.ts'
import { systemClock } from '../adapters/system-clock.ts'
import { systemRandom } from '../adapters/system-random.ts'
import { webSocketTransport } from '../adapters/websocket-transport.ts'
import type { Target, TargetRequest } from '../driver/connections.ts'
import type { Fold } from '../driver/image.ts'
import type { SessionStore } from '../ports/session-store.ts'
import { MAX_TOKEN } from '../protocol/limits.ts'
import type { Session } from './api.ts'
import type { DialContext, Options, Provided, StateOptions } from './options.ts'
import { LiveSession } from './session.ts'
import { boundsFrom, checkShapes, checkUrl, configFrom, nameFrom, webSocketUrl } from './settings.ts'

/**
 * Opens a session that survives restarts, crashes and reloads.
 *
 * Returns at once: dialing, reading the store and everything after it go on behind the session's `status`.
 *
 * @param url - a ws: or wss: URL (http: and https: are taken as such), or a function or promise that gives
 *   one; asked again at each dial. A provider that throws or rejects is a failed attempt, tried again by the
 *   backoff.
 * @throws {@link HoldfastError} `invalid-option` - an option makes no sense; the message says which and why.
 *
 * @example
 * ```ts
 * const session = connect<string, string>('wss://example.com/chat')
 * session.on('message', ({ data }) => console.log(data))
 * session.send('hello')
 * ```
 */
export function connect<Up = unknown, Down = unknown, State = undefined>(
  url: Provided<string | URL>,
  options: Options<Up, Down, State> = {},
): Session<Up, Down, State> {
  checkShapes(options)
  checkUrl(url)
  // A promise that rejects before the first dial is asked for then: until then it is nobody's unhandled rejection.
  for (const given of [url, options.token]) if (given instanceof Promise) given.catch(() => undefined)
  const { world = {} } = options
  const random = world.random ?? systemRandom()
  let dialed: string | undefined
  const provideTarget = async (request: TargetRequest): Promise<Target> => {
    const context: DialContext = {
      attempt: request.attempt,
      refresh: request.refresh,
      signal: request.signal,
    }
    const [given, token] = await Promise.all([provided(url, context), provided(options.token, context)])
    if (token !== undefined && typeof token !== 'string')
      throw new HoldfastError('provider-failed', 'The token provider gave something that is no string.')
    if (token !== undefined && token.length > MAX_TOKEN)
      throw new HoldfastError('provider-failed', `A token has at most ${MAX_TOKEN} characters.`)
    dialed = dialable(given)
    return { url: request.url ?? dialed, token }
  }
  let store: SessionStore | undefined
  const openStore = async () => (store = await chooseStore(options.store))
  const troubles: ((cause: unknown) => void)[] = []
  const fold =
    options.state === undefined ? undefined : safeFold(options.state, (cause) => troubles[0]?.(cause))
  const session = new LiveSession<Up, Down, State>({
    driver: {
      name: nameFrom(options.name, url),
      config: configFrom(options, random.secret(4), () => dialed),
      fold,
      provide: provideTarget,
    },
    world: {
      clock: world.clock ?? systemClock(),
      random,
      lifecycle: world.lifecycle ?? pageLifecycle(),
      transport: () => world.transport ?? webSocketTransport(options.WebSocket),
      store: openStore,
      observe: world.observe,
    },
    bounds: boundsFrom(options),
    // Without a `state` option the type parameter is `undefined`, and so is the value.
    initial: options.state?.initial as State,
    durability: () => store?.durability ?? 'memory',
    signal: options.signal,
  })
  troubles.push((cause) => session.reducerFailed(cause))
  return session
}

function provided<Value>(source: Provided<Value>, context: DialContext): Value | Promise<Value> {
  return typeof source === 'function'
    ? (source as (context: DialContext) => Value | Promise<Value>)(context)
    : source
}

function dialable(given: unknown): string {
  try {
    return webSocketUrl(given)
  } catch (cause) {
    throw new HoldfastError('provider-failed', 'The URL provider gave something that cannot be dialed.', {
      cause,
    })
  }
}

async function chooseStore(given: Options<never, never, never>['store']): Promise<SessionStore> {
  if (typeof given === 'function') return given()
  if (given !== undefined) return given
  return hasIndexedDB() ? indexedDBStore() : memoryStore()
}

/** What no JSON can stand for; what is inside a state is found out when it is written. */
const NO_STATES = ['undefined', 'function', 'symbol', 'bigint', 'promise']

/** The caller's reducer, made safe: where it throws or gives no state, the state stays as it was, and the application is told. */
function safeFold<Up, Down, State>(
  state: StateOptions<State, Up, Down>,
  failed: (cause: unknown) => void,
): Fold {
  return {
    initial: state.initial,
    reduce(before, entry) {
      try {
        // The entry's data are what the peer sent; their types are the caller's claim about the protocol.
        const after: unknown = state.reduce(before as State, entry as never)
        const kind = isThenable(after) ? 'promise' : typeof after
        if (isThenable(after)) after.then(undefined, () => undefined)
        if (!NO_STATES.includes(kind)) return after
        throw new TypeError(`a reducer gives a state, not: ${kind}`)
      } catch (cause) {
        failed(cause)
        return before
      }
    },
  }
}
