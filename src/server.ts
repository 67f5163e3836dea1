/**
 * The door `holdfast/server`: sessions for servers in Node.
 */
export { createServer } from './server/ws-server.ts'
export { memoryLog } from './server/memory-log.ts'
export { HoldfastError, isHoldfastError } from './base/errors.ts'
export type { MemoryLog } from './server/memory-log.ts'
export type { MemoryLogOptions } from './server/memory-options.ts'
export type { ConnectionInputs, ServerConnection } from './server/connection-port.ts'
export type {
  DrainOptions,
  HoldfastServer,
  HoldfastServerEvents,
  ServerLimits,
  ServerOptions,
  ServerSession,
  ServerSessionEvents,
  UpMessage,
} from './server/api.ts'
export type * from './server/session-log.ts'
export type { ErrorCode, ErrorDetails } from './base/errors.ts'
export { remoteLog } from './server/remote-log.ts'
export { serveLog } from './server/serve-log.ts'
export type { RemoteLogOptions } from './server/remote-log.ts'
export type { ServedLog } from './server/serve-log.ts'
