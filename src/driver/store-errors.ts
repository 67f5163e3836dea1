/**
 * Trouble with a store, in words for the application.
 */
import { HoldfastError, isHoldfastError } from '../base/errors.ts'
import { after, type Duration } from '../base/time.ts'
import type { Clock } from '../ports/clock.ts'

/** Whatever a store throws, as an error of ours. */
export function asStoreError(error: unknown): HoldfastError {
  if (isHoldfastError(error)) return error
  return new HoldfastError('store-failed', 'The store failed.', {
    cause: error,
    hint: 'See `cause` for what it said.',
  })
}

/** The error as it is told where memory has to do; `more` goes on with the sentence. */
export function withMemoryHint(error: HoldfastError, more = ''): HoldfastError {
  const hint = `The session works on in memory, which does not survive this process${more}.`
  return new HoldfastError(error.code, error.message, { cause: error, hint, facts: error.facts })
}

/** [PS-12] Tells of a store that keeps us waiting. @returns takes it back. */
export function tellIfSilent(
  clock: Clock,
  patience: Duration,
  tell: (error: HoldfastError) => void,
): () => void {
  const message = `The store has not answered for ${patience / 1000} s.`
  const hint = 'Nothing goes out before it is stored.'
  return clock.alarm(after(clock.now(), patience), () =>
    tell(new HoldfastError('store-failed', message, { hint })),
  )
}
