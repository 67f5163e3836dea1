/**
 * One session's holder over all its lives, and what must be true of what it finds: the smallest client there
 * is, so that a store that breaks its word is seen without a protocol around it.
 */
import { expect } from 'vitest'
import { isHoldfastError } from '../../src/base/errors.ts'
import type { Commit, Journal, JournalContents } from '../../src/ports/session-store.ts'
import { chance, type Chance } from '../../src/testing/virtual/chance.ts'
import { Timeline } from '../../src/testing/virtual/timeline.ts'
import {
  createStorage,
  type Storage,
  type StorageOptions,
  type StorageView,
} from '../simulation/storage/storage.ts'

const textsOf = ({ snapshot, records }: JournalContents): string[] =>
  snapshot === undefined ? [...records] : [snapshot, ...records]

/** What a store has held, since when, and whether no power cut may take it any more. */
interface Held {
  readonly texts: readonly string[]
  readonly at: number
  isFirm: boolean
}

/** By then the system has written back what nobody synced. */
const WRITTEN_BACK_MS = 30_000

export class Writer {
  readonly timeline = new Timeline()
  readonly luck: Chance
  readonly storage: Storage
  /** Codes of all that was told. */
  readonly told = new Map<string, number>()
  commits = 0
  /** What the store has held, state by state; the last one is what it holds. */
  private history: Held[] = [{ texts: [], at: 0, isFirm: true }]
  /** The place in the history of the newest state that was told as stored. */
  private resolved = 0
  private view: StorageView
  private journal: Journal | undefined
  private count = 0
  /** Something changed behind everybody's back: what is there is what `survived()` says. */
  private isStrange = false
  private isReopening = false

  constructor(ground: Pick<StorageOptions, 'kind' | 'durability'>, seed: number) {
    this.luck = chance(seed)
    this.storage = createStorage({
      ...ground,
      timeline: this.timeline,
      chance: this.luck.stream('storage'),
      landed: (commit) => this.land(commit),
    })
    this.view = this.storage.open()
  }

  async commit(): Promise<void> {
    const journal = this.journal ?? (await this.start())
    if (journal === undefined) return
    const before = this.history.length
    this.count += 1
    const record = `n${this.count}${'x'.repeat(this.luck.whole(0, 30))}`
    const commit = this.luck.happens(0.15)
      ? { records: [record], snapshot: `S${this.count}` }
      : { records: this.luck.happens(0.2) ? [record, 'and ✓'] : [record] }
    try {
      await journal.commit(commit)
    } catch (reason) {
      this.tell(reason)
      await this.reopen(journal)
      return
    }
    this.commits += 1
    if (this.isStrange) return
    expect(this.history.length, 'what is told as stored has landed').toBe(before + 1)
    this.resolved = this.history.length - 1
    // A journal begins a new file with each snapshot, and syncs it whatever it promises.
    if (commit.snapshot !== undefined) this.settled()
  }

  crash(): void {
    this.view.crash()
    this.takeBack()
    this.renew()
  }

  cutPower(): void {
    const mayLose = this.storage.cutPower(this.luck)
    const found = JSON.stringify(this.storage.survived())
    if (!this.isStrange) {
      const from = mayLose ? Math.min(this.resolved, this.oldestLeft()) : this.resolved
      const what = mayLose ? 'what was not written back' : 'nothing told as stored'
      expect(saidFrom(this.history, from), `${what} is lost`).toContain(found)
    }
    this.settle()
    this.renew()
  }

  /** The ground is another one, while the process lives on. */
  change(how: () => void): void {
    how()
    this.settle()
    this.isStrange = true
  }

  /** All is well again: everything works at once. */
  async heal(): Promise<void> {
    this.storage.heal()
    this.crash()
    const journal = await this.start()
    expect(journal, `after healing it opens: ${[...this.told.keys()].join()}`).toBeDefined()
    await journal?.commit({ records: ['last'] })
    this.crash()
    await this.start()
    expect(this.storage.survived().at(-1)).toBe('last')
  }

  /** Reopening takes back what landed and was not resolved, even if it fails itself. */
  private takeBack(): void {
    if (!this.isReopening || this.isStrange) return
    this.isReopening = false
    const found = [...this.storage.survived()]
    expect(saidFrom(this.history, this.resolved)).toContain(JSON.stringify(found))
    this.hold(found)
  }

  /** What is there is where everything begins again. */
  private settle(): void {
    this.history = []
    this.hold(this.storage.survived())
    this.settled('whatever it is')
    this.resolved = 0
    this.isStrange = false
  }

  private land({ records, snapshot }: Commit): void {
    const grown = snapshot === undefined ? [...(this.history.at(-1)?.texts ?? []), ...records] : [snapshot]
    this.hold(this.isStrange ? this.storage.survived() : grown)
  }

  private hold(texts: readonly string[]): void {
    this.history.push({ texts: [...texts], at: this.timeline.now, isFirm: false })
  }

  /** The newest state is on stable storage, where the kind of it says so. */
  private settled(kind: Storage['kind'] | 'whatever it is' = 'journal'): void {
    const newest = this.history.at(-1)
    if (newest !== undefined && (kind === 'whatever it is' || this.storage.kind === kind))
      newest.isFirm = true
  }

  /** The place of the oldest state that a power cut may leave. */
  private oldestLeft(): number {
    const old = this.timeline.now - WRITTEN_BACK_MS
    return Math.max(
      0,
      this.history.findLastIndex(({ isFirm, at }) => isFirm || at < old),
    )
  }

  private renew(): void {
    this.isReopening = false
    this.journal = undefined
    this.view = this.storage.open()
  }

  private async start(): Promise<Journal | undefined> {
    try {
      const signal = new AbortController().signal
      if (this.isStrange) this.settle()
      const journal = await this.view.store.open('a', { blocked: () => undefined, signal })
      this.journal = journal
      this.look(await journal.read())
      return journal
    } catch (reason) {
      this.tell(reason)
      this.crash()
      return undefined
    }
  }

  private async reopen(journal: Journal): Promise<void> {
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      try {
        if (this.isStrange) this.settle()
        this.isReopening = true
        this.look(await journal.reopen(), this.resolved)
        return
      } catch (reason) {
        this.tell(reason)
        if (this.journal !== journal) return
        this.takeBack()
        await this.timeline.pause(300)
      }
    }
    if (this.journal === journal) this.crash()
  }

  /**
   * What is read is what landed, all of it and nothing else; only the process that was told of a failure may
   * take back what had landed all the same.
   */
  private look(contents: JournalContents, from = this.history.length - 1): void {
    if (contents.trouble !== undefined) this.tell(contents.trouble)
    const found = textsOf(contents)
    expect(saidFrom(this.history, from)).toContain(JSON.stringify(found))
    expect(this.storage.survived()).toEqual(found)
    this.hold(found)
    this.resolved = this.history.length - 1
    // It has begun a new file.
    this.settled()
    this.isReopening = false
  }

  private tell(reason: unknown): void {
    if (!isHoldfastError(reason)) throw reason
    const { code, facts } = reason
    const what = `${code} ${String(facts['reason'] ?? facts['kind'] ?? '')}`.trim()
    this.told.set(what, (this.told.get(what) ?? 0) + 1)
  }
}

const saidFrom = (history: readonly Held[], from: number): readonly string[] =>
  history.slice(from).map(({ texts }) => JSON.stringify(texts))
