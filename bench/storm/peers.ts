/**
 * When others dial again: the default policies of published packages, as their sources have them.
 *
 * Each is the function that its package ships, in our words, with the place where it stands. A policy is not a
 * product: some have more ways to come back (a list of servers, a user who clicks), and all can be configured.
 * Where a package has two ways, the one that serves it better here is taken.
 */
import { fleetOf, type FleetMaker, type Policy } from './fleet.ts'

/** `steps[n]` after the n-th failure, then the last one for ever. */
const steps =
  (...waits: readonly number[]): Policy =>
  ({ failures }) =>
    waits[Math.min(failures, waits.length - 1)]

export const POLICIES: Readonly<Record<string, Policy>> = {
  // partysocket 1.3.0, dist/ws.js: DEFAULT and _getNextDelay(): 3 s, times 1.3, at most 10 s; no jitter.
  partysocket: ({ failures }) => Math.min(10_000, 3000 * 1.3 ** failures),

  // reconnecting-websocket 4.4.0, dist/reconnecting-websocket-mjs.js: the same, but `minReconnectionDelay` is
  // 1000 + Math.random() * 4000, drawn once when the module is loaded, that is once for each page.
  'reconnecting-websocket': ({ failures, trait }) =>
    Math.min(10_000, (1000 + trait * 4000) * 1.3 ** failures),

  // socket.io-client 4.8.4, build/esm/contrib/backo2.js and manager.js: 1 s, doubling, give or take up to a half,
  // and only then at most 5 s.
  'socket.io-client': ({ failures, chance }) => {
    const wait = 1000 * 2 ** failures
    const draw = chance()
    const deviation = Math.floor(draw * 0.5 * wait)
    return Math.floor(Math.min(5000, (Math.floor(draw * 10) & 1) === 0 ? wait - deviation : wait + deviation))
  },

  // @microsoft/signalr 10.0.11, dist/esm/DefaultReconnectPolicy.js, with withAutomaticReconnect().
  '@microsoft/signalr': ({ failures }) => [0, 2000, 10_000, 30_000][failures],

  // phoenix 1.8.16, assets/js/phoenix/socket.js: reconnectAfterMs.
  phoenix: steps(10, 50, 100, 150, 200, 250, 500, 1000, 2000, 5000),

  // @supabase/realtime-js 2.109.0, dist/main/RealtimeClient.js: RECONNECT_INTERVALS.
  '@supabase/realtime-js': steps(1000, 2000, 5000, 10_000),

  // @nats-io/nats-core 3.4.0, lib/options.js and lib/protocol.js, dodialLoop(): the first dial at once; then 2 s and
  // a jitter of up to 100 ms, drawn anew at each look until one is over; a server is dropped after ten failures.
  '@nats-io/nats-core': ({ failures, chance }) => {
    if (failures === 0) return 0
    if (failures === 10) return undefined
    let waited = 0
    for (;;) {
      const wait = 2000 + Math.floor(chance() * 101)
      if (waited >= wait) return waited
      waited = wait
    }
  },

  // graphql-ws 6.4.2, dist/client.js: randomisedExponentialBackoff and retryAttempts = 5; as if `shouldRetry` had been
  // set to try again after a dial that failed, which the default does not in a browser.
  'graphql-ws': ({ failures, chance }) =>
    failures === 5 ? undefined : 2 ** failures * 1000 + Math.floor(chance() * 2700 + 300),

  // centrifuge 5.8.0, build/index.mjs: backoff() with minReconnectDelay 500 and maxReconnectDelay 20 000.
  centrifuge: ({ failures, chance }) =>
    Math.min(20_000, 500 + Math.floor(chance() * Math.min(20_000, 500 * 2 ** Math.min(failures, 31)))),

  // convex 1.48.0, dist/esm/browser/sync/web_socket_manager.js: nextBackoff(), from 1 s ("Unknown") to 16 s, give or
  // take a half.
  convex: ({ failures, chance }) => {
    const backoff = Math.min(1000 * 2 ** failures, 16_000)
    return backoff + backoff * (chance() - 0.5)
  },

  // ably 2.28.0, src/common/lib/transport/connectionmanager.ts and util/utils.ts: at once after a loss, then
  // disconnectedRetryTimeout 15 s times min((n + 2) / 3, 2) times 0.8 to 1, where the loss was the first n; after
  // connectionStateTtl (120 s) suspendedRetryTimeout 30 s. Its fallback hosts are left out: there is one server.
  ably: ({ failures, downMs, chance }) => {
    if (failures === 0) return 0
    return downMs >= 120_000 ? 30_000 : 15_000 * Math.min((failures + 3) / 3, 2) * (1 - chance() * 0.2)
  },

  // mqtt 5.16.0, build/lib/client.js: reconnectPeriod.
  mqtt: () => 1000,

  // @liveblocks/core 3.24.2, dist/index.js: BACKOFF_DELAYS.
  '@liveblocks/core': steps(250, 500, 1000, 2000, 4000, 8000, 10_000),

  // y-websocket 3.1.0, src/y-websocket.js: 2^n times 100 ms, the loss being the first n, at most maxBackoffTime 2.5 s.
  'y-websocket': ({ failures }) => Math.min(2 ** (failures + 1) * 100, 2500),
}

export const PEERS: readonly (readonly [string, FleetMaker])[] = Object.entries(POLICIES).map(
  ([name, policy]) => [name, fleetOf(name, policy)],
)
