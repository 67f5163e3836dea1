/**
 * How many failures in a row a client counts: a line that was welcomed is no proof that all is well again before
 * it has lasted.
 */
import type { Laws } from '../laws.ts'
import type { Track } from './track.ts'

/** Failures are forgotten while a line lasts, from its first second to its tenth. */
const FROM_MS = 1000
const TO_MS = 10_000
/** The client measures by its own clock. */
const ROUNDING_MS = 5

export class Failures {
  /** The attempt that was announced last, and how many dials there had been. */
  private before: { readonly number: number; readonly dials: number } | undefined

  /** @param last - the line of the last dial */
  announced(number: number, last: Track | undefined, now: number, laws: Laws): void {
    const { before } = this
    const dials = last?.party?.dials ?? 0
    this.before = { number, dials }
    // After a hand-off two lines have a say in it.
    if (before === undefined || last?.welcomedAt === undefined || dials !== before.dials + 1) return
    const lasted = now - last.welcomedAt + ROUNDING_MS
    if (lasted >= TO_MS) return
    const left = Math.min(1, (TO_MS - lasted) / (TO_MS - FROM_MS))
    const least = Math.floor((before.number - 1) * left) + 2
    const broken = (): string =>
      `attempt ${before.number} led to a line of ${lasted} ms, and attempt ${number} comes after it`
    laws.must('I18', number >= least, broken)
  }
}
