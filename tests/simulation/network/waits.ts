/** The waits that clients announce: each by itself, and all of them together. */
import type { Laws } from '../laws.ts'

interface Attempt {
  readonly number: number
  readonly waitMs: number
  readonly cause: string
}

/** No wait is longer; and what a client's own grow to, by default. */
const MOST_MS = 60_000
const CAP_MS = 45_000
/** From this attempt on the bound has met its cap. */
const AT_CAP_FROM = 8
/** What is shorter was cut short by a hint or a message. */
const CUT_SHORT_MS = 301
const SHARE = 0.02
/** Below so many, chance alone makes a value stand out. */
const ENOUGH = 1000

/** So many waits back, no wait that was drawn is the same to the last bit: in 32 bits that chance is none. */
const REMEMBERED = 8

/** Counts by whole milliseconds; those at the cap apart. */
export interface WaitCounts {
  readonly drawn: Record<string, number>
  readonly capped: Record<string, number>
}

export const noWaits = (): WaitCounts => ({ drawn: {}, capped: {} })

export class Waits implements WaitCounts {
  readonly drawn: Record<string, number> = {}
  readonly capped: Record<string, number> = {}
  private readonly latest: number[] = []

  take({ number, waitMs, cause }: Attempt, laws: Laws): void {
    laws.must('I18', waitMs >= 0 && waitMs <= MOST_MS, () => `a wait of ${waitMs} ms`)
    // An appointment is the server's choice.
    if (cause === 'shutdown' || cause === 'overloaded') return
    this.compare(waitMs, laws)
    const value = String(Math.round(waitMs))
    this.drawn[value] = (this.drawn[value] ?? 0) + 1
    if (isAtCap({ number, waitMs, cause })) this.capped[value] = (this.capped[value] ?? 0) + 1
  }

  /** Where two are equal they pile up: whoever draws as this one does comes back at the same moment. */
  private compare(waitMs: number, laws: Laws): void {
    if (waitMs === 0) return
    laws.must('I18', !this.latest.includes(waitMs), () => `a wait of ${waitMs} ms is drawn again`)
    this.latest.push(waitMs)
    if (this.latest.length > REMEMBERED) this.latest.shift()
  }
}

export const isAtCap = ({ number, waitMs, cause }: Attempt): boolean =>
  number >= AT_CAP_FROM && waitMs > CUT_SHORT_MS && cause !== 'shutdown' && cause !== 'overloaded'

/** What is wrong with all waits of a run together; nothing if they are spread as they must be, or are too few. */
export function judgeWaits({ drawn, capped }: WaitCounts): readonly string[] {
  return [...atomsIn(drawn, 'all waits'), ...atomsIn(capped, 'waits at the cap'), ...narrow(capped)]
}

export const countOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

export function deviationOf(counts: Readonly<Record<string, number>>): number {
  const total = countOf(counts)
  const entries = Object.entries(counts)
  const mean = entries.reduce((sum, [value, count]) => sum + Number(value) * count, 0) / total
  return Math.sqrt(
    entries.reduce((sum, [value, count]) => sum + count * (Number(value) - mean) ** 2, 0) / total,
  )
}

export function describeWaits({ drawn, capped }: WaitCounts): string {
  const most = Math.max(0, ...Object.values(drawn)) / Math.max(1, countOf(drawn))
  const share = `${(100 * most).toFixed(2)} %`
  const spread = countOf(capped) === 0 ? '' : `, deviating by ${deviationOf(capped).toFixed(0)} ms`
  return `waits: ${countOf(drawn)}, no value more than ${share}; ${countOf(capped)} at the cap${spread}`
}

function atomsIn(counts: Readonly<Record<string, number>>, what: string): string[] {
  const total = countOf(counts)
  if (total < ENOUGH) return []
  return Object.entries(counts)
    .filter(([, count]) => count / total > SHARE)
    .map(([value, count]) => `I18: ${value} ms is ${count} of ${total}: ${what}`)
}

function narrow(capped: Readonly<Record<string, number>>): string[] {
  const total = countOf(capped)
  if (total < ENOUGH) return []
  // The rule leaves a hundredth of room; three errors of the sample's own deviation are allowed for.
  const error = 3 * Math.sqrt(0.2 / total)
  const least = 0.25 * CAP_MS * (1 - error)
  const deviation = deviationOf(capped)
  return deviation >= least
    ? []
    : [`I18: waits at the cap deviate by ${deviation.toFixed(0)} ms, of ${total}`]
}
