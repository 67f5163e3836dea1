/** A law that was broken. */
export class Violation extends Error {}

/** @throws {@link Violation} */
export function check(holds: boolean, broken: string): asserts holds {
  if (!holds) throw new Violation(broken)
}
