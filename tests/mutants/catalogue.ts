/**
 * All mutants, by subject, and the one that is tried first.
 */
import { connection } from './catalogue/connection.ts'
import { downstream } from './catalogue/downstream.ts'
import { fencing } from './catalogue/fencing.ts'
import { leaving } from './catalogue/leaving.ts'
import { liveness } from './catalogue/liveness.ts'
import { log } from './catalogue/log.ts'
import { serving } from './catalogue/serving.ts'
import { state } from './catalogue/state.ts'
import { store } from './catalogue/store.ts'
import { upstream } from './catalogue/upstream.ts'
import { wire } from './catalogue/wire.ts'
import type { Mutant } from './mutant.ts'

export const CATALOGUE: readonly Mutant[] = [
  ...upstream,
  ...downstream,
  ...fencing,
  ...connection,
  ...liveness,
  ...leaving,
  ...store,
  ...state,
  ...log,
  ...serving,
  ...wire,
]

const canary = CATALOGUE.find(({ name }) => name === 'cursor-before-handler')
if (canary === undefined) throw new Error('the canary has flown')

/** Must be found in every run: a simulation that misses it has lost its eyes. */
export const CANARY: Mutant = canary
