/**
 * How long to wait before dialing again.
 *
 * The first dial after a loss is drawn from a small range: a lone client is back at once, and a server with
 * many clients widens the range in its welcome. After that the wait is drawn evenly below a bound that doubles
 * with every failed attempt until it meets `max`. The bound is never smaller than the first range: the many
 * clients of that server are no fewer because the first dial failed. The draw lies inside the cap, so the
 * jitter survives it: no two waits pile up there.
 *
 * The least wait is two fifths of the bound, so that no client is so lucky that it hammers, and so that few of
 * its dials fall into an outage that has just begun; but never more than an eighth of the cap, so that the
 * crowd of a long outage stays spread over more than a quarter of it. `npm run storm` shows what these numbers do.
 */
import type { Duration } from '../../base/time.ts'
import { drawBetween, type Rng } from './rng.ts'

export interface Backoff {
  readonly base: Duration
  readonly max: Duration
  readonly first: Duration
}

export interface Wait {
  readonly length: Duration
  readonly rng: Rng
}

/** No automatic wait that the client chooses is longer than this, whatever the options say. */
export const CEILING = 60_000 as Duration

/** @param failures - attempts that failed in a row; 0 right after a connection was lost. */
export function drawWait(
  rng: Rng,
  backoff: Backoff,
  failures: number,
  first: Duration = backoff.first,
): Wait {
  const bound = failures === 0 ? Math.min(first, CEILING) : boundOf(backoff, failures, first)
  const drawn = drawBetween(rng, failures === 0 ? 0 : leastOf(backoff, bound), bound)
  return { length: drawn.value as Duration, rng: drawn.rng }
}

/** The largest wait after so many failures. */
export function boundOf(backoff: Backoff, failures: number, first: Duration = backoff.first): number {
  // 2^30 times the smallest base is far beyond any cap, and keeps the power finite.
  const doubled = backoff.base * 2 ** Math.min(failures - 1, 30)
  return Math.min(Math.max(doubled, first), backoff.max, CEILING)
}

/** The smallest wait under that bound. */
export function leastOf(backoff: Backoff, bound: number): number {
  return Math.min(bound * 0.4, Math.min(backoff.max, CEILING) / 8)
}

/**
 * The least wait after so many failures: a server that asks for little for ever is dialed ever less often, too.
 *
 * The range that a welcome named has no part in it: that range spreads a crowd to which nobody has named a time,
 * and who hands out turns has spread it already.
 */
export function leastAfter(backoff: Backoff, failures: number): Duration {
  return (failures === 0 ? 0 : leastOf(backoff, boundOf(backoff, failures))) as Duration
}

/** A line that did not even last this long proves nothing. */
const PROVES_NOTHING = 1000

/**
 * How many failures still count when a line is lost before it proved stable: fewer, the longer it lasted. A
 * server that greets and cuts is left alone ever longer; one that worked for some seconds is not far from well.
 */
export function remembered(failures: number, lasted: Duration, stableAfter: Duration): number {
  const left = (stableAfter - lasted) / Math.max(stableAfter - PROVES_NOTHING, 1)
  return Math.floor(failures * Math.min(Math.max(left, 0), 1))
}

/** What the server asked for, moved by up to a tenth either way so that its clients do not return in step. */
export function drawAround(rng: Rng, asked: Duration): Wait {
  const around = Math.min(asked, CEILING / 1.1)
  const drawn = drawBetween(rng, around * 0.9, around * 1.1)
  return { length: drawn.value as Duration, rng: drawn.rng }
}
