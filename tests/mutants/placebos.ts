/**
 * Changes that harm nothing, and yet let every run take another course. No placebo may ever be found: otherwise
 * what found it is a weakness of the simulation or of the product itself, and finding mutants would prove nothing.
 */
import type { Mutant } from './mutant.ts'

export const PLACEBOS: readonly Mutant[] = [
  {
    name: 'placebo-other-luck',
    about: 'draws other waits',
    file: 'src/core/state.ts',
    find: 'rng: seed,',
    replace: 'rng: seed ^ 0x5bd1e995,',
    expects: 'nothing',
  },
  {
    name: 'placebo-later-acks',
    about: 'lets an ack wait a little longer for company',
    file: 'src/client/settings.ts',
    find: 'ackWithin: milliseconds(100)',
    replace: 'ackWithin: milliseconds(140)',
    expects: 'nothing',
  },
  {
    name: 'placebo-more-snapshots',
    about: 'writes snapshots more often',
    file: 'src/driver/persister.ts',
    find: 'const SNAPSHOT_CHARACTERS = 64 * 1024',
    replace: 'const SNAPSHOT_CHARACTERS = 24 * 1024',
    expects: 'nothing',
  },
]
