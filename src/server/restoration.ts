/**
 * Getting a session's state back from its client, after the server has lost it.
 *
 * A client that does not answer in time has none: the session then begins with the initial state, because its
 * messages must not wait for ever. So does one whose state we cannot take: asked again, it would send it again.
 */
import { HoldfastError } from '../base/errors.ts'
import { after, milliseconds } from '../base/time.ts'
import type { Clock } from '../ports/clock.ts'
import { assemble, type Assembly } from '../protocol/assembly.ts'
import type { Restore } from '../protocol/frames.ts'
import { isWithin } from '../protocol/fields.ts'
import { MAX_STATE_DEPTH } from '../protocol/limits.ts'

export interface RestorationOptions {
  readonly clock: Clock
  /** How long the client may take for each piece. */
  readonly patienceMs: number
  readonly mostCharacters: number
  /** The client has given its state, which stands for the messages that `said` names. */
  readonly given: (state: unknown, said: Numbers, at: Numbers) => void
  /** The client has none. */
  readonly none: (at: Numbers) => void
  readonly failed: (error: HoldfastError) => void
}

/** The last message of each direction. */
export interface Numbers {
  readonly up: number
  readonly down: number
}

/** What came of a piece. */
export type Taken = 'taken' | { readonly fault: string }

export class Restoration {
  /** Whether the client is to send its state. */
  isWanted = false
  private readonly options: RestorationOptions
  private at: Numbers = { up: 0, down: 0 }
  /** Whether it took the client too long, or what it sends cannot be taken. */
  private hasGivenUp = false
  private assembly: Assembly | undefined
  private characters = 0
  private cancel: () => void = () => {}

  constructor(options: RestorationOptions) {
    this.options = options
  }

  /**
   * A connection over which the client was asked is open: the pieces come from the first on.
   *
   * @param at - where the log stood then: what a session without a state begins from
   */
  expect(at: Numbers): void {
    this.at = at
    this.hasGivenUp = false
    this.assembly = undefined
    this.characters = 0
    this.wait()
  }

  /** The connection is over; the client will be asked again over the next one. */
  stop(): void {
    this.cancel()
  }

  take(piece: Restore): Taken {
    // A client that slept sends in good faith what nobody waits for any more.
    if (this.hasGivenUp) return 'taken'
    if (!this.isWanted) return { fault: 'a state that nobody asked for' }
    this.characters += piece.text.length
    if (this.characters > this.options.mostCharacters)
      return this.forgo('too large', 'Raise `limits.stateBytes`.')
    this.assembly = assemble(piece, this.assembly)
    switch (this.assembly.kind) {
      case 'broken':
        return { fault: this.assembly.fault }
      case 'partial':
        this.wait()
        return 'taken'
      case 'whole':
        return this.settle(this.assembly.text, this.assembly)
    }
  }

  /** Goes on without the state, whatever is still on its way. */
  private forgo(why: string, hint: string): Taken {
    this.hasGivenUp = true
    this.assembly = undefined
    const message = `The client’s state is ${why}: the session goes on from the initial state.`
    const facts = { mostCharacters: this.options.mostCharacters }
    this.options.failed(new HoldfastError('message-too-large', message, { hint, facts }))
    return this.settle(undefined, this.at)
  }

  private wait(): void {
    const { clock, patienceMs } = this.options
    this.cancel()
    this.cancel = clock.alarm(after(clock.now(), milliseconds(patienceMs)), () => {
      this.hasGivenUp = true
      this.settle(undefined, this.at)
    })
  }

  private settle(text: string | undefined, said: Numbers): Taken {
    const { given, none } = this.options
    if (text === undefined) {
      this.end()
      none(this.at)
      return 'taken'
    }
    const read = parsed(text)
    if (read === undefined) return { fault: 'a state that is not JSON' }
    const { state } = read
    if (!isWithin(state, MAX_STATE_DEPTH)) return this.forgo('nested too deep', 'Keep a flatter one.')
    this.end()
    given(state, said, this.at)
    return 'taken'
  }

  private end(): void {
    this.isWanted = false
    this.cancel()
  }
}

function parsed(text: string): { readonly state: unknown } | undefined {
  try {
    return { state: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}
