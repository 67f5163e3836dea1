/**
 * Credentials, seen from outside: nobody gets anything without them, and they are nowhere but where they belong.
 */
import type { Greeting } from '../../src/server/session-log.ts'
import type { Wire } from '../../src/testing/virtual/wire.ts'
import { MARK, tokenIn } from './auth.ts'
import type { Heard } from './observer.ts'
import { FORGED } from './strangers.ts'
import type { World } from './world.ts'

export class Secrecy {
  private readonly world: World
  /** The token that was shown on a line last. */
  private readonly shown = new WeakMap<Wire, string | undefined>()
  /** The highest generation that ever greeted, whatever the log has lost since. */
  private readonly highest = new Map<string, number>()

  constructor(world: World) {
    this.world = world
  }

  /** Nobody gets anything without credentials, and credentials are nowhere but where they belong. */
  look({ step, way, type, text, wire }: Heard): void {
    const { laws, auth } = this.world
    if (type === 'hello' || type === 'auth') {
      if (way === 'up') this.shown.set(wire, tokenIn(text))
      laws.must('I29', !wire.url.includes(MARK), () => `a token is in the URL of ${wire.name}`)
      return
    }
    laws.must('I29', !text.includes(MARK), () => `a token is in a ${type}`)
    if (way === 'up' || step === 'arrived' || type === 'error' || type === 'shutdown') return
    laws.must(
      'I28',
      auth.subjectOf(this.shown.get(wire)) !== undefined,
      () => `${wire.name} gets a ${type} without credentials`,
    )
  }

  /** @returns whether the log may hear of it */
  lets({ session, subject, generation }: Greeting): boolean {
    const { options, laws, auth, mirror } = this.world
    const broken = (): string => `the log is asked for ${session} by ${subject}`
    if (options.auth) this.world.guard(() => laws.must('I28', auth.isKnown(subject), broken))
    // Who comes first after a log has lost everything owns the session, be it with a hello that was overheard:
    // nobody can tell them from the owner, so here they come too late.
    const owner = this.world.knownLedger(session)?.name.split('.')[0]
    if (options.auth && subject !== owner && mirror.epochOf(session) === '') return false
    const highest = this.highest.get(session) ?? 0
    if (generation === FORGED) return mirror.epochOf(session) !== ''
    if (generation <= highest) return mirror.generationOf(session) >= generation
    this.highest.set(session, generation)
    return true
  }
}
