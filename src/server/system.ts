/**
 * The machine's own clock and randomness, for servers that run in real time.
 */
import type { Instant } from '../base/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

/** The longest that a timer can run; a longer one would ring at once. */
const LONGEST = 0x7fff_ffff

export function systemClock(): Clock {
  const now = (): Instant => performance.now() as Instant
  return {
    now,
    wallTime: () => Date.now(),
    alarm(at, ring) {
      let timer: ReturnType<typeof setTimeout>
      const wait = (): void => {
        const left = at - now()
        // A timer may ring a little early, and rings far too early if it was set too long.
        timer =
          left <= 0
            ? setTimeout(ring, 0)
            : setTimeout(() => (at <= now() ? ring() : wait()), Math.min(Math.ceil(left), LONGEST))
        timer.unref()
      }
      wait()
      return () => clearTimeout(timer)
    },
  }
}

export function systemRandom(): Random {
  return {
    seed: () => crypto.getRandomValues(new Uint32Array(1))[0] as number,
    secret: (bytes) =>
      Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) =>
        byte.toString(16).padStart(2, '0'),
      ).join(''),
  }
}
