/**
 * The laws that must hold, by the names that the documentation gives them, and how often each was looked at.
 *
 * A law that nobody looked at proves nothing, so the counts are part of every report.
 */
import { Violation } from './entries.ts'

/** Each invariant in a few words; `docs/reliability.md` has them whole. */
export const LAWS = {
  I1: 'messages are delivered in the order of their numbers, with none skipped',
  I2: 'what is not delivered is told as a gap, in its place',
  I3: 'no message is delivered twice in one life of a client',
  I4: 'what a later life is offered again says so, and the states that both ends fold have it once, in order',
  I5: 'nothing is acknowledged before it was processed and is in the store',
  I6: 'a server lets go of what was acknowledged, or says exactly what is gone',
  I7: 'messages of two incarnations of the log are never mixed: a reset comes between',
  I8: 'what was told as stored reaches the server',
  I9: 'a message is appended once, in order, and offered again only with a mark',
  I10: 'a message keeps its number for ever',
  I11: 'after a reset exactly the messages of unknown fate are named',
  I12: 'every delivery settles once, and closing leaves none open',
  I13: 'the log takes appends and acknowledgements from the highest generation alone',
  I14: 'a client that lost its store begins a new session',
  I15: 'however often a hello is repeated, one connection is left',
  I16: 'one holder at a time writes to a store, and a robbed one writes nothing',
  I17: 'a session ends by a word of the application or the server, never by a close code',
  I18: 'no wait is longer than a minute or piles up with others, dials are few, and appointments are kept',
  I19: 'a dead line is found in time, and none is called dead for the client’s own standing still',
  I20: 'whatever arrives is a sign of life, and whatever is sent is none',
  I21: 'a hand-off is no loss, no reset and no gap of its own, and one line at a time is spoken on',
  I22: 'when all is well again, everything comes to rest',
  I23: 'nothing that comes from outside throws where nobody can catch it',
  I24: 'everything that can grow has a bound that is kept',
  I25: 'after a crash a store has a prefix of what was committed, with all that it answered for',
  I26: 'no order depends on the wall clock',
  I27: 'what a newer version wrote is left as it is',
  I28: 'without credentials nothing is replayed',
  I29: 'a token is in the hello and nowhere else',
  I30: 'the same seed plays the same run',
} as const

export type Law = keyof typeof LAWS

/** Laws that worlds cannot break, and the rules whose tests look at them. */
export const LOOKED_AT_ELSEWHERE: Readonly<Partial<Record<Law, string>>> = {
  I27: 'PS-6, ST-6 and ST-10: a store of a newer version is left as it is',
}

export class Laws {
  /** How often each was looked at. */
  readonly counts = new Map<Law, number>()

  /** @throws {@link Violation} that begins with the law's name */
  must(law: Law, holds: boolean, broken: () => string): void {
    this.counts.set(law, (this.counts.get(law) ?? 0) + 1)
    if (!holds) throw new Violation(`${law}: ${broken()}`)
  }

  /** What is there, if it must be. @throws {@link Violation} */
  present<Value>(law: Law, value: Value | undefined, missing: () => string): Value {
    this.must(law, value !== undefined, missing)
    // The law has just said so.
    return value as Value
  }
}
