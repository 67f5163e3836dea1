/**
 * holdfast: WebSocket sessions that survive restarts, crashes and reloads. For browsers and Node.
 */
export { connect } from './client/connect.ts'
export type { Session } from './client/api.ts'
export type { Delivery, DeliveryState, SessionEvents } from './client/events.ts'
export type {
  BackoffOptions,
  DialContext,
  Entry,
  HeartbeatOptions,
  Options,
  OutboxOptions,
  Provided,
  StateOptions,
  World,
} from './client/options.ts'
export type { CatchingUp, HoldReason, LossCause, Status } from './client/status.ts'
export type { Message } from './protocol/message.ts'
export { type ErrorCode, type ErrorDetails, HoldfastError, isHoldfastError } from './base/errors.ts'
export { type Duration, type Instant, milliseconds, minutes, seconds } from './base/time.ts'
export { hasIndexedDB, indexedDBStore } from './adapters/indexeddb-store.ts'
export { memoryStore } from './adapters/memory-store.ts'
export type { WebSocketConstructor, WebSocketLike } from './adapters/websocket-like.ts'
export type { Commit, Journal, JournalContents, OpenRequest, SessionStore } from './ports/session-store.ts'
export type { Clock } from './ports/clock.ts'
export type { Random } from './ports/random.ts'
export type { Hint, Lifecycle } from './ports/lifecycle.ts'
export type { Connection, ConnectionListener, DialRequest, Loss, Transport } from './ports/transport.ts'
export type { Durability, GapReason, ResetReason } from './protocol/frames.ts'
