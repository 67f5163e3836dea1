/** The oracle's ledger of one session: what two copies of a client and a log that stepped back may cost. */
import { expect, test } from 'vitest'
import { Laws } from './laws.ts'
import { Ledger } from './ledger.ts'

/** One copy is told that 1 to 2 are gone; the log steps back; the other copy greets it, and 1 is used again. */
function reused(isSplit: boolean, epoch: string): Ledger {
  const ledger = new Ledger('client', new Laws())
  ledger.isSplit = isSplit
  const life = ledger.begin({}, 0)
  life.epoch = 'a'
  const before = ledger.inLog()
  ledger.missed(life, 1, 2)
  ledger.rewound(before)
  ledger.sentDown('new')
  ledger.appended('new', 1, epoch)
  for (const down of ledger.downs.values()) down.isCertain = true
  return ledger
}

test('a message that gets a number of which another copy was told that it is gone passes for it', () => {
  expect(() => reused(true, 'a').settle()).not.toThrow()
})

test('a message that one client is owed passes for no other, nor does one of another epoch', () => {
  expect(() => reused(false, 'a').settle()).toThrow('new (1) is lost on its way down')
  expect(() => reused(true, 'b').settle()).toThrow('new (1) is lost on its way down')
})
