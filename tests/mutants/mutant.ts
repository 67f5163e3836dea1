/**
 * A mutant: the product with one deliberate defect.
 *
 * The simulation is only worth believing if it notices when something is wrong. So here are the mistakes that
 * people make in such code, one by one, and each must be found. A mutant that nobody outside could ever tell
 * from the original is no defect, and has no place in the catalogue.
 */
import type { Swap } from '../../scripts/run-ts.mjs'

export interface Mutant extends Swap {
  readonly name: string
  /** What it does wrong, and what comes of it. */
  readonly about: string
  /** The law that it breaks first of all. */
  readonly expects: string
}
