/**
 * The one source of chance.
 */
export interface Random {
  /** A good 32-bit number, asked for once: jitter grows from it. */
  seed(): number
  /** `bytes` unguessable random bytes in lower-case hexadecimal: names and secrets. */
  secret(bytes: number): string
}
