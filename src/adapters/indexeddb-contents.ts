/**
 * What lies in the database under a session's name, and whether it can be what we put there.
 *
 * | key | value |
 * |---|---|
 * | `[name, 'holder']` | a random word: whose commits count |
 * | `[name, 'snapshot']` | `[number, text]`: the text stands for all commits up to this number |
 * | `[name, 'records', number]` | the records of the commit of this number, a list of strings |
 *
 * Commits are numbered without gaps, so a value that is missing from the middle is noticed.
 */
import type { Browser } from './browser.ts'

export type Entry = readonly [key: IDBValidKey, value: unknown]

export type Findings =
  | {
      readonly kind: 'sound'
      readonly snapshot: string | undefined
      readonly records: readonly string[]
      /** The number of the next commit. */
      readonly next: number
    }
  | { readonly kind: 'damaged'; readonly what: string }

export const holderKey = (name: string): IDBValidKey => [name, 'holder']
export const snapshotKey = (name: string): IDBValidKey => [name, 'snapshot']
export const recordsKey = (name: string, number: number): IDBValidKey => [name, 'records', number]

/** All keys of one session: lists sort after texts and numbers, so nothing of ours lies beyond the end. */
export const sessionRange = ({ IDBKeyRange }: Browser, name: string): IDBKeyRange =>
  IDBKeyRange.bound([name], [name, []])

/** The entries come in the order of their keys: holder, records by number, snapshot. */
export function interpret(entries: readonly Entry[]): Findings {
  const snapshotEntry = entries.find(([key]) => isKey(key, 'snapshot'))
  const snapshot = snapshotEntry?.[1]
  if (snapshotEntry !== undefined && !isSnapshot(snapshot)) return damaged('a snapshot that is none')
  let next = isSnapshot(snapshot) ? snapshot[0] + 1 : 0
  const records: string[] = []
  for (const [key, value] of entries) {
    if (isKey(key, 'snapshot') || isKey(key, 'holder')) continue
    if (!Array.isArray(key) || key[1] !== 'records' || key.length !== 3) return damaged('an unknown key')
    if (key[2] !== next) return damaged(`no commit ${next}`)
    if (!isTexts(value)) return damaged(`a commit ${next} that is no list of texts`)
    for (const record of value) records.push(record)
    next += 1
  }
  return { kind: 'sound', snapshot: isSnapshot(snapshot) ? snapshot[1] : undefined, records, next }
}

function damaged(what: string): Findings {
  return { kind: 'damaged', what }
}

/** Whether a key of a session is the one of this word: all of them begin with its name. */
export function isKey(key: IDBValidKey, word: 'holder' | 'snapshot'): boolean {
  return Array.isArray(key) && key.length === 2 && key[1] === word
}

function isSnapshot(value: unknown): value is readonly [number, string] {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    Number.isSafeInteger(value[0]) &&
    typeof value[1] === 'string'
  )
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}
