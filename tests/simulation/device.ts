/**
 * What a client's processes store on, with a witness beside it who reads what lands and what is read.
 */
import type { Commit, JournalContents } from '../../src/ports/session-store.ts'
import type { Chance } from '../../src/testing/virtual/chance.ts'
import { type Moment, Past } from './past.ts'
import { EMPTY, shelfOf, type Shelf } from './shelf.ts'
import type { Saved, Storage, StorageOptions, StorageView } from './storage/storage.ts'
import type { World } from './world.ts'

/** A process, as its device knows it. */
export interface Writer {
  readonly name: string
  /** A commit of its own has landed. */
  landed(shelf: Shelf): void
  wasRead(shelf: Shelf): void
}

/** A commit that was asked for and may land. */
export interface Writing {
  readonly writer: Writer
  readonly commit: Commit
  moment: Moment | undefined
  /** The ground was changed under it. */
  isVoid: boolean
}

export class Device {
  readonly storage: Storage
  /** Sessions of which commits that were answered for, or the order in which they came, may be gone. */
  private readonly goneBack = new Set<string>()
  /** Somebody took its lock from who held it. */
  wasRobbed = false
  /** Those who were let in, the last one last. */
  private readonly letIn: Writer[] = []
  private readonly world: World
  private readonly past: Past
  private readonly luck: Chance
  private readonly writings = new Set<Writing>()
  /** Damaged where nobody has looked yet. */
  private isRotten = false
  /** Bits that were flipped on the disk, ever: one that lies below what stands for the session nobody sees. */
  private flipped = 0
  /** How many of them, the first ones, cannot be there any more. */
  private overwritten = 0
  private savings: { readonly saved: Saved; readonly moment: Moment } | undefined

  constructor(world: World, make: (landed: StorageOptions['landed']) => Storage, past: Past = new Past()) {
    this.world = world
    this.past = past
    this.luck = world.chance.stream('lag')
    this.storage = make((commit) => world.guard(() => this.landed(commit)))
  }

  get shelf(): Shelf {
    return this.past.now.shelf
  }

  /** A commit takes its time before it lands. */
  async lag(): Promise<void> {
    const { options, timeline } = this.world
    if (options.lag > 0) await timeline.pause(this.luck.between(0, options.lag))
  }

  open(): StorageView {
    return this.storage.open()
  }

  asked(writer: Writer, commit: Commit): Writing {
    // An older one of the same process has been answered, or never will be.
    for (const one of this.writings) if (one.writer === writer) this.writings.delete(one)
    const writing: Writing = { writer, commit, moment: undefined, isVoid: false }
    this.writings.add(writing)
    return writing
  }

  answered({ moment, isVoid, writer }: Writing): void {
    const { laws } = this.world
    laws.must('I25', moment !== undefined || isVoid, () => `${writer.name} committed what never landed`)
    // What was asked before a wipe may have landed in what was wiped.
    if (moment !== undefined && !isVoid) moment.isResolved = true
  }

  /** A process begins to open the store. @returns what `read` is to be told */
  opening(): number {
    return this.flipped
  }

  /**
   * What a process reads is what a commit left, and the newest of those that were answered for.
   *
   * @param opened - what `opening` said
   */
  read(writer: Writer, { snapshot, records }: JournalContents, opened: number): void {
    const { laws } = this.world
    const texts = snapshot === undefined ? records : [snapshot, ...records]
    const found = this.past.find(texts)
    const moment = laws.present('I25', found, () => `${writer.name} reads what was never stored`)
    // Somebody else was let in while it read: it may know less than that one has written, and writes nothing.
    if (this.holder !== writer) return writer.wasRead(moment.shelf)
    const missing = this.past.resolvedAfter(moment)
    const mayMiss = this.isRotten || this.hasFlips
    laws.must(
      'I25',
      mayMiss || missing === 0,
      () => `${writer.name} does not read the last ${missing} commits`,
    )
    // What was written and never answered for may be gone without any damage, and what is written next comes after this.
    if (mayMiss || moment !== this.past.now) this.goTo(moment)
    this.isRotten = false
    // Who opens writes all of it anew and removes the rest: a bit that was flipped before that is gone.
    this.overwritten = Math.max(this.overwritten, opened)
    writer.wasRead(moment.shelf)
  }

  /** Power cut. All processes must be dead. */
  cutPower(luck: Chance): void {
    const before = this.past.now
    const mayLose = this.storage.cutPower(luck)
    const moment = this.survivors()
    const missing = this.past.resolvedAfter(moment)
    const { laws, coverage } = this.world
    laws.must(
      'I25',
      mayLose || this.isRotten || this.hasFlips || missing === 0,
      () => `the power took ${missing} commits that were answered for`,
    )
    if (missing > 0) coverage.sometimes('unsynced commits lost')
    else if (moment.print !== before.print) coverage.sometimes('unanswered commit torn off')
    this.goTo(moment)
    // Nothing is cached any more: what is there now is what there is.
    this.overwritten = this.flipped
  }

  wipe(): void {
    this.storage.wipe()
    this.goTo(this.survivors())
  }

  /** Keeps a copy for later. */
  save(): void {
    this.savings = { saved: this.storage.save(), moment: this.past.now }
  }

  /** @returns whether there was an old copy to put back. */
  restore(): boolean {
    if (this.savings === undefined) return false
    this.storage.restore(this.savings.saved)
    this.goTo(this.survivors())
    return true
  }

  /** Something may have become unreadable at rest. */
  damage(how: () => void, isAtRest: boolean): void {
    const before = this.storage.survived()
    if (isAtRest) this.flipped += 1
    how()
    if (before.join() !== this.storage.survived().join()) this.isRotten = true
  }

  /** Somebody erases it: from now on it may be empty, and is when that is answered. */
  erasing(): () => void {
    this.isRotten = true
    return () => this.goTo(this.survivors())
  }

  /** Somebody takes the lock from whoever holds it. */
  rob(how: () => void): void {
    this.wasRobbed = true
    how()
  }

  clone(): Device {
    const { world, storage, past } = this
    const twin = new Device(world, (landed) => storage.clone(landed), past.copy())
    world.knownLedger(this.shelf.session)?.copied(this, twin, this.shelf.wired)
    twin.goTo(twin.survivors())
    return twin
  }

  hasGoneBack(session: string | undefined): boolean {
    return session !== undefined && this.goneBack.has(session)
  }

  /** There is less of a session than it has come to: what is on the shelf, if that is its own. */
  lacks(session: string | undefined, shelf = this.shelf): void {
    if (session === undefined) return
    this.goneBack.add(session)
    const ledger = this.world.knownLedger(session)
    if (ledger === undefined) return
    ledger.forgotten(this, shelf.session === session ? shelf : EMPTY)
    ledger.isSplit = true
  }

  get holder(): Writer | undefined {
    return this.letIn.at(-1)
  }

  /** The store was opened by this one: it is whose the store is now. */
  lets(writer: Writer): void {
    this.letIn.push(writer)
  }

  /**
   * It heard late that it was let in: somebody else had the store by then, and has it. The first of all keeps its place,
   * because nobody was before it.
   */
  refuses(writer: Writer): void {
    const place = this.letIn.lastIndexOf(writer)
    if (place > 0) this.letIn.splice(place, 1)
  }

  private get hasFlips(): boolean {
    return this.flipped > this.overwritten
  }

  private survivors(): Moment {
    const texts = this.storage.survived()
    const found = this.past.find(texts)
    return this.world.laws.present('I25', found, () => `the store holds what was never committed`)
  }

  /** The store is as it was at that moment; what came later is lost, and may be. */
  private goTo(moment: Moment): void {
    for (const writing of this.writings) writing.isVoid = true
    const { session } = this.shelf
    // An old copy may bring an older session back.
    if (this.past.now !== moment)
      for (const id of new Set([session, moment.shelf.session])) this.lacks(id, moment.shelf)
    this.past.goTo(moment)
  }

  private landed(commit: Commit): void {
    const alike = [...this.writings].filter((one) => isSame(one.commit, commit))
    const writing = alike.find(({ writer }) => writer === this.holder) ?? alike[0]
    const moment = this.past.add(commit)
    if (writing === undefined) return
    writing.moment = moment
    const { writer } = writing
    const isHolder = this.holder === writer
    this.world.laws.must(
      'I16',
      isHolder,
      () => `${writer.name} writes, and ${this.holder?.name ?? 'nobody'} holds`,
    )
    const { records, snapshot } = commit
    writer.landed(shelfOf(snapshot === undefined ? records : [snapshot]))
  }
}

const isSame = (one: Commit, other: Commit): boolean =>
  one.snapshot === other.snapshot &&
  one.records.length === other.records.length &&
  one.records.every((record, index) => record === other.records[index])
