/** Timers that platform code sets with `setTimeout`, in virtual time. */
import { after, milliseconds } from '../../../src/base/time.ts'
import type { Clock } from '../../../src/ports/clock.ts'

/** Runs something that does not wait; whatever timers it sets ring on that clock. */
export function during<Result>(clock: Clock, work: () => Result): Result {
  const scope = globalThis as { setTimeout: unknown }
  const { setTimeout: real } = scope
  scope.setTimeout = (ring: () => void, ms = 0): object => {
    clock.alarm(after(clock.now(), milliseconds(ms)), ring)
    return { unref: () => undefined }
  }
  try {
    return work()
  } finally {
    scope.setTimeout = real
  }
}
