/**
 * Whether each mutant still has its place in the sources, which move on without asking it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { root } from '../../scripts/fresh.mjs'
import { swapIn } from '../../scripts/run-ts.mjs'
import type { Mutant } from './mutant.ts'

/** @returns a line for each that has not, or is no program any more */
export async function misplaced(mutants: readonly Mutant[]): Promise<readonly string[]> {
  const lost: string[] = []
  for (const mutant of mutants) {
    try {
      const source = swapIn(readFileSync(join(root, mutant.file), 'utf8'), mutant)
      await transform(source, { loader: 'ts', logLevel: 'silent' })
    } catch (error) {
      lost.push(
        `${mutant.name} has lost its place: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
  return lost
}
