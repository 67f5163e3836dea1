/** A message from the server on its way to the application. */
export interface Message<Data = unknown> {
  /** With the session's id and the server's epoch, its identity. */
  readonly seq: number
  readonly data: Data
  /** Whether it may have been offered before, by an earlier process that died before it was done with it. */
  readonly redelivered: boolean
}
