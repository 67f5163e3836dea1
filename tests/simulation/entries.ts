/** What stands in the ledger. */
export class Violation extends Error {}

export interface Up {
  readonly token: string
  seq: number | undefined
  /** The store of the process that sent it, which may not have it. */
  readonly sentOn: object
  /** The store that has it: from here on it must not be lost. */
  storedOn: object | undefined
  isLogged: boolean
  offered: number
  /** Whether it was ever put on a wire. */
  isWired: boolean
  /** The processes that put it there, and the stores that say that it may have been. */
  readonly wiredOn: Set<object>
  /** It may be missing: the server's memory or the client's store took it along, or its sender was told that it failed. */
  isExcused: boolean
  /** Its sender was told that it will not be sent under its number: from there on no server may take it. */
  isTaken: boolean
  /** Its store has lost it, or never had it: whether the state stands for it nobody can say. */
  isForgotten: boolean
}

export interface Down {
  readonly token: string
  seq: number | undefined
  /** The server's application was told that it is in the log. */
  isCertain: boolean
  /** The incarnation of the log that it was appended to. */
  epoch?: string | undefined
  /** How often the log had let a client in by then. */
  greetings: number
  /** The lives of the client in which it was delivered, and how many had begun by then. */
  readonly lives: Map<Life, number>
  /** The store that knows that it was processed. */
  keptOn: object | undefined
  /** The log has stepped back to before it. */
  isLost: boolean
  isExcused: boolean
}

/** One process of the client. */
export interface Life {
  readonly number: number
  /** What it reads and writes. */
  readonly store: object
  /** Everything to here was delivered, or told as a gap. */
  last: number
  /** Everything to here the application is done with. */
  handled: number
  /** What its store holds: as it was read, and as this process has written it since. */
  committed: number
  /** The incarnation of the log that its application knows of: by its first welcome, and by resets from there. */
  epoch?: string | undefined
  /** Whether the store still works: without one, memory has to do, and acknowledgements stand for that. */
  hasStore: boolean
  /** What was delivered and is not in the store yet. */
  readonly fresh: Down[]
}

/** A session as one process of the server has it: from which moment, and what it was offered last. */
export interface Holding {
  readonly losses: number
  readonly offers: number
  last: number | undefined
}
