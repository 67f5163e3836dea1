/**
 * A process that holds sessions, for tests that kill it. It tells what it has done, a line at a time, at once.
 *
 * - `commit directory`: commits the numbers after the last one it finds, with a snapshot now and then, for ever
 * - `contend directory kind rounds`: takes the lock and lets it go, proving each time that it is alone
 * - `rob directory rounds`: takes a session as if there were no lock, commits until somebody else does, again
 * - `astray directory`: opens a journal by a relative path, in a working directory that it removes first
 * - `hold directory kind`: takes the lock and keeps it
 */
import { open, unlink } from 'node:fs/promises'
import { rmdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { journalStore, journalStoreWith } from '../../src/adapters/journal-store.ts'
import { isHoldfastError } from '../../src/base/errors.ts'
import type { Journal } from '../../src/ports/session-store.ts'
import { holdProcessLock, type LockKind } from '../../src/adapters/process-lock.ts'

const [task, directory = '', kind = '', rounds] = process.argv.slice(2)
/** Long enough inside that the others come to the door. */
const INSIDE_MS = 1
const request = { blocked: () => say('blocked'), signal: new AbortController().signal }

switch (task) {
  case 'commit':
    await commitForEver()
    break
  case 'contend':
    await contend(Number(rounds))
    break
  case 'rob':
    await rob(Number(kind))
    break
  case 'astray':
    process.chdir(directory)
    rmdirSync(directory)
    await journalStore('./sessions').open('a', request).catch(tell)
    break
  case 'hold':
    await holdProcessLock(directory, 'lock', request, kind as LockKind)
    say('held')
    setInterval(() => undefined, 1000)
    break
  default:
    throw new Error(`no such task: ${task ?? ''}`)
}

function tell(reason: unknown): void {
  say(isHoldfastError(reason) ? reason.message : 'something else')
}

async function commitForEver(): Promise<void> {
  const journal = await journalStore(directory).open('a', request)
  const { records, snapshot } = await journal.read()
  let last = Number(records.at(-1) ?? snapshot ?? 0)
  say('ready')
  for (;;) {
    last += 1
    await journal.commit({ records: [`${last}`], snapshot: last % 17 === 0 ? `${last}` : undefined })
    say(`${last}`)
  }
}

async function contend(count: number): Promise<void> {
  const proof = join(directory, 'somebody-is-inside')
  for (let round = 0; round < count; round += 1) {
    const lock = await holdProcessLock(directory, 'lock', request, kind as LockKind)
    // Fails if anybody else is inside.
    await (await open(proof, 'wx')).close()
    await new Promise((resolve) => setTimeout(resolve, INSIDE_MS))
    await unlink(proof)
    await lock.release()
    say('alone')
  }
}

async function rob(count: number): Promise<void> {
  const store = journalStoreWith(async () => ({ release: async () => undefined }), directory)
  for (let round = 0; round < count; round += 1) {
    let journal: Journal | undefined
    try {
      journal = await store.open('a', request)
      const { trouble } = await journal.read()
      if (trouble !== undefined) say(`trouble ${trouble.message}`)
      for (let turn = 0; turn < 5; turn += 1) {
        const record = `${process.pid}-${round}-${turn}`
        await journal.commit({ records: [record] })
        say(record)
      }
    } catch (reason) {
      say(`robbed ${isHoldfastError(reason, 'store-fenced') ? reason.code : String(reason)}`)
    }
    await journal?.close()
  }
}

/** Written before the next step is taken, whatever becomes of this process then. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
}
