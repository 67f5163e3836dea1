/** What is put on lines in somebody's name: whoever reads it must hang up, or go on as before. */
import type { Way, Wire } from '../../../src/testing/virtual/wire.ts'
import type { World } from '../world.ts'
import type { Hostile } from './hostile.ts'
import type { Track } from './track.ts'

/** A line that lasted so long is proof that the two understand each other. */
const ACCUSED_AFTER_MS = 15_000

interface Expected {
  readonly way: Way
  readonly hostile: Hostile
}

interface Reading extends Expected {
  readonly wire: Wire
}

export class Misunderstandings {
  private readonly world: World
  private readonly expected = new Map<Wire, Expected[]>()
  /** By client: when something was last put in its mouth. */
  private readonly accusedAt = new Map<string, number>()
  /** What was read since anybody looked, and on which lines the reader has said that it makes no sense. */
  private readonly read: Reading[] = []
  private readonly refused: { readonly wire: Wire; readonly way: Way }[] = []

  constructor(world: World) {
    this.world = world
  }

  /** Something is on its way in the name of `accused`. */
  expect(wire: Wire, way: Way, hostile: Hostile, accused: string | undefined): void {
    const before = this.expected.get(wire)
    if (before === undefined) this.expected.set(wire, [{ way, hostile }])
    else before.push({ way, hostile })
    if (way === 'up' && accused !== undefined) this.accuse(accused)
  }

  /** A server will say that it does not understand the client of this name. */
  accuse(name: string): void {
    this.accusedAt.set(name, this.world.now)
  }

  /** Whether the server may be made to misunderstand the client: not again before a line has lasted. */
  mayFollow({ party, welcomedAt }: Track): boolean {
    if (party === undefined || welcomedAt === undefined || party.host.isFrozen) return false
    // By the client's own clock it lasts no longer while its machine sleeps.
    const lastedFor = this.world.now - Math.max(welcomedAt, party.host.thawedAt)
    return welcomedAt > (this.accusedAt.get(party.name) ?? 0) && lastedFor > ACCUSED_AFTER_MS
  }

  arrived(wire: Wire, way: Way, text: unknown): void {
    const expected = this.expected.get(wire) ?? []
    const index = expected.findIndex((one) => one.way === way && one.hostile.text === text)
    const [found] = index < 0 ? [] : expected.splice(index, 1)
    if (found === undefined) return
    const { hostile } = found
    // Before the welcome nothing else is harmless.
    const isWelcomed = this.world.lines.tracks.get(wire)?.welcomedAt !== undefined
    if (hostile.isFault || isWelcomed) this.read.push({ wire, way, hostile })
  }

  /** Whoever reads there ends the line, because what it read makes no sense. */
  notUnderstood(wire: Wire, way: Way): void {
    this.refused.push({ wire, way })
  }

  /** Between two events: what was read is answered by now. */
  look(): void {
    const { laws, coverage } = this.world
    const read = this.read.splice(0)
    const refused = this.refused.splice(0)
    for (const { wire, way, hostile } of read) {
      const isHere = (one: { readonly wire: Wire; readonly way: Way }): boolean =>
        one.wire === wire && one.way === way
      const about = (what: string) => () => `${wire.name}: ${hostile.about} (${way}) was read and ${what}`
      if (hostile.isFault) {
        const isHungUp = way === 'down' ? !wire.reachesClient : !wire.reachesServer
        laws.must('I23', isHungUp, about('not answered by the end'))
        coverage.sometimes(way === 'down' ? 'client hung up on nonsense' : 'server hung up on nonsense')
      } else if (!read.some((one) => one.hostile.isFault && isHere(one)))
        laws.must('I23', !refused.some(isHere), about('ended the line'))
    }
  }
}
