/**
 * What a journal gives back: all of it, in order, to the character, and nothing of its neighbours'.
 */
import type { ContractLaw } from './session-store-contract.ts'
import { contentsOf, openFree, rejects, same, write } from './store-contract-steps.ts'

/** Texts that a careless encoding changes. */
const ODD_TEXTS = [
  '',
  ' ',
  '"\\\n\r\t\0\u2028\u2029',
  '\ufeffstarts with a byte order mark',
  'ä 漢 😀 e\u0301',
  '\ud800 half a pair, and the other half \udc00',
  '[["not","a","record"]]',
  '__proto__',
  'x'.repeat(1_000_000),
]

/** Names that a careless encoding confuses, or takes for a path. */
const ODD_NAMES = [
  ...['', '.', '..', '/', 'a/b', 'a\\b', '../a', 'a', 'A', 'a ', 'a.', 'a\0b', 'con', 'nul.txt', '__proto__'],
  ...[
    'é',
    'e\u0301',
    'ſ',
    's',
    'holder',
    'snapshot',
    'quarantine:',
    '%2e%2e',
    '*',
    'x'.repeat(300),
    'x'.repeat(301),
  ],
]

export const journalCases: readonly ContractLaw[] = [
  {
    name: 'a session that was never stored is empty, and that is no trouble',
    holds: async ({ store }) => same(await contentsOf(store, 'new'), undefined, []),
  },
  {
    name: 'records come back in the order of their commits, and within a commit in their own',
    holds: async ({ store, other = store }) => {
      await write(store, 'a', ['1'], ['2', '3', '4'], [], ['5'])
      same(await contentsOf(other, 'a'), undefined, ['1', '2', '3', '4', '5'])
    },
  },
  {
    name: 'the next holder appends after the last one',
    holds: async ({ store, other = store }) => {
      for (let turn = 0; turn < 4; turn += 1) await write(turn % 2 === 0 ? store : other, 'a', [`${turn}`])
      same(await contentsOf(store, 'a'), undefined, ['0', '1', '2', '3'])
    },
  },
  {
    name: 'a snapshot stands for all records before it and those of its own commit',
    holds: async ({ store, other = store }) => {
      const [journal] = await openFree(store, 'a')
      await journal.commit({ records: ['1', '2'] })
      await journal.commit({ records: ['3'], snapshot: 'S3' })
      same(await journal.reopen(), 'S3', [])
      await journal.commit({ records: ['4'] })
      await journal.commit({ records: ['5'] })
      await journal.close()
      same(await contentsOf(other, 'a'), 'S3', ['4', '5'])
    },
  },
  {
    name: 'a snapshot replaces the one before it',
    holds: async ({ store, other = store }) => {
      const [journal] = await openFree(store, 'a')
      await journal.commit({ records: [], snapshot: '' })
      await journal.commit({ records: ['1'] })
      await journal.commit({ records: [], snapshot: 'S' })
      await journal.close()
      same(await contentsOf(other, 'a'), 'S', [])
    },
  },
  {
    name: 'reopening tells what is there, and the journal goes on',
    holds: async ({ store }) => {
      const [journal] = await openFree(store, 'a')
      same(await journal.reopen(), undefined, [])
      await journal.commit({ records: ['1'] })
      same(await journal.reopen(), undefined, ['1'])
      await journal.commit({ records: ['2'] })
      same(await journal.reopen(), undefined, ['1', '2'])
      await journal.close()
    },
  },
  {
    name: 'every string comes back as it was, as record and as snapshot',
    holds: async ({ store, other = store }) => {
      await write(store, 'records', ODD_TEXTS)
      same(await contentsOf(other, 'records'), undefined, ODD_TEXTS)
      const [journal] = await openFree(store, 'snapshot')
      for (const snapshot of ODD_TEXTS) {
        await journal.commit({ records: [], snapshot })
        same(await journal.reopen(), snapshot, [])
      }
      await journal.close()
    },
  },
  {
    name: 'a commit of many records and many commits both keep their order',
    holds: async ({ store, other = store }) => {
      const numbers = Array.from({ length: 1000 }, (_, index) => `${index}`)
      await write(store, 'one', numbers)
      await write(store, 'many', ...numbers.slice(0, 200).map((record) => [record]))
      same(await contentsOf(other, 'one'), undefined, numbers)
      same(await contentsOf(other, 'many'), undefined, numbers.slice(0, 200))
    },
  },
  {
    name: 'a committed batch is not the caller’s array any more',
    holds: async ({ store }) => {
      const [journal] = await openFree(store, 'a')
      const records = ['1']
      await journal.commit({ records })
      records.push('2')
      same(await journal.reopen(), undefined, ['1'])
      await journal.close()
    },
  },
  {
    name: 'C50 names that look alike or like a path are sessions of their own',
    holds: async ({ store, other = store }) => {
      for (const name of ODD_NAMES) await write(store, name, [`of ${name}`])
      for (const name of ODD_NAMES) same(await contentsOf(other, name), undefined, [`of ${name}`])
    },
  },
  {
    name: 'an erased session is empty for the next holder, and its neighbours are as they were',
    holds: async ({ store, other = store }) => {
      await write(store, 'neighbour', ['n'])
      const [journal] = await openFree(store, 'a')
      await journal.commit({ records: ['1'], snapshot: 'S' })
      await journal.commit({ records: ['2'] })
      await journal.erase()
      await rejects(journal.commit({ records: ['3'] }), 'store-failed')
      same(await contentsOf(other, 'a'), undefined, [])
      same(await contentsOf(other, 'neighbour'), undefined, ['n'])
    },
  },
]
