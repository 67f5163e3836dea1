/**
 * Whoever gives out tokens and knows whose they are: can be down, slow, and take a token back.
 *
 * Every token has the mark in it, so that it is found wherever it must not be.
 */
import type { Chance } from '../../src/testing/virtual/chance.ts'
import type { Timeline } from '../../src/testing/virtual/timeline.ts'

/** Stands in every token and in nothing else. */
export const MARK = 'tkn~'

interface Issued {
  readonly subject: string
  until: number
}

export interface Acceptance {
  readonly subject: string
  readonly at: number
}

export class Auth {
  isDown = false
  slowMs = 0
  private readonly timeline: Timeline
  private readonly luck: Chance
  private readonly tokens = new Map<string, Issued>()
  private readonly current = new Map<string, string>()
  /** Tokens that were found good, for whom, and when last. */
  private readonly accepted = new Map<string, Acceptance>()
  private count = 0

  constructor(timeline: Timeline, luck: Chance) {
    this.timeline = timeline
    this.luck = luck
  }

  /** What a client's application answers when it is asked for a token. */
  tokenFor(subject: string, refresh: boolean): string {
    const known = this.current.get(subject)
    if (known !== undefined && !refresh) return known
    this.count += 1
    const token = `${MARK}${subject}-${this.count}-${this.luck.whole(0, 999_999)}`
    this.tokens.set(token, { subject, until: this.timeline.now + this.luck.pick([120_000, 86_400_000]) })
    this.current.set(subject, token)
    return token
  }

  /** One that was good once. */
  expiredFor(subject: string): string {
    const token = `${MARK}${subject}-expired`
    this.tokens.set(token, { subject, until: 0 })
    return token
  }

  /** The server's option. */
  readonly authenticate = async (token: string | undefined): Promise<string | undefined> => {
    if (this.slowMs > 0) await this.timeline.pause(this.slowMs)
    if (this.isDown) {
      const cause = Object.assign(new Error('the provider of identities is down'), { code: 'overloaded' })
      throw this.luck.happens(0.5) ? cause : Object.assign(cause, { retryAfterMs: this.luck.whole(0, 3000) })
    }
    const issued = token === undefined ? undefined : this.tokens.get(token)
    if (token === undefined || issued === undefined || issued.until <= this.timeline.now) {
      if (this.luck.happens(0.5)) return undefined
      throw new Error(`no such token: ${token ?? ''}`)
    }
    this.accepted.set(token, { subject: issued.subject, at: this.timeline.now })
    return issued.subject
  }

  /** A token that was given out is worth nothing any more. */
  revoke(subject: string): void {
    const issued = this.tokens.get(this.current.get(subject) ?? '')
    if (issued !== undefined) issued.until = 0
  }

  acceptance(token: string | undefined): Acceptance | undefined {
    return token === undefined ? undefined : this.accepted.get(token)
  }

  /** Whether somebody of this name has shown a good token. */
  isKnown(subject: string): boolean {
    return [...this.accepted.values()].some((one) => one.subject === subject)
  }

  calm(): void {
    this.isDown = false
    this.slowMs = 0
  }
}

/** What a hello, or a later frame, shows. */
export const credentialIn = (text: string): string | undefined => /"(?:auth|token)":"([^"]*)"/.exec(text)?.[1]
