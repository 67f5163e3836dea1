/**
 * The one source of time.
 */
import type { Instant } from '../base/time.ts'

export interface Clock {
  /** A monotonic reading: never goes back, and never jumps because somebody set the wall clock. */
  now(): Instant
  /**
   * Milliseconds since 1970, for timestamps that people read and for noticing that the device slept.
   *
   * No order and no deadline ever depends on it.
   */
  wallTime(): number
  /**
   * Rings once, not before `at`. It may ring late: a throttled tab, a sleeping device.
   *
   * @returns cancels the alarm; harmless after it rang.
   */
  alarm(at: Instant, ring: () => void): () => void
}
