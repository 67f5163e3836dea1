/**
 * Where a session survives the process.
 *
 * A store keeps one *journal* per session name: a list of records in the order they were committed, and
 * perhaps a snapshot that stands for all records before it. It does not know what is in them: both are
 * strings to it. What it owes is in the contract below, and one suite proves it for every store
 * (`holdfast/testing`, `sessionStoreContract`).
 *
 * 1. Whole or not at all: after a crash at any moment, `records` is a prefix of what was committed, in order,
 *    holding at least every commit whose promise was resolved, at the store's level of durability.
 * 2. One holder: a journal has at most one open holder in all processes and tabs that share the store. A
 *    holder that was robbed (a frozen tab, a stolen lock) fails its next commit with `store-fenced`, checked
 *    in the same transaction, and writes nothing.
 * 3. A commit costs O(what it writes), never O(what is stored).
 * 4. A snapshot replaces all records committed before it and in the same commit, in one step.
 * 5. What cannot be read is set aside and told (`trouble`), never skipped over and never deleted.
 */
import type { Durability } from '../protocol/frames.ts'
import type { HoldfastError } from '../base/errors.ts'

export interface SessionStore {
  /** What a resolved commit has survived: nothing, the process's death, or a power cut. */
  readonly durability: Durability
  /**
   * Opens the journal of a name, waiting while another holder has it.
   *
   * @param request.blocked - called at most once if somebody else holds it, before the waiting.
   * @throws {@link HoldfastError} `store-failed`, `store-newer`; `closed` if the signal aborts the waiting.
   */
  open(name: string, request: OpenRequest): Promise<Journal>
}

export interface OpenRequest {
  readonly blocked: () => void
  readonly signal: AbortSignal
}

export interface Journal {
  /** Reads everything; called once, before the first commit. */
  read(): Promise<JournalContents>
  /**
   * Appends records; with a snapshot, the snapshot then stands for them and all before them.
   *
   * The persister calls it one at a time. After a rejection the journal is in an unknown state until
   * `reopen()`; a rejected commit may nevertheless have landed.
   *
   * @throws {@link HoldfastError} `store-failed`, `store-fenced`
   */
  commit(commit: Commit): Promise<void>
  /** Brings the journal back after a failed commit, and reads what is really there. */
  reopen(): Promise<JournalContents>
  /** Deletes what is stored under the name and lets it go. */
  erase(): Promise<void>
  /** Lets it go for the next holder. Idempotent. */
  close(): Promise<void>
  /** Resolves when the journal was lost to another holder; the next commit would fail with `store-fenced`. */
  readonly lost: Promise<void>
}

export interface JournalContents {
  readonly snapshot: string | undefined
  readonly records: readonly string[]
  /** What was found damaged: cut off (a torn tail, normal after a crash) or set aside. */
  readonly trouble?: HoldfastError | undefined
}

export interface Commit {
  readonly records: readonly string[]
  readonly snapshot?: string | undefined
}
