/**
 * Notices at the file, not at the answer, that a commit has happened: a next process reads a frame as soon
 * as it is whole in the page cache, and a new file as soon as its founded part is.
 */
import type { Commit, Journal, SessionStore } from '../../../src/ports/session-store.ts'
import { fileNameOf } from '../../../src/adapters/journal-place.ts'
import { HEADER } from '../../../src/adapters/journal-format.ts'
import type { Inode } from './inode.ts'

const FOUNDED_AT = 16
const FRAME_HEAD = 12

export class Landing {
  /** The commit that is under way in each session, by what its files are called. */
  private readonly underWay = new Map<string, Commit>()
  /** How far each file is made of whole frames. */
  private readonly whole = new WeakMap<Inode, number>()
  private readonly landed: (commit: Commit) => void

  constructor(landed: (commit: Commit) => void) {
    this.landed = landed
  }

  /** A file has changed that a next process would find under this path. */
  changed(path: string, file: Inode): void {
    const before = this.whole.get(file) ?? 0
    const after = file.length < before ? 0 : wholeFrames(file, before)
    this.whole.set(file, after)
    if (after <= before) return
    const base = baseOf(path)
    const commit = this.underWay.get(base)
    if (commit === undefined) return
    this.underWay.delete(base)
    this.landed(commit)
  }

  /** The same store, whose commits are known while they are under way. */
  watch(store: SessionStore): SessionStore {
    return {
      durability: store.durability,
      open: async (name, request) => this.watchJournal(fileNameOf(name), await store.open(name, request)),
    }
  }

  private watchJournal(base: string, journal: Journal): Journal {
    return {
      read: () => journal.read(),
      commit: async (commit) => {
        this.underWay.set(base, commit)
        try {
          await journal.commit(commit)
        } finally {
          if (this.underWay.get(base) === commit) this.underWay.delete(base)
        }
      },
      reopen: () => journal.reopen(),
      erase: () => journal.erase(),
      close: () => journal.close(),
      lost: journal.lost,
    }
  }
}

/** How many bytes, from the start, are a header with its founded part and whole frames behind it. */
function wholeFrames(file: Inode, from: number): number {
  const bytes = file.content
  let end = from
  if (end === 0) {
    if (bytes.length < HEADER) return 0
    const founded = bytes.readUInt32LE(FOUNDED_AT)
    if (bytes.length < founded) return 0
    end = founded
  }
  while (bytes.length - end > FRAME_HEAD) {
    const next = end + FRAME_HEAD + bytes.readUInt32LE(end)
    if (next > bytes.length) break
    end = next
  }
  return end
}

/** `session-….7.journal` without number and ending. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.\d+\.journal$/, '')
}
