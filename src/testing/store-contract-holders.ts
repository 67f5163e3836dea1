/**
 * Who may write to a journal: one holder at a time, and nobody who has let go or was robbed.
 */
import type { ContractLaw } from './session-store-contract.ts'
import { contentsOf, openFree, openHeld, rejects, same, truth, write } from './store-contract-steps.ts'

export const holderCases: readonly ContractLaw[] = [
  {
    name: 'sessions of different names are held apart',
    holds: async ({ store, other = store }) => {
      const [a] = await openFree(store, 'a')
      const [b] = await openFree(other, 'b')
      await Promise.all([a.commit({ records: ['a'] }), b.commit({ records: ['b'] })])
      await Promise.all([a.close(), b.close()])
      same(await contentsOf(store, 'a'), undefined, ['a'])
      same(await contentsOf(store, 'b'), undefined, ['b'])
    },
  },
  {
    name: 'who has closed a journal writes nothing into it, and may close it again',
    holds: async ({ store }) => {
      const [journal] = await openFree(store, 'a')
      await journal.commit({ records: ['1'] })
      await journal.close()
      await journal.close()
      await rejects(journal.commit({ records: ['2'] }), 'store-failed')
      await rejects(journal.reopen(), 'store-failed')
      await journal.erase()
      same(await contentsOf(store, 'a'), undefined, ['1'])
    },
  },
  {
    name: 'closing waits for the commit that is under way',
    holds: async ({ store }) => {
      const [journal] = await openFree(store, 'a')
      await Promise.all([journal.commit({ records: ['1'] }), journal.close()])
      const [again] = await openFree(store, 'a')
      await Promise.all([again.commit({ records: [], snapshot: 'S' }), again.close()])
      same(await contentsOf(store, 'a'), 'S', [])
    },
  },
  {
    name: 'opening with an aborted signal is refused, and holds nothing',
    holds: async ({ store }) => {
      const blocked = (): void => truth(false, 'no word of blocking where nobody holds')
      await rejects(store.open('a', { blocked, signal: AbortSignal.abort() }), 'closed')
      same(await contentsOf(store, 'a'), undefined, [])
    },
  },
]

/** For stores whose `open` waits. */
export const waitingCases: readonly ContractLaw[] = [
  {
    name: 'a second opener is told once, waits, and reads all that the first one committed',
    holds: async ({ store, other = store }) => {
      const [first] = await openFree(store, 'a')
      const second = openHeld(other, 'a')
      await second.waiting
      await first.commit({ records: ['1'] })
      await first.commit({ records: ['2'] })
      await first.close()
      const journal = await second.journal
      truth(second.timesBlocked() === 1, `one call of blocked, not ${second.timesBlocked()}`)
      same(await journal.read(), undefined, ['1', '2'])
      await journal.commit({ records: ['3'] })
      await journal.close()
      same(await contentsOf(store, 'a'), undefined, ['1', '2', '3'])
    },
  },
  {
    name: 'erasing lets the next one in, who finds nothing',
    holds: async ({ store, other = store }) => {
      const [first] = await openFree(store, 'a')
      await first.commit({ records: ['1'] })
      const second = openHeld(other, 'a')
      await second.waiting
      await first.erase()
      const journal = await second.journal
      same(await journal.read(), undefined, [])
      await journal.close()
    },
  },
  {
    name: 'who gives up waiting is let go with `closed`, and stands in nobody’s way',
    holds: async ({ store, other = store }) => {
      const [first] = await openFree(store, 'a')
      const second = openHeld(other, 'a')
      await second.waiting
      second.giveUp()
      await rejects(second.journal, 'closed')
      await first.commit({ records: ['1'] })
      await first.close()
      same(await contentsOf(other, 'a'), undefined, ['1'])
    },
  },
  {
    name: 'of many who wait, each holds it once and alone',
    holds: async ({ store, other = store }) => {
      const [first] = await openFree(store, 'a')
      let inside = 0
      const visitors = Array.from({ length: 6 }, (_, index) => openHeld(index % 2 === 0 ? other : store, 'a'))
      const visits = visitors.map(async (visitor, index) => {
        const journal = await visitor.journal
        inside += 1
        truth(inside === 1, 'one holder at a time')
        await journal.read()
        await journal.commit({ records: [`${index}`] })
        inside -= 1
        await journal.close()
      })
      await Promise.all(visitors.map(({ waiting }) => waiting))
      await first.close()
      await Promise.all(visits)
      const { records } = await contentsOf(store, 'a')
      truth([...records].sort().join() === '0,1,2,3,4,5', `one record of each visitor, not ${records.join()}`)
    },
  },
]

/** For stores whose holder can lose what it holds. */
export const robberyCases: readonly ContractLaw[] = [
  {
    name: 'a robbed holder writes nothing more: its commit is fenced, and it hears that it lost',
    holds: async ({ store, rob }) => {
      const [holder] = await openFree(store, 'a')
      await holder.commit({ records: ['1'] })
      const robber = await rob?.('a')
      truth(robber !== undefined, 'a fixture that can rob')
      if (robber === undefined) return
      same(await robber.read(), undefined, ['1'])
      await rejects(holder.commit({ records: ['stale'] }), 'store-fenced')
      await rejects(holder.commit({ records: ['stale'], snapshot: 'stale' }), 'store-fenced')
      await holder.lost
      await rejects(holder.reopen(), 'store-fenced')
      await robber.commit({ records: ['2'] })
      await holder.close()
      await robber.commit({ records: ['3'] })
      same(await robber.reopen(), undefined, ['1', '2', '3'])
      await robber.close()
      same(await contentsOf(store, 'a'), undefined, ['1', '2', '3'])
    },
  },
  {
    name: 'a robbed holder erases nothing of the robber’s',
    holds: async ({ store, rob }) => {
      await write(store, 'a', ['1'])
      const [holder] = await openFree(store, 'a')
      const robber = await rob?.('a')
      truth(robber !== undefined, 'a fixture that can rob')
      if (robber === undefined) return
      same(await robber.read(), undefined, ['1'])
      await holder.erase().catch(() => undefined)
      await robber.commit({ records: ['2'] })
      await robber.close()
      same(await contentsOf(store, 'a'), undefined, ['1', '2'])
    },
  },
]
