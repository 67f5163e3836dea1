/**
 * The ways in which a log loses something that it had: all, one session, or the last of everything.
 *
 * What may be missing afterwards, and must be told, is entered in the ledgers at the same moment.
 */
import type { MemoryLog } from '../../src/server/memory-log.ts'
import type { Ledger } from './ledger.ts'
import { keep } from './rewind.ts'
import type { World } from './world.ts'

export class Past {
  private readonly world: World
  private readonly log: MemoryLog

  constructor(world: World, log: MemoryLog) {
    this.world = world
    this.log = log
  }

  /** The log's process starts again with an empty memory. */
  loseAll(): void {
    this.log.forget()
    this.world.mirror.forget()
    for (const { ledgers } of this.world.clients) for (const ledger of ledgers) ledger.forget()
  }

  /** Somebody deletes a session's key, or there was no room for it. */
  lose(ledger: Ledger): void {
    if (ledger.session === undefined) return
    this.log.forget(ledger.session)
    this.world.mirror.forget(ledger.session)
    ledger.forget()
  }

  /** @returns puts everything back to this moment: what came since is lost */
  keep(): () => void {
    const { world } = this
    const restores = [keep(this.log), world.mirror.keep()]
    const ledgers = world.clients.flatMap((client) => client.ledgers)
    const kept = ledgers.map((ledger) => ({ ledger, had: ledger.inLog() }))
    const { mirror } = world
    const standingOf = ({ session = '' }: Ledger): string => {
      const { up, head } = mirror.levelOf(session)
      const { epoch, generation } = mirror.grantOf(session)
      return [up, head, epoch, generation].join()
    }
    return () => {
      const before = kept.map(({ ledger }) => standingOf(ledger))
      for (const restore of restores) restore()
      for (const [index, { ledger, had }] of kept.entries()) {
        ledger.rewound(had)
        if (standingOf(ledger) !== before[index]) ledger.sleepingLoss = true
      }
    }
  }
}
