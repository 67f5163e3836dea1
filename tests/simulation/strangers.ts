/**
 * Those who dial and are none of our clients: they say nothing, or say again what they have overheard. Whatever
 * they say, nobody lets them in.
 */
import type { Greeting } from '../../src/server/session-log.ts'
import { Host } from '../../src/testing/virtual/host.ts'
import { after, milliseconds } from '../../src/base/time.ts'
import { SUBPROTOCOL } from '../../src/protocol/frames.ts'
import type { World } from './world.ts'

/** Whose token a client shows that was given the wrong one. */
export const SOMEBODY_ELSE = 'a stranger'
/** The generation that forged hellos claim. */
export const FORGED = 999_999
/** Milliseconds after which nobody is under way any more: a slow network, and a slow check of a token. */
const UNDER_WAY = 60_000

export interface Visit {
  /** What is said as soon as somebody answers. */
  readonly texts: readonly string[]
  /** Milliseconds until the visitor hangs up. */
  readonly ms: number
  readonly subprotocol?: string
  /** The session that they ask for. */
  readonly session?: string
  /** The server has hung up, or was not there. */
  readonly turnedAway?: () => void
}

export class Strangers {
  private readonly world: World
  /** Sessions that somebody asked for who has no business there, and until when that may be under way. */
  private readonly asked = new Map<string, number>()
  /** The highest generation that was ever let in, whatever the log has lost since. */
  private readonly highest = new Map<string, number>()

  constructor(world: World) {
    this.world = world
  }

  visit({ texts, ms, subprotocol = SUBPROTOCOL, session, turnedAway }: Visit): void {
    const { world } = this
    const { timeline, network, laws } = world
    if (session !== undefined) this.asked.set(session, world.now + UNDER_WAY)
    const connection = network.dial(
      new Host(timeline),
      { url: 'ws://stage.test/', subprotocol },
      {
        opened: () => {
          for (const text of texts) connection.send(text)
        },
        received: (text) => {
          const isLetIn = /^\{"type":"(welcome|live|messages|gap|snapshot)"/.test(String(text))
          const broken = (): string => `a stranger is told ${String(text).slice(0, 80)}`
          world.guard(() => laws.must('I28', !isLetIn, broken))
        },
        dropped: () => turnedAway?.(),
      },
    )
    timeline.schedule(after(timeline.now, milliseconds(ms)), () => connection.close(1000, ''))
  }

  /**
   * Who comes first after a log has lost a session owns it, be it with a hello that was overheard, or with somebody
   * else's token: nobody can tell them from the owner. So here they come too late.
   *
   * @returns how they are refused, if they are
   */
  refusalOf({ session, generation, subject }: Greeting): 'forked' | 'forbidden' | undefined {
    const { world } = this
    const { mirror, now } = world
    if (subject === SOMEBODY_ELSE && world.knownLedger(session) !== undefined)
      return mirror.isThere(session) ? undefined : 'forbidden'
    if (now > (this.asked.get(session) ?? -Infinity)) return undefined
    const known = mirror.generationOf(session)
    const isLate =
      generation === FORGED ? known === 0 : generation > known && generation <= this.highestOf(session)
    return isLate ? 'forked' : undefined
  }

  private highestOf(session: string): number {
    return this.highest.get(session) ?? 0
  }

  /** Somebody was let in under it. */
  granted({ session, generation }: Greeting): void {
    this.highest.set(session, Math.max(this.highestOf(session), generation))
  }
}
