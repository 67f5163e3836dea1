/**
 * The door to tests of restarts: scripts, stages to play them on, and the contracts that stores and logs keep.
 */
export {
  accept,
  after,
  close,
  comeBack,
  crash,
  deliver,
  deploy,
  downFor,
  expect,
  hang,
  mute,
  notice,
  refuse,
  reset,
  say,
  script,
  times,
  welcomeLate,
} from './testing/script/cues.ts'
export type { CrashSign, Cue, Memory, NoticeOptions, Script, Way } from './testing/script/cues.ts'
export type { ReceivedMessage, Stage, StageApp, StageSession, StageWorld } from './testing/stage.ts'
export { virtualStage } from './testing/virtual/stage.ts'
export type { VirtualStage, VirtualStageOptions } from './testing/virtual/options.ts'
export type { StageMachine } from './testing/virtual/machine.ts'
export { socketStage, type SocketStage, type SocketStageOptions } from './testing/socket/stage.ts'
export { playStageServer } from './testing/socket/program.ts'
export { faultyStore } from './testing/faulty-store.ts'
export type {
  FaultScript,
  FaultyStore,
  FaultyStoreOptions,
  StoreFault,
  StoreOperation,
} from './testing/faulty-store.ts'
export { faultyLog } from './testing/faulty-log.ts'
export type { FaultyLog, LogFault, LogMethod, LogOperation, LogScript } from './testing/faulty-log.ts'
export { sessionStoreContract } from './testing/session-store-contract.ts'
export type {
  ContractCase,
  MakeStoreFixture,
  StoreFixture,
  StoreTraits,
} from './testing/session-store-contract.ts'
export { sessionLogContract } from './testing/session-log-contract.ts'
