/** What is put on lines in somebody's name: whoever reads it must hang up, or go on as before. */
import type { Way, Wire } from '../../../src/testing/virtual/wire.ts'
import type { World } from '../world.ts'
import type { Hostile } from './hostile.ts'
import type { Track } from './track.ts'

/** A line that lasted so long is proof that the two understand each other. */
const ACCUSED_AFTER_MS = 15_000

export class Misunderstandings {
  private readonly world: World
  private readonly expected = new Map<Wire, Hostile>()
  /** By client: when something was last put in its mouth. */
  private readonly accusedAt = new Map<string, number>()
  private readonly doomed: { readonly wire: Wire; readonly way: Way; readonly about: string }[] = []

  constructor(world: World) {
    this.world = world
  }

  /** Something is on its way in the name of `accused`. */
  expect(wire: Wire, way: Way, hostile: Hostile, accused: string | undefined): void {
    this.expected.set(wire, hostile)
    if (way === 'up' && accused !== undefined) this.accuse(accused)
  }

  /** A server will say that it does not understand the client of this name. */
  accuse(name: string): void {
    this.accusedAt.set(name, this.world.now)
  }

  /** Whether the server may be made to misunderstand the client: not again before a line has lasted. */
  mayFollow({ party, welcomedAt }: Track): boolean {
    if (party === undefined || welcomedAt === undefined || party.host.isFrozen) return false
    return (
      welcomedAt > (this.accusedAt.get(party.name) ?? 0) && this.world.now - welcomedAt > ACCUSED_AFTER_MS
    )
  }

  arrived(wire: Wire, way: Way, text: unknown): void {
    const hostile = this.expected.get(wire)
    if (hostile === undefined || hostile.text !== text) return
    this.expected.delete(wire)
    this.world.guard(() => this.world.laws.must('I23', true, () => ''))
    if (hostile.isFault) this.doomed.push({ wire, way, about: hostile.about })
  }

  /** Between two events: what was read is answered by now. */
  look(): void {
    const { laws, coverage } = this.world
    for (const { wire, way, about } of this.doomed.splice(0)) {
      const isHungUp = way === 'down' ? !wire.reachesClient : !wire.reachesServer
      laws.must('I23', isHungUp, () => `${wire.name}: ${about} (${way}) was read and not answered by the end`)
      coverage.sometimes(way === 'down' ? 'client hung up on nonsense' : 'server hung up on nonsense')
    }
  }
}
