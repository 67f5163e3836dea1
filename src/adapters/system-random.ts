/** The platform's cryptographic randomness; asked when needed, never at import. */
import type { Random } from '../ports/random.ts'

export function systemRandom(): Random {
  return {
    seed: () => crypto.getRandomValues(new Uint32Array(1))[0] as number,
    secret: (bytes) =>
      Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) =>
        byte.toString(16).padStart(2, '0'),
      ).join(''),
  }
}
