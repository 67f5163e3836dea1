import { expect, test } from 'vitest'
import { Laws } from './laws.ts'
import { EMPTY } from './shelf.ts'
import { UpLedger } from './up-ledger.ts'

test('what a process had in memory alone is forgotten with its own store, and not with a copy of that', () => {
  const ledger = new UpLedger('client', new Laws())
  const [store, copy] = [{}, {}]
  ledger.sent('ours', store)
  ledger.sent('theirs', copy)
  ledger.forgotten(store, EMPTY)
  const forgotten = [...ledger.ups.values()].filter(({ isForgotten }) => isForgotten)
  expect(forgotten.map(({ token }) => token)).toEqual(['ours'])
})
