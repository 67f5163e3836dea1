/** Many seeds on every core, with a line now and then about how far it is, and everything that was seen. */
import { availableParallelism } from 'node:os'
import { playByCrew } from './crew.ts'
import { judgeWaits } from './network/waits.ts'
import type { Scale } from './options.ts'
import { progress } from './report.ts'
import { emptyTally, mergeTally, type Tally } from './tally.ts'
import type { Slice } from './worker.ts'

export interface CampaignOptions {
  /** The first seed, and how many from there on. */
  readonly first: number
  readonly count: number
  /** So many of them are played twice, and must be the same run. */
  readonly twice?: number
  /** Only worlds of this scale; otherwise each seed says which. */
  readonly scale?: Scale | undefined
  readonly jobs?: number
  readonly minutes?: number
  /** Goes on after a failure. */
  readonly keepsGoing?: boolean
  readonly print: (line: string) => void
}

export interface Campaign {
  readonly tally: Tally
  readonly seconds: number
  /** Laws that only all seeds together can break. */
  readonly broken: readonly string[]
}

const REPORTS_EVERY = 10

export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const { first, count, twice = 0, scale, jobs = availableParallelism(), minutes = 600, print } = options
  const started = performance.now()
  const seconds = (): number => (performance.now() - started) / 1000
  const tally = emptyTally()
  const most = scale === 'hours' ? 5 : 50
  let given = 0
  let reportedAt = 0
  const next = (): Slice | undefined => {
    if (given >= count || seconds() > minutes * 60) return undefined
    const size = Math.min(most, count - given, given < twice ? twice - given : Infinity)
    given += size
    return { first: first + given - size, count: size, twice: given <= twice, scale }
  }
  const done = (part: Tally): boolean => {
    mergeTally(tally, part)
    for (const { seed, message } of part.failures) print(`seed ${seed} fails: ${message}`)
    if (seconds() - reportedAt > REPORTS_EVERY) {
      reportedAt = seconds()
      print(progress(tally, seconds()))
    }
    return options.keepsGoing === true || tally.failures.length === 0
  }
  await playByCrew({ jobs, next, done })
  const broken = judgeWaits(tally.waits)
  for (const law of broken) print(law)
  return { tally, seconds: seconds(), broken }
}
