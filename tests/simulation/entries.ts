/** What stands in the ledger. */
export class Violation extends Error {}

export interface Up {
  readonly token: string
  seq: number | undefined
  /** Its store has it: from here on it must not be lost. */
  isStored: boolean
  isLogged: boolean
  offered: number
  /** The server's memory took it along. */
  isExcused: boolean
}

export interface Down {
  readonly token: string
  seq: number | undefined
  /** The server's application was told that it is in the log. */
  isCertain: boolean
  /** In which lives of the client it was delivered. */
  readonly lives: Set<number>
  isExcused: boolean
}

/** One process of the client. */
export interface Life {
  readonly number: number
  /** Everything to here was delivered, or told as a gap. */
  last: number
  /** Everything to here the application is done with. */
  handled: number
  /** What was delivered and is not in the store yet. */
  readonly fresh: { readonly seq: number; readonly token: string }[]
}

/** A session as one process of the server has it: from which moment, and what it was offered last. */
export interface Holding {
  readonly losses: number
  readonly offers: number
  last: number | undefined
}

/** @throws {@link Violation} */
export function check(holds: boolean, law: string): asserts holds {
  if (!holds) throw new Violation(law)
}
