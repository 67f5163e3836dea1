/**
 * The few steps that the cases of the store contract are made of, and the three questions they ask.
 */
import { isHoldfastError, type ErrorCode } from '../base/errors.ts'
import type { Journal, JournalContents, SessionStore } from '../ports/session-store.ts'

/** Opens a session that nobody holds, and reads it. */
export async function openFree(store: SessionStore, name: string): Promise<[Journal, JournalContents]> {
  const journal = await store.open(name, {
    blocked: () => fail(`opening ${JSON.stringify(name)} was blocked, though nobody holds it`),
    signal: new AbortController().signal,
  })
  return [journal, await journal.read()]
}

/** Commits to a session one after another, and closes it. */
export async function write(
  store: SessionStore,
  name: string,
  ...commits: readonly (readonly string[])[]
): Promise<void> {
  const [journal] = await openFree(store, name)
  for (const records of commits) await journal.commit({ records })
  await journal.close()
}

/** Opens a session, reads it and closes it: what the next process finds. */
export async function contentsOf(store: SessionStore, name: string): Promise<JournalContents> {
  const [journal, contents] = await openFree(store, name)
  await journal.close()
  return contents
}

/** Opening that has to wait: `waiting` resolves when the store said so, `journal` when the wait is over. */
export function openHeld(
  store: SessionStore,
  name: string,
): { journal: Promise<Journal>; waiting: Promise<void>; giveUp: () => void; timesBlocked: () => number } {
  const aborter = new AbortController()
  let times = 0
  let say = (): void => undefined
  const waiting = new Promise<void>((resolve) => (say = resolve))
  const blocked = (): void => {
    times += 1
    say()
  }
  const journal = store.open(name, { blocked, signal: aborter.signal })
  return { journal, waiting, giveUp: () => aborter.abort(), timesBlocked: () => times }
}

/** Both, field by field and record by record. */
export function same(found: JournalContents, snapshot: string | undefined, records: readonly string[]): void {
  truth(found.trouble === undefined, `no trouble, but there is: ${found.trouble?.message ?? ''}`)
  truth(found.snapshot === snapshot, `the snapshot ${brief(snapshot)}, not ${brief(found.snapshot)}`)
  truth(found.records.length === records.length, `${records.length} records, not ${found.records.length}`)
  records.forEach((record, place) =>
    truth(
      found.records[place] === record,
      `record ${place} is ${brief(record)}, not ${brief(found.records[place])}`,
    ),
  )
}

/** That a promise is rejected with one of our errors, of this code. */
export async function rejects(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  const outcome = await promise.then(
    () => 'a promise that resolved',
    (reason: unknown) => (isHoldfastError(reason, code) ? undefined : reason),
  )
  truth(outcome === undefined, `a rejection with ${code}, not ${String(outcome)}`)
}

export function truth(holds: boolean, what: string): void {
  if (!holds) fail(`the contract asks for ${what}`)
}

function fail(message: string): never {
  throw new Error(message)
}

function brief(text: string | undefined): string {
  const quoted = JSON.stringify(text) ?? 'none'
  return quoted.length > 80 ? `${quoted.slice(0, 80)}… (${quoted.length} characters)` : quoted
}
