/**
 * The process that plays seeds, one at a time, as it is told to: a mutant may hang it, or bring it down.
 */
import { runSeed } from '../simulation/run.ts'

function tell(failure: string | undefined, then = (): void => undefined): void {
  process.send?.({ failure }, undefined, undefined, then)
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error))

process.on('message', (seed: number) => {
  runSeed(seed).then(
    ({ failure }) => tell(failure && words(failure)),
    (error: unknown) => tell(words(error)),
  )
})
// Whatever escapes the simulation is a failure of the seed that is being played; nothing after it means anything.
process.on('uncaughtException', (error) => tell(words(error), () => process.exit(1)))
process.on('disconnect', () => process.exit())
