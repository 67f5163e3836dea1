/**
 * Time with a unit in its type.
 *
 * An `Instant` is a reading of some monotonic clock, a `Duration` a length; both are milliseconds. The
 * brand keeps one from being passed for the other, and `after` is the only bridge between them.
 */

declare const instant: unique symbol
declare const duration: unique symbol

/** A moment on a monotonic clock, in milliseconds since that clock's own zero. */
export type Instant = number & { readonly [instant]: true }

/** A length of time, in milliseconds. */
export type Duration = number & { readonly [duration]: true }

/** Reads a bare number as a moment; only clocks and tests may. */
export const at = (milliseconds: number): Instant => milliseconds as Instant

export const milliseconds = (count: number): Duration => count as Duration
export const seconds = (count: number): Duration => (count * 1000) as Duration
export const minutes = (count: number): Duration => (count * 60_000) as Duration

/** The moment that lies `length` after `start`. */
export const after = (start: Instant, length: Duration): Instant => (start + length) as Instant

/** How long it is from `start` to `end`; negative if `end` comes first. */
export const between = (start: Instant, end: Instant): Duration => (end - start) as Duration

/** A deadline that is never met: the neutral element of `earliest`. */
export const NEVER = Infinity as Instant

/** The first of some deadlines; `NEVER` if there is none. */
export function earliest(...instants: readonly (Instant | undefined)[]): Instant {
  let first = NEVER
  for (const candidate of instants) if (candidate !== undefined && candidate < first) first = candidate
  return first
}

/** The last of two moments. */
export const later = (one: Instant, other: Instant): Instant => (one > other ? one : other)

export const shortest = (one: Duration, other: Duration): Duration => (one < other ? one : other)
export const longest = (one: Duration, other: Duration): Duration => (one > other ? one : other)
