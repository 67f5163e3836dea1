/**
 * The server's copy of a session's state: the same fold as the client's, over the same entries in the log's order.
 *
 * What it stands for is two numbers, and an entry at or below them is never folded again. While the state itself
 * is still on its way, from the log or from the client, entries wait.
 */
import { HoldfastError } from '../base/errors.ts'
import { isThenable } from './emitter.ts'
import type { Ledger } from './ledger.ts'
import { logFailed } from './ledger.ts'
import { Promised } from './promised.ts'
import type { SavedState, StatePoint } from './session-log.ts'
import type { StateRule } from './settings.ts'

/** The messages of each direction that a state stands for. */
interface Standing {
  readonly up: number
  readonly down: number
}

type Entry = SavedState['entries'][number]

/** Entries between two saves: so much is folded again after a restart. */
const SAVE_EVERY = 256
/** Characters of entries, likewise: the log keeps what is not saved, and has its bounds. */
const SAVE_EVERY_CHARACTERS = 1024 * 1024
/** Messages that are read from the log at a time. */
const READ_AT_ONCE = 256

export class Fold {
  state: unknown
  up = 0
  down = 0
  private readonly rule: StateRule
  private readonly ledger: Ledger
  private readonly failed: (error: HoldfastError) => void
  private readonly ready: () => void
  /** Settled when `state` is what the entries say; there is none while it is. */
  private readiness: Promised<void> | undefined = new Promised()
  private waiting: Entry[] = []
  /** A state from elsewhere that is to be gone on with. */
  private given: (Standing & { readonly state: unknown }) | undefined
  private sinceSave = 0
  private charactersSinceSave = 0
  private saving = Promise.resolve()
  private loading: Promise<boolean> | undefined
  /** Whether what is being read must be read once more. */
  private isStale = false
  /** Where the log stood when its state was read: below these numbers nothing will be appended any more. */
  private floor: Standing = { up: 0, down: 0 }

  /** @param ready - told each time when the state has come */
  constructor(rule: StateRule, ledger: Ledger, failed: (error: HoldfastError) => void, ready: () => void) {
    this.rule = rule
    this.ledger = ledger
    this.failed = failed
    this.ready = ready
    this.state = this.initial()
  }

  /** Whether `state` is what the entries say. */
  get isReady(): boolean {
    return this.readiness === undefined
  }

  /** Whether there is a state, if only to fold onto what the log is still being asked for. */
  get isHere(): boolean {
    return this.isReady || this.given !== undefined
  }

  /** Resolves when the state has come; `undefined` if it is here. */
  get coming(): Promise<void> | undefined {
    return this.readiness?.promise
  }

  /** The log holds more than was told here: what is to be told next waits until that was read, on top of this. */
  reopen(): void {
    if (this.isReady) this.adopt(this.state, this.up, this.down)
    this.readiness ??= new Promised()
  }

  /**
   * Says where the log stands before its state is read.
   *
   * A log that lost entries skips their numbers, because the client has met them. The state stands for those numbers,
   * too: otherwise a client that is still processing a lost message would fold it onto our copy, and we never would.
   */
  standAt(up: number, down: number): void {
    this.floor = { up, down }
  }

  /** Goes on with the state as it is, or was given. */
  resume(): void {
    const { state, up, down } = this.given ?? this
    this.settle(state, up, down)
  }

  /** Keeps nobody waiting any more. */
  stop(): void {
    this.readiness?.resolve()
  }

  /**
   * Reads the state from the log.
   *
   * @returns false if there is none that makes sense; then it waits for `adopt`.
   */
  load(): Promise<boolean> {
    this.reopen()
    // What is under way may have been answered before the log had what it is read for now.
    if (this.loading !== undefined) this.isStale = true
    this.loading ??= this.read().finally(() => (this.loading = undefined))
    return this.loading
  }

  /** Folds what was just appended. */
  apply(direction: Entry['direction'], from: number, texts: readonly string[]): void {
    for (let i = 0; i < texts.length; i += 1) {
      const entry = { direction, seq: from + i, text: texts[i] as string }
      if (this.isReady) this.fold(entry)
      else this.waiting.push(entry)
    }
    const isMuch = this.sinceSave >= SAVE_EVERY || this.charactersSinceSave >= SAVE_EVERY_CHARACTERS
    if (this.isReady && isMuch) void this.save()
  }

  /** Takes a state from elsewhere, for `resume` to go on with, or for `load` to fold the log's entries onto. */
  adopt(state: unknown, up: number, down: number): void {
    this.given = { state, up, down }
  }

  /** Takes the initial state, for a session that stands at the two numbers. */
  adoptInitial(up: number, down: number): void {
    this.adopt(this.initial(), up, down)
  }

  /** Begins with the initial state. */
  begin(up: number, down: number): void {
    this.adoptInitial(up, down)
    this.resume()
  }

  /** The state as JSON, and what it stands for; `undefined`, and told, if JSON cannot carry what the reducer made. */
  point(): StatePoint | undefined {
    try {
      return { state: toJson(this.state), up: this.up, down: this.down }
    } catch (cause) {
      const hint = 'Return plain JSON from the reducer; until then the state is neither saved nor sent.'
      this.failed(
        new HoldfastError('reducer-failed', 'The reducer returned a state that JSON cannot carry.', {
          cause,
          hint,
        }),
      )
      return undefined
    }
  }

  /** Saves the state, if it is news, after any save that is under way. Never rejects. */
  save(): Promise<void> {
    if (!this.isReady || this.sinceSave === 0) return this.saving
    this.sinceSave = 0
    this.charactersSinceSave = 0
    this.saving = this.saving.then(() => this.write())
    return this.saving
  }

  /** A copy for each session, so that a reducer which changes what it is given harms no other. */
  private initial(): unknown {
    return JSON.parse(toJson(this.rule.initial))
  }

  private async write(): Promise<void> {
    try {
      const point = this.isReady ? this.point() : undefined
      if (point !== undefined) await this.ledger.saveState(point)
    } catch (cause) {
      this.failed(logFailed(cause))
    }
  }

  private async read(): Promise<boolean> {
    this.isStale = false
    const { saved, entries } = await this.ledger.readState()
    // The client's state goes on, even where the saved one stands for more down messages: the log may have trimmed up
    // messages since it was saved. What the log still holds of the difference the client will get, and we fold; the rest
    // is a gap for the client, and so for us.
    const goesOn = this.given !== undefined && this.given.up >= (saved?.up ?? 0)
    const unmet = goesOn ? await this.downs((this.given?.down ?? 0) + 1, saved?.down ?? 0) : []
    if (this.isStale) return this.read()
    try {
      // Whatever becomes of the state, these are to be folded on top of it.
      this.waiting = [...unmet, ...entries, ...this.waiting]
      if (goesOn) this.resume()
      else if (saved === undefined) this.settle(this.initial(), 0, 0)
      else this.settle(JSON.parse(saved.state), saved.up, saved.down)
      return true
    } catch (cause) {
      this.failed(logFailed(cause))
      return false
    }
  }

  /** The down messages with these numbers that the log still holds. */
  private async downs(from: number, to: number): Promise<readonly Entry[]> {
    const held: Entry[] = []
    for (let next = from; next <= to;) {
      const read = (await this.ledger.readDown(next, READ_AT_ONCE)) ?? []
      for (const { seq, text } of read) if (seq <= to) held.push({ direction: 'down', seq, text })
      const last = read.at(-1)?.seq ?? to
      // A log that answers nonsense must not keep us here.
      if (last < next)
        throw new TypeError(`the log was asked for messages from ${next} on, and gave up to ${last}`)
      next = last + 1
    }
    return held
  }

  private settle(state: unknown, up: number, down: number): void {
    this.state = state
    this.up = up
    this.down = down
    const { waiting } = this
    this.waiting = []
    for (const entry of waiting) this.fold(entry)
    this.up = Math.max(this.up, this.floor.up)
    this.down = Math.max(this.down, this.floor.down)
    const { readiness } = this
    this.readiness = undefined
    if (this.given !== undefined) {
      this.given = undefined
      this.sinceSave += 1
      void this.save()
    }
    readiness?.resolve()
    if (readiness !== undefined) this.ready()
  }

  private fold(entry: Entry): void {
    const { direction, seq } = entry
    if (seq <= this[direction]) return
    this[direction] = seq
    this.sinceSave += 1
    this.charactersSinceSave += entry.text.length
    try {
      // Parsed anew: whoever else holds the message may change it.
      const after = this.rule.reduce(this.state, { direction, seq, data: JSON.parse(entry.text) as unknown })
      refuseNoState(after)
      this.state = after
    } catch (cause) {
      this.failed(
        new HoldfastError('reducer-failed', `The reducer failed on ${direction} message ${seq}.`, {
          cause,
          hint: 'Return the state from the reducer, as plain JSON.',
        }),
      )
    }
  }
}

/** What no JSON can stand for; what is inside a state is found out when it is written. */
function refuseNoState(state: unknown): void {
  if (isThenable(state)) refusePromise(state)
  if (['undefined', 'function', 'symbol', 'bigint'].includes(typeof state))
    throw new TypeError(`a reducer gives a state, not ${typeof state}`)
}

/** JSON would make `{}` of it, and nobody would hear of its rejection. */
function refusePromise(promise: PromiseLike<unknown>): never {
  promise.then(undefined, () => {})
  throw new TypeError('a reducer gives a state, not a promise of one')
}

function toJson(state: unknown): string {
  return JSON.stringify(state) ?? 'null'
}
