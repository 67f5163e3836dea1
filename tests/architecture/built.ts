import { ensureBuilt } from '../../scripts/fresh.mjs'

/** Whoever reads the package reads what these sources make, never yesterday's build. */
export default function setup(): void {
  ensureBuilt()
}
