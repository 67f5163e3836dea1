/**
 * Credentials, seen from outside: nobody gets anything without them, and they are nowhere but where they belong.
 */
import type { Greeting } from '../../src/server/session-log.ts'
import type { Wire } from '../../src/testing/virtual/wire.ts'
import { credentialIn, MARK } from './auth.ts'
import type { Heard } from './observer.ts'
import type { World } from './world.ts'

interface Shown {
  readonly credential: string | undefined
  readonly at: number
  /** Whose session is asked for. */
  owner: string | undefined
}

/** A session that the log did not know belongs to whoever came first. */
const BEGINS = /"outcome":"created"|"reason":"unknown"/

export class Secrecy {
  private readonly world: World
  /** What was shown on a line last, and when it came to the server. */
  private readonly shown = new WeakMap<Wire, Shown>()

  constructor(world: World) {
    this.world = world
  }

  /** Nobody gets anything without credentials, and credentials are nowhere but where they belong. */
  look({ step, way, type, text, wire }: Heard): void {
    const { laws, auth } = this.world
    if (type === 'hello' || type === 'auth') {
      if (type === 'hello' && step === 'arrived') this.shown.set(wire, this.showing(text))
      laws.must('I29', !wire.url.includes(MARK), () => `a token is in the URL of ${wire.name}`)
      return
    }
    laws.must('I29', !text.includes(MARK), () => `a token is in a ${type}`)
    if (way === 'up' || step === 'arrived' || type === 'error' || type === 'shutdown') return
    const shown = this.shown.get(wire)
    if (shown !== undefined && type === 'welcome' && BEGINS.test(text)) shown.owner = undefined
    const { credential, at = Infinity, owner } = shown ?? {}
    const accepted = auth.acceptance(credential)
    const isGood = accepted !== undefined && accepted.at >= at
    laws.must('I28', isGood, () => `${wire.name} gets a ${type} without credentials`)
    const isOwner = owner === undefined || accepted?.subject === owner
    laws.must('I28', isOwner, () => `${wire.name} gets a ${type} of ${owner} as ${accepted?.subject}`)
  }

  private showing(text: string): Shown {
    const session = /"session":"([^"]+)"/.exec(text)?.[1]
    const owner = this.world.knownLedger(session)?.name.split('.')[0]
    return { credential: credentialIn(text), at: this.world.now, owner }
  }

  /** Nobody asks the log for a session in the name of who never showed a good token. */
  asked({ session, subject }: Greeting): void {
    const { options, laws, auth } = this.world
    const broken = (): string => `the log is asked for ${session} by ${subject}`
    if (options.auth) laws.must('I28', auth.isKnown(subject), broken)
  }
}
