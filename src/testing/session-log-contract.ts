/**
 * What every session log owes, as cases that any test runner can run.
 *
 * A case passes when its promise resolves. Each starts from a log of its own, so they may run in any order and
 * at once. The cases know no clock, no platform and no test framework.
 */
import type { SessionLog } from '../server/session-log.ts'
import { entryLaws } from './log-contract-entries.ts'
import { handshakeLaws } from './log-contract-handshake.ts'
import { lifetimeLaws } from './log-contract-lifetime.ts'
import { byGeneration, type GenerationLog, type Epochs } from './log-contract-steps.ts'

/** How the log of a case is to be made. */
export interface LogWishes {
  readonly retainMs?: number
  readonly messagesPerSession?: number
}

/** An empty log. */
export interface LogFixture {
  readonly log: SessionLog
  /**
   * The same log as another server sees it.
   *
   * @defaultValue the log itself
   */
  readonly other?: SessionLog
  /** Lets time pass for the log. */
  readonly pass: (milliseconds: number) => void | Promise<void>
  /** Removes the log. */
  readonly dispose?: () => void | Promise<void>
}

export type MakeLogFixture = (wishes: LogWishes) => LogFixture | Promise<LogFixture>

/** A case before it is bound to a log. */
export interface LogLaw {
  readonly name: string
  readonly wishes?: LogWishes
  readonly holds: (fixture: LawFixture) => Promise<void>
}

/** The log of a fixture, and the other server's view, as a case writes to them. */
interface LawFixture extends Pick<LogFixture, 'pass'> {
  readonly log: GenerationLog
  readonly other?: GenerationLog
}

/**
 * The contract of `SessionLog`, case by case.
 *
 * @example
 * for (const { name, run } of sessionLogContract(() => ({ log: myLog(), pass: wait }))) test(name, run)
 */
export function sessionLogContract(
  make: MakeLogFixture,
): readonly { readonly name: string; readonly run: () => Promise<void> }[] {
  return [...handshakeLaws, ...entryLaws, ...lifetimeLaws].map(({ name, wishes = {}, holds }) => ({
    name,
    run: async () => {
      const fixture = await make(wishes)
      try {
        const { log, other, pass } = fixture
        const epochs: Epochs = new Map()
        await holds({
          log: byGeneration(log, epochs),
          ...(other !== undefined && { other: byGeneration(other, epochs) }),
          pass,
        })
      } finally {
        await fixture.dispose?.()
      }
    },
  }))
}
