/** The client's store: commits, healing, snapshots, reading back, and leaving. */
import type { Mutant } from '../mutant.ts'

export const store: readonly Mutant[] = [
  {
    name: 'stored-before-the-commit',
    about: 'reports changes as stored while their commit is still under way',
    file: 'src/driver/persister.ts',
    find: "const landed = storage.kind === 'journal' ?",
    replace: `this.listener.persisted(batch.revision, batch.cursor, batch.last)
      const landed = storage.kind === 'journal' ?`,
    expects: 'I8',
  },
  {
    name: 'stored-with-the-next',
    about: 'reports as stored what was only added while the commit was under way',
    file: 'src/driver/persister.ts',
    find: 'this.listener.persisted(landed.revision, landed.cursor, landed.last)',
    replace: 'this.listener.persisted(this.revision, this.image.cursor, this.image.lastUp)',
    expects: 'I8',
  },
  {
    name: 'a-failed-commit-is-good-enough',
    about: 'takes a commit that failed for one that landed',
    file: 'src/driver/persister.ts',
    find: 'return await this.heal(journal, error)',
    replace: 'return error === undefined ? await this.heal(journal, error) : batch',
    expects: 'I8',
  },
  {
    name: 'heal-without-a-snapshot',
    about: 'goes on after a failed commit with what came since: what the failed one held is nowhere',
    file: 'src/driver/persister.ts',
    find: `await journal.commit({ records: [], snapshot })
        return { ...rest, records: [] }`,
    replace: `await journal.commit({ records: _ })
        return { ...rest, records: [] }`,
    expects: 'I8',
  },
  {
    name: 'heal-and-say-it-twice',
    about: 'writes what came meanwhile behind the snapshot that holds it already',
    file: 'src/driver/persister.ts',
    find: `await journal.commit({ records: [], snapshot })
        return { ...rest, records: [] }`,
    replace: `await journal.commit({ records: [], snapshot })
        await journal.commit({ records: _ })
        return { ...rest, records: [] }`,
    expects: 'I25',
  },
  {
    name: 'revive-without-a-snapshot',
    about: 'goes on with a store that came back as if it held what memory has had to hold since',
    file: 'src/driver/persister.ts',
    find: `await journal.commit({ records: [], snapshot })
      this.storage = { kind: 'journal', journal }`,
    replace: "this.storage = { kind: 'journal', journal }",
    expects: 'I25',
  },
  {
    name: 'close-without-a-last-commit',
    about: 'lets go of the store while changes wait to be written',
    file: 'src/driver/driver.ts',
    find: 'await this.persister?.settled({ erases: this.erases })\n',
    replace: '',
    expects: 'I8',
  },
  {
    name: 'snapshot-without-the-outbox',
    about: 'leaves the messages that wait out of a snapshot',
    file: 'src/driver/image.ts',
    find: 'const outbox = Array.from({ length: this.last - acked }, (_, index) => this.outbox.get(acked + index + 1))',
    replace: 'const outbox: string[] = []',
    expects: 'I8',
  },
  {
    name: 'snapshot-without-the-cursor',
    about: 'does not read the cursor back from a snapshot',
    file: 'src/driver/image.ts',
    find: 'this.cursor = stored.cursor\n',
    replace: '',
    expects: 'I4',
  },
  {
    name: 'snapshot-without-the-generation',
    about: 'does not read the generation back from a snapshot: the session counts as forked',
    file: 'src/driver/image.ts',
    find: 'this.generation = stored.generation\n',
    replace: '',
    expects: 'I13',
  },
  {
    name: 'snapshot-numbers-off-by-one',
    about: 'reads the messages of a snapshot back under the numbers before theirs',
    file: 'src/driver/image.ts',
    find: `      this.last += 1
      this.outbox.set(this.last, message)`,
    replace: `      this.outbox.set(this.last, message)
      this.last += 1`,
    expects: 'I10',
  },
  {
    name: 'no-cursor-in-the-record',
    about: 'writes the messages that were processed, and not that they were',
    file: 'src/driver/record.ts',
    find: 'if (change.cursor !== undefined) parts.push(`"c":${change.cursor}`)',
    replace: 'if (change.cursor !== undefined && down === undefined) parts.push(`"c":${change.cursor}`)',
    expects: 'I5',
  },
  {
    name: 'no-epoch-in-the-record',
    about: 'does not read back from which incarnation of the log the numbers are',
    file: 'src/driver/record.ts',
    find: '...(e !== undefined && { epoch: string(e) }),',
    replace: '',
    expects: 'I7',
  },
  {
    name: 'given-up-comes-back',
    about: 'forgets over a restart that a message was given up: it has failed, and goes out all the same',
    file: 'src/driver/record.ts',
    find: '...(x !== undefined && { givenUp: list(x).map(whole) }),',
    replace: '',
    expects: 'I12',
  },
  {
    name: 'append-to-the-unreadable',
    about: 'writes behind what it could not read: the next process cannot read that either',
    file: 'src/driver/opening.ts',
    find: 'return { image, journal, contents, replacesAll: true }',
    replace: 'return { image, journal, contents, replacesAll: false }',
    expects: 'I14',
  },
  {
    name: 'throw-the-unreadable-away',
    about: 'keeps nothing of a store that it could not read',
    file: 'src/driver/opening.ts',
    find: 'image.aside = [...(contents.snapshot === undefined ? [] : [contents.snapshot]), ...contents.records]',
    replace: 'image.aside = []',
    expects: 'I25',
  },
  {
    name: 'read-what-is-newer',
    about: 'takes over a store that a newer version has written, as far as it understands it',
    file: 'src/driver/record.ts',
    find: 'if (format > FORMAT) throw new NewerFormat()',
    replace: '',
    expects: 'I27',
  },
  {
    name: 'two-holders',
    about: 'lets a second process or tab open the store while the first has it',
    file: 'src/adapters/memory-store.ts',
    find: 'if (queue.length === 1) return enter()',
    replace: 'if (queue.length > 0) return enter()',
    expects: 'I16',
  },
  {
    name: 'snapshot-over-old-records',
    about: 'keeps the records that a snapshot stands for, and reads them back behind it',
    file: 'src/adapters/memory-store.ts',
    find: `        shelf.snapshot = snapshot
        shelf.records = []`,
    replace: '        shelf.snapshot = snapshot',
    expects: 'I25',
  },
  {
    name: 'records-instead-of-the-snapshot',
    about: 'answers for a snapshot that it did not keep',
    file: 'src/adapters/memory-store.ts',
    find: '        shelf.snapshot = snapshot\n',
    replace: '',
    expects: 'I8',
  },
]
