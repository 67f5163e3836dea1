/**
 * What IndexedDB can be like for a while, or once.
 */
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { OpenVerdict, Origin } from './idb-origin.ts'
import type { Step, StepVerdict } from './idb-transaction.ts'
import type { Queues } from './queues.ts'
import { LONGEST_MS, Spells, Strikes } from './spells.ts'
import type { Lasts, StorageFault, StorageOptions } from './storage.ts'

interface Trouble {
  readonly onOpen?: () => OpenVerdict
  readonly onStep?: (step: Step) => StepVerdict
  readonly deniesLocks?: true
  /** How much longer each step takes. */
  readonly slower?: (step: Step['type'] | 'open') => number
}

export class IdbTroubles {
  readonly faults: Readonly<Record<string, StorageFault>>
  /** With the fault that each is of. */
  private readonly troubles = new Map<Trouble, string>()
  private readonly strikes = new Strikes()
  private readonly spells = new Spells()
  private readonly longestMs: number

  /** @param outdate - makes the databases those of a newer version, or ours again. */
  constructor(
    { longestMs = LONGEST_MS }: StorageOptions,
    origin: () => Origin,
    locks: Queues,
    outdate: (isNewer: boolean) => void,
  ) {
    this.longestMs = longestMs
    this.faults = this.strikes.named({
      'F61 put refused': this.spell((luck) => ({ onStep: failing('put', 'QuotaExceededError', luck) })),
      'F62 commit aborts': this.spell((luck) => ({
        onStep: failing('commit', luck.pick(['QuotaExceededError', 'UnknownError', 'AbortError']), luck),
      })),
      'F63 connection lost': (luck, lasts) => {
        if (origin().breakAll(luck.happens(0.5)) > 0) this.strikes.count('F63 connection lost')
        if (luck.happens(0.5)) return
        const onOpen = (): OpenVerdict => ({ kind: 'fails', name: 'UnknownError' })
        this.add({ onOpen }, luck.between(5, this.longestMs), lasts)
      },
      'F64 open hangs': this.hanging(false, origin),
      'F64 open blocked': this.hanging(true, origin),
      'F64 newer version': (luck, lasts) => {
        origin().askToGo()
        outdate(true)
        this.strikes.count('F64 newer version')
        this.add({}, luck.between(5, this.longestMs), lasts, () => outdate(false))
      },
      'F65 early commit': this.spell((luck) => ({
        onStep: ({ type }) => (type === 'get' && luck.happens(0.5) ? { kind: 'commits-early' } : undefined),
      })),
      'F73 slow database': (luck, lasts) => {
        const slowness = luck.pick([100, 1000, 3000])
        const slower = (): number => luck.between(0, slowness)
        this.add({ slower }, luck.between(500, 20_000), lasts)
      },
      'F81 locks stolen': () => {
        if (locks.stealAll() > 0) this.strikes.count('F81 locks stolen')
      },
      'F81 locks denied': this.spell(() => ({ deniesLocks: true })),
    })
  }

  get areLocksDenied(): boolean {
    return this.first(({ deniesLocks }) => deniesLocks) === true
  }

  onOpen(): OpenVerdict {
    return this.first(({ onOpen }) => onOpen?.())
  }

  onStep(step: Step): StepVerdict {
    return this.first(({ onStep }) => onStep?.(step))
  }

  slower(step: Step['type'] | 'open'): number {
    return this.first(({ slower }) => slower?.(step)) ?? 0
  }

  get struck(): ReadonlyMap<string, number> {
    return this.strikes.counts
  }

  heal(): void {
    this.spells.endAll()
  }

  private first<T>(ask: (trouble: Trouble) => T | undefined): T | undefined {
    for (const [trouble, name] of this.troubles) {
      const answer = ask(trouble)
      if (answer === undefined) continue
      this.strikes.count(name)
      return answer
    }
    return undefined
  }

  private spell(make: (luck: Chance) => Trouble): StorageFault {
    return (luck, lasts) => this.add(make(luck), luck.between(5, this.longestMs), lasts)
  }

  /** The connection goes, so that there is an open to hang. */
  private hanging(blocked: boolean, origin: () => Origin): StorageFault {
    return (luck, lasts) => {
      let wake = (): void => undefined
      const until = new Promise<void>((resolve) => (wake = resolve))
      this.add(
        { onOpen: () => ({ kind: 'hangs', blocked, until }) },
        luck.between(5, this.longestMs),
        lasts,
        wake,
      )
      if (luck.happens(0.5)) origin().breakAll(true)
    }
  }

  private add(trouble: Trouble, ms: number, lasts: Lasts, end: () => void = () => undefined): void {
    this.troubles.set(trouble, this.strikes.current)
    this.spells.begin(ms, lasts, () => {
      this.troubles.delete(trouble)
      end()
    })
  }
}

function failing(type: Step['type'], name: string, luck: Chance): (step: Step) => StepVerdict {
  const often = luck.pick([0.5, 1])
  return (step) => (step.type === type && luck.happens(often) ? { kind: 'fails', name } : undefined)
}
