/**
 * What every session store owes, as cases that any test runner can run.
 *
 * A case passes when its promise resolves. Each starts from a fixture of its own, so they may run in any
 * order and at once. The cases know no clock, no platform and no test framework; what they wait for happens,
 * or the runner's own timeout tells.
 */
import type { Journal, SessionStore } from '../ports/session-store.ts'
import { holderCases, robberyCases, waitingCases } from './store-contract-holders.ts'
import { journalCases } from './store-contract-journals.ts'

/** One empty place where sessions are stored, and the store that looks after it. */
export interface StoreFixture {
  readonly store: SessionStore
  /**
   * The same place as another tab or process sees it.
   *
   * @defaultValue the store itself
   */
  readonly other?: SessionStore
  /** Takes a session from whoever holds it, as happens to a tab that was frozen; see `canBeRobbed`. */
  readonly rob?: (name: string) => Promise<Journal>
  /** Removes the place. */
  readonly dispose?: () => void | Promise<void>
}

export type MakeStoreFixture = () => StoreFixture | Promise<StoreFixture>

export interface StoreTraits {
  /**
   * Whether opening waits for the holder to let go. Where the platform has no locks, the newest opener may
   * rob the older one instead.
   *
   * @defaultValue true
   */
  readonly waits?: boolean
  /**
   * Whether a holder can lose a session that it did not close. If so, the fixture needs `rob`.
   *
   * @defaultValue false
   */
  readonly canBeRobbed?: boolean
}

export interface ContractCase {
  readonly name: string
  readonly run: () => Promise<void>
}

/** A case before it is bound to a store. */
export interface ContractLaw {
  readonly name: string
  readonly holds: (fixture: StoreFixture) => Promise<void>
}

/**
 * The contract of `SessionStore`, case by case.
 *
 * @example
 * for (const { name, run } of sessionStoreContract(() => ({ store: myStore() }))) test(name, run)
 */
export function sessionStoreContract(
  make: MakeStoreFixture,
  traits: StoreTraits = {},
): readonly ContractCase[] {
  const laws = [
    ...journalCases,
    ...holderCases,
    ...(traits.waits === false ? [] : waitingCases),
    ...(traits.canBeRobbed === true ? robberyCases : []),
  ]
  return laws.map(({ name, holds }) => ({
    name,
    run: async () => {
      const fixture = await make()
      try {
        await holds(fixture)
      } finally {
        await fixture.dispose?.()
      }
    },
  }))
}
