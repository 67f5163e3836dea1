/**
 * What must be true if our own code is right.
 *
 * An invariant that fails is our bug, never the caller's mistake and never the world's: nobody catches it.
 */
export function invariant(condition: unknown, law: string): asserts condition {
  if (!condition) throw new Error(`holdfast: broken invariant: ${law}. Please report this.`)
}

/** The end of a switch that names every case: the compiler rejects a forgotten one. */
export function assertNever(value: never): never {
  throw new Error(`holdfast: unexpected ${JSON.stringify(value)}. Please report this.`)
}
