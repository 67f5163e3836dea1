/** `npm run build`: always builds, whatever the stamp says. */
import { build } from './fresh.mjs'

try {
  build()
} catch (failure) {
  console.error(failure instanceof Error ? failure.message : failure)
  process.exitCode = 1
}
