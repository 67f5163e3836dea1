/**
 * Gets changes into the store: in order, many at a time, and at last or not at all.
 *
 * Group commit: whatever gathers while one commit is under way goes into the next, so a store that syncs to
 * disk costs one sync for a whole turn's messages. A change that only trims (an ack) waits a little for
 * company. Every so often the commit carries a snapshot, when as much has been appended as a snapshot is
 * long: the cost of writing it whole is thereby spread evenly over the messages.
 */
import { type HoldfastError, isHoldfastError } from '../base/errors.ts'
import { after, milliseconds, seconds } from '../base/time.ts'
import type { Change } from '../core/effect.ts'
import type { Clock } from '../ports/clock.ts'
import type { Journal, JournalContents } from '../ports/session-store.ts'
import type { Image } from './image.ts'
import { type StoredChange, writeChange } from './record.ts'
import { asStoreError, tellIfSilent, withMemoryHint } from './store-errors.ts'

export interface PersisterListener {
  /** Everything to this revision is stored, with these watermarks. */
  persisted(revision: number, cursor: number, last: number): void
  /** The application's state is another one. */
  folded(): void
  /** Another holder has the store. */
  fenced(error: HoldfastError): void
  /** The store has failed, healing too: memory has to do, until `revived`. */
  gaveUp(error: HoldfastError): void
  /** The store has not answered a commit for a while: nothing goes out before it does. */
  silent(error: HoldfastError): void
  /** The store works again, and holds everything. */
  revived(): void
  /** The application's reducer has returned something that is no JSON. */
  unwritable(cause: unknown): void
}

/** What one commit takes along, and where the session stands with it. */
interface Batch {
  readonly records: readonly string[]
  readonly revision: number
  readonly cursor: number
  readonly last: number
}

/** Where things are stored: in a journal, or in memory, for good or until the journal that was given up works again. */
type Storage =
  | { readonly kind: 'journal'; readonly journal: Journal }
  | { readonly kind: 'given-up'; readonly journal: Journal }
  | { readonly kind: 'memory' }

const TRIM_WITHIN = milliseconds(250)
const HEAL_AFTER = [milliseconds(20), milliseconds(200), milliseconds(1000)]
/** How often a store that was given up is tried again: a disk that was full, a permission that was missing. */
const REVIVE_EVERY = seconds(30)
/** How long a commit may take before the application is told. */
const TELL_AFTER = seconds(5)
const SNAPSHOT_RECORDS = 256
const SNAPSHOT_CHARACTERS = 64 * 1024

export class Persister {
  private readonly image: Image
  private readonly keepsDown: boolean
  private readonly clock: Clock
  private readonly listener: PersisterListener
  private storage: Storage
  private pending: string[] = []
  private revision = 0
  private isCommitting = false
  private isScheduled = false
  private cancelTrim: (() => void) | undefined
  private cancelRevival: (() => void) | undefined
  private cancelTelling: (() => void) | undefined
  private recordsSince = 0
  private charactersSince = 0
  private snapshotLength = 0
  private needsSnapshot = false
  private readonly idle: (() => void)[] = []
  private isLeaving = false
  /** We have left: the store is another's. */
  private isOver = false

  constructor(
    image: Image,
    journal: Journal | undefined,
    keepsDown: boolean,
    clock: Clock,
    listener: PersisterListener,
  ) {
    this.image = image
    this.storage = journal === undefined ? { kind: 'memory' } : { kind: 'journal', journal }
    this.keepsDown = keepsDown
    this.clock = clock
    this.listener = listener
  }

  /** What was read is not worth keeping as it is: the first commit replaces it. */
  replaceAll(): void {
    this.needsSnapshot = true
  }

  /** [PS-3] What earlier processes appended counts, too: many short lives must not make one long journal. */
  goOnFrom({ snapshot = '', records }: JournalContents): void {
    this.snapshotLength = snapshot.length
    this.recordsSince = records.length
    for (const record of records) this.charactersSince += record.length
  }

  /** @param down - the messages whose processing this change commits. */
  add(revision: number, change: Change, down: StoredChange['down']): void {
    if (this.isOver) return
    const { up } = change
    if (up !== undefined) this.image.append(up.from, up.text)
    const data =
      up === undefined || !this.keepsDown
        ? undefined
        : { from: up.from, data: JSON.parse(up.text) as unknown }
    const kept = this.keepsDown ? down : undefined
    const hasChanged = this.image.apply(change, data, kept)
    this.push(revision, writeChange(change, kept))
    if (onlyTrims(change)) this.trimSoon()
    else this.schedule()
    if (hasChanged) this.listener.folded()
  }

  /** The server's copy of the state replaces ours. */
  adopt(text: string, state: unknown, up: number, down: number): void {
    if (this.isOver) return
    this.image.apply({ adopted: { state, up, down } })
    this.push(this.revision, writeChange({}, undefined, { text, up, down }))
    this.schedule()
    this.listener.folded()
  }

  /**
   * We are leaving. Resolves when nothing is left to commit; what comes later is not taken any more.
   *
   * @param erases - everything stored is erased next: it need not be brought up to date for that.
   */
  async settled({ erases = false }: { readonly erases?: boolean } = {}): Promise<void> {
    this.isLeaving = true
    this.cancelTrim?.()
    this.cancelRevival?.()
    this.cancelTelling?.()
    this.schedule()
    await this.idled()
    // [PS-11] What memory alone has would be gone.
    if (!erases) await this.revive()
    await this.idled()
    this.isOver = true
  }

  private async idled(): Promise<void> {
    while (this.isScheduled || this.isCommitting)
      await new Promise<void>((resolve) => this.idle.push(resolve))
  }

  private push(revision: number, record: string): void {
    this.revision = revision
    this.pending.push(record)
    this.recordsSince += 1
    this.charactersSince += record.length
  }

  private trimSoon(): void {
    if (this.isScheduled || this.cancelTrim !== undefined) return
    this.cancelTrim = this.clock.alarm(after(this.clock.now(), TRIM_WITHIN), () => {
      this.cancelTrim = undefined
      this.schedule()
    })
  }

  private schedule(): void {
    if (this.isScheduled || this.isCommitting || this.pending.length === 0) return
    this.isScheduled = true
    queueMicrotask(() => {
      this.isScheduled = false
      void this.commitAll()
    })
  }

  private async commitAll(): Promise<void> {
    if (this.isCommitting) return
    this.isCommitting = true
    while (this.pending.length > 0) {
      const snapshot = this.isSnapshotDue() ? this.takeSnapshot() : undefined
      const batch = this.takeBatch()
      const { storage } = this
      const landed = storage.kind === 'journal' ? await this.commit(storage.journal, batch, snapshot) : batch
      if (landed === undefined) break
      this.listener.persisted(landed.revision, landed.cursor, landed.last)
    }
    this.isCommitting = false
    this.tellIdle()
  }

  private tellIdle(): void {
    if (this.isScheduled || this.isCommitting) return
    for (const resolve of this.idle.splice(0)) resolve()
  }

  /** @returns what is stored then; `undefined` if there is nobody left to report to. */
  private async commit(
    journal: Journal,
    batch: Batch,
    snapshot: string | undefined,
  ): Promise<Batch | undefined> {
    // [PS-12] Who leaves is told in its own time.
    if (!this.isLeaving)
      this.cancelTelling = tellIfSilent(this.clock, TELL_AFTER, (error) => this.listener.silent(error))
    try {
      const { records } = batch
      await journal.commit(snapshot === undefined ? { records } : { records, snapshot })
      return batch
    } catch (error) {
      return await this.heal(journal, error)
    } finally {
      this.cancelTelling?.()
    }
  }

  /** [PS-4] A failed commit may have landed: after reopening, one snapshot says all, whatever is there. */
  private async heal(journal: Journal, first: unknown): Promise<Batch | undefined> {
    let error = first
    for (const pause of HEAL_AFTER) {
      if (isHoldfastError(error, 'store-fenced')) {
        this.listener.fenced(error)
        return undefined
      }
      await new Promise<void>((resolve) => this.clock.alarm(after(this.clock.now(), pause), resolve))
      try {
        await journal.reopen()
        const snapshot = this.takeSnapshot()
        // The snapshot holds what came meanwhile, too: written after it once more, it would stand there twice.
        const { records: _, ...rest } = this.takeBatch()
        if (snapshot === undefined) break
        await journal.commit({ records: [], snapshot })
        return { ...rest, records: [] }
      } catch (next) {
        error = next
      }
    }
    this.storage = { kind: 'given-up', journal }
    this.listener.gaveUp(withMemoryHint(asStoreError(error), ', and tries the store again every half minute'))
    this.reviveLater()
    return this.takeBatch()
  }

  private reviveLater(): void {
    if (this.isLeaving) return
    this.cancelRevival = this.clock.alarm(after(this.clock.now(), REVIVE_EVERY), () => void this.revive())
  }

  /** [PS-11] One snapshot says all; until it is written, memory goes on having to do. */
  private async revive(): Promise<void> {
    if (this.storage.kind !== 'given-up') return
    if (this.isCommitting) return this.reviveLater()
    const { journal } = this.storage
    this.isCommitting = true
    let batch: Batch | undefined
    try {
      await journal.reopen()
      const snapshot = this.takeSnapshot()
      batch = this.takeBatch()
      if (snapshot === undefined) throw new TypeError('a state that is no JSON')
      await journal.commit({ records: [], snapshot })
      this.storage = { kind: 'journal', journal }
      this.listener.revived()
    } catch (error) {
      if (isHoldfastError(error, 'store-fenced')) {
        // [PS-7] It is another's, and not ours to try again.
        this.storage = { kind: 'memory' }
        this.listener.fenced(error)
      } else this.reviveLater()
    }
    // Stored again, or kept in memory as what came before it.
    if (batch !== undefined) this.listener.persisted(batch.revision, batch.cursor, batch.last)
    this.isCommitting = false
    this.schedule()
    this.tellIdle()
  }

  private takeBatch(): Batch {
    const { pending: records, revision } = this
    const { cursor, lastUp: last } = this.image
    this.pending = []
    return { records, revision, cursor, last }
  }

  private isSnapshotDue(): boolean {
    if (this.needsSnapshot) return true
    return (
      this.recordsSince > SNAPSHOT_RECORDS &&
      this.charactersSince > Math.max(SNAPSHOT_CHARACTERS, this.snapshotLength)
    )
  }

  /** @returns `undefined` if the application's state is none that JSON can carry: the records have to do. */
  private takeSnapshot(): string | undefined {
    this.needsSnapshot = false
    this.recordsSince = 0
    this.charactersSince = 0
    try {
      const snapshot = this.image.snapshot()
      this.snapshotLength = snapshot.length
      return snapshot
    } catch (cause) {
      this.listener.unwritable(cause)
      return undefined
    }
  }
}

function onlyTrims(change: Change): boolean {
  for (const key in change) if (key !== 'acked') return false
  return true
}
