/** `npm start`: from a fresh clone to the running chat example, with nothing to prepare. */
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, root } from './fresh.mjs'

try {
  ensureInstalled()
  ensureBuilt()
} catch (failure) {
  console.error(failure instanceof Error ? failure.message : failure)
  process.exit(1)
}

// Imported late: it leans on a package that may only just have been installed.
const { runTs } = await import('./run-ts.mjs')
await runTs(join(root, 'examples', 'chat', 'start.ts'), process.argv.slice(2))
