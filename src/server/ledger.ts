/**
 * A session's log, written under the grant that this instance holds.
 *
 * The one place that knows what an answer of the log means for who owns the session, and that turns whatever a
 * log throws or mumbles into one error.
 */
import { HoldfastError, isHoldfastError } from '../base/errors.ts'
import type {
  Appended,
  Grant,
  Numbered,
  Refused,
  SavedState,
  SessionLog,
  StatePoint,
  UpMessages,
  Written,
} from './session-log.ts'

export class Ledger {
  readonly id: string
  /** What this instance writes under: the client's newest greeting gave it. */
  grant: Grant
  private readonly log: SessionLog
  private readonly lost: (how: Refused['kind']) => void

  /** @param lost - told when the log says that the session is not ours any more */
  constructor(log: SessionLog, id: string, grant: Grant, lost: (how: Refused['kind']) => void) {
    this.log = log
    this.id = id
    this.grant = grant
    this.lost = lost
  }

  /** Whether other instances may take the session. */
  get isShared(): boolean {
    return this.log.shared
  }

  appendUp(up: UpMessages): Promise<Appended> {
    return this.write((grant) => this.log.appendUp(this.id, grant, up))
  }

  appendDown(after: number, texts: readonly string[]): Promise<Appended> {
    return this.write((grant) => this.log.appendDown(this.id, grant, after, texts))
  }

  acknowledge(received: number): Promise<Written> {
    return this.write((grant) => this.log.acknowledge(this.id, grant, received))
  }

  markProcessed(upTo: number): Promise<Written> {
    return this.write((grant) => this.log.markProcessed(this.id, grant, upTo))
  }

  touch(): Promise<Written> {
    return this.write((grant) => this.log.touch(this.id, grant))
  }

  saveState(state: StatePoint): Promise<Written> {
    return this.write((grant) => this.log.saveState(this.id, grant, state))
  }

  end(): Promise<Written> {
    return this.write((grant) => this.log.end(this.id, grant))
  }

  /** @returns `undefined` if the session is not ours any more */
  readDown(from: number, limit: number): Promise<readonly Numbered[] | undefined> {
    return this.readOurs(() => this.log.readDown(this.id, from, limit))
  }

  async isOurs(): Promise<boolean> {
    return (await this.touch()).kind === 'written'
  }

  /** @returns `undefined` if the session is not ours any more */
  readUp(from: number, limit: number): Promise<readonly Numbered[] | undefined> {
    return this.readOurs(() => this.log.readUp(this.id, from, limit))
  }

  readState(): Promise<SavedState> {
    return this.read(() => this.log.readState(this.id))
  }

  /**
   * [SV-100] Reading is not fenced, and whoever has the session by now may have begun another epoch, or be done with
   * what is read: it is ours if the session was still ours afterwards.
   */
  private async readOurs<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
    const answer = await this.read(ask)
    return !this.isShared || (await this.isOurs()) ? answer : undefined
  }

  private async read<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask()
    } catch (cause) {
      throw logFailed(cause)
    }
  }

  private async write<Answer extends { readonly kind: string }>(
    ask: (grant: Grant) => Promise<Answer>,
  ): Promise<Answer> {
    for (;;) {
      const { grant } = this
      let answer: Answer
      try {
        answer = await ask(grant)
        if (typeof answer.kind !== 'string') throw new TypeError('an answer without a kind')
      } catch (cause) {
        throw logFailed(cause)
      }
      // The client greeted us again while this write was on its way: it was made under our own, older grant.
      if (answer.kind === 'fenced' && grant !== this.grant) continue
      if (answer.kind === 'fenced' || answer.kind === 'gone') this.lost(answer.kind)
      return answer
    }
  }
}

export function logFailed(cause: unknown): HoldfastError {
  if (isHoldfastError(cause, 'log-failed')) return cause
  return new HoldfastError('log-failed', 'The session log failed.', { cause })
}
