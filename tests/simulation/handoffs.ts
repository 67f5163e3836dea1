/**
 * Hand-offs while nothing else goes wrong: then a client must not notice more than that there was one.
 */
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

/** How long after the last fault of another kind all of its consequences are over. */
export const SETTLED_AFTER = 120_000
/** What a hand-off may take: dial, hello, a log that answers at once, welcome. */
const TAKES = 3000

export class Handoffs {
  private readonly world: World
  private disturbedAt = -Infinity

  constructor(world: World) {
    this.world = world
  }

  /** A fault that is none of the orderly hand-offs. */
  disturbed(): void {
    this.disturbedAt = this.world.now
  }

  /** Between two events: a fault that lasts disturbs until it is over. */
  look(): void {
    if (this.world.lasting.size > 0) this.disturbed()
  }

  attend(tab: Tab): void {
    const { session, machine, name } = tab
    const { world } = this
    const { laws, coverage } = world
    let began: number | undefined
    let noticed: string | undefined
    const isClean = (): boolean => began !== undefined && this.disturbedAt < began && !tab.isOver
    const judge = (): void => {
      if (isClean())
        world.guard(() => laws.must('I21', noticed === undefined, () => `${name} ${noticed} in a hand-off`))
    }
    const broken = (what: string): void => {
      if (began === undefined) return
      noticed ??= what
      judge()
    }
    session.on('notice', ({ handoff, closesInMs, leavesAt }) => {
      const leavesIn = leavesAt.getTime() - machine.host.clock.wallTime()
      // Whoever stood still for long is told late.
      const { thawedAt } = machine.host
      const isAwake = thawedAt === 0 || world.now - thawedAt > SETTLED_AFTER
      const isCalm =
        isAwake && world.now - this.disturbedAt > SETTLED_AFTER && tab.ledger?.sleepingLoss !== true
      if (handoff && isCalm && leavesIn + TAKES < closesInMs && began === undefined)
        [began, noticed] = [world.now, undefined]
    })
    session.on('handoff', () => {
      coverage.sometimes('a hand-off was completed')
      if (isClean()) coverage.sometimes('a hand-off was completed while nothing else was wrong')
      judge()
      began = undefined
    })
    session.on('lost', ({ cause, code }) => broken(`lost a line (${cause} ${code ?? ''})`))
    session.on('reset', () => broken('was reset'))
    session.on('gap', ({ reason }) => {
      // What a small log has let go of is gone, whoever the client is with [I6].
      if (reason !== 'trimmed') broken('was told of a gap')
    })
    session.on('status', ({ kind }) => {
      if (kind === 'waiting' || kind === 'connecting' || kind === 'suspended') broken(`was ${kind}`)
      if (kind === 'waiting' || kind === 'closed') began = undefined
    })
  }
}
