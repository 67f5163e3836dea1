/**
 * One session as `memoryLog` keeps it: its two lanes, its cursors, and what may be forgotten of it.
 */
import type { GapReason, ResetReason } from '../protocol/frames.ts'
import { type Origin, knownBy } from './handshake-rules.ts'
import { type Entry, Lane } from './lane.ts'
import type { Greeting, GreetingAnswer, SavedState, StatePoint, UpMessages } from './session-log.ts'

export interface Bounds {
  readonly messages: number
  readonly characters: number
}

/** What a greeter is told of the session's past. */
type Told =
  { readonly outcome: 'created' | 'resumed' } | { readonly outcome: 'reset'; readonly reason: ResetReason }

export class MemorySession {
  readonly secretHash: string
  readonly subject: string
  epoch = ''
  origin: Origin = { outcome: 'created' }
  base = 0
  generation = 0
  up = 0
  head = 0
  processed = 0
  acked = 0
  /** When somebody was connected last. */
  metAt = 0
  trimmedBy: Exclude<GapReason, 'cancelled'> = 'trimmed'
  /** Highest numbers that were forgotten, or were never here. */
  private lostUp = 0
  private lostDown = 0
  private saved: StatePoint | undefined
  private readonly downs = new Lane()
  private readonly ups = new Lane()
  private order = 0
  private characters = 0

  constructor(owner: { readonly secretHash: string; readonly subject: string }) {
    this.secretHash = owner.secretHash
    this.subject = owner.subject
  }

  /** Whether what is kept is enough to fold a state from. */
  get hasState(): boolean {
    return (this.saved?.up ?? 0) >= this.lostUp && (this.saved?.down ?? 0) >= this.lostDown
  }

  get oldest(): number {
    return this.downs.first?.seq ?? this.head + 1
  }

  /** Comes back from the dead, where all but the numbers was left. */
  rise(tombstone: { readonly up: number; readonly head: number }): void {
    this.skipTo(tombstone.up, tombstone.head)
    this.trimmedBy = 'expired'
  }

  /** Starts an epoch for this greeter. */
  begin(epoch: string, origin: Origin, greeting: Greeting): void {
    this.epoch = epoch
    this.origin = origin
    if (origin.outcome === 'reset') this.skipTo(greeting.acked, knownBy(greeting))
    this.base = this.head
  }

  /** Lets the greeter in, and answers. */
  grant(greeting: Greeting, told: Told, retainMs: number): GreetingAnswer {
    if (told.outcome === 'reset') this.skipTo(greeting.acked, knownBy(greeting))
    // What is met for the first time in the middle has no beginning to fold a state from.
    const { generation: previous } = this
    if (told.outcome === 'reset' && previous === 0) [this.lostUp, this.lostDown] = [this.up, this.head]
    this.generation = greeting.generation
    this.acked = Math.max(this.acked, greeting.received)
    this.trim()
    const { epoch, up, processed, head, oldest, trimmedBy, hasState } = this
    const reason = told.outcome === 'reset' ? { reason: told.reason } : {}
    return {
      kind: 'granted',
      outcome: told.outcome,
      ...reason,
      epoch,
      ...(this.origin.outcome === 'reset' && { begunAt: this.base }),
      previous,
      up,
      processed,
      head,
      oldest,
      trimmedBy,
      hasState,
      retainMs,
    }
  }

  /** Moves the numbers past everything that the client has met, so that none is ever used twice. */
  private skipTo(up: number, head: number): void {
    if (up > this.up) {
      this.up = up
      if (this.ups.read(this.processed + 1, 1).length === 0) this.processed = up
    }
    this.head = Math.max(this.head, head)
  }

  /** @returns whether the messages join on to what is there. */
  appendUp(up: UpMessages): boolean {
    if (up.from > this.up + 1) return false
    if ('givenUpTo' in up) {
      this.up = Math.max(this.up, up.givenUpTo)
      return true
    }
    for (let index = this.up + 1 - up.from; index < up.texts.length; index += 1) {
      this.up += 1
      this.ups.push(this.entry(this.up, up.texts[index] as string))
    }
    return true
  }

  appendDown(texts: readonly string[]): void {
    for (const text of texts) {
      this.head += 1
      this.downs.push(this.entry(this.head, text))
    }
  }

  readDown(from: number, limit: number): readonly Entry[] {
    return this.downs.read(from, limit)
  }

  readUp(from: number, limit: number): readonly Entry[] {
    return this.ups.read(from, limit)
  }

  readState(): SavedState {
    const ups = this.ups.above(this.saved?.up ?? 0).map((entry) => ({ direction: 'up' as const, ...entry }))
    const downs = this.downs
      .above(this.saved?.down ?? 0)
      .map((entry) => ({ direction: 'down' as const, ...entry }))
    const entries = [...ups, ...downs].sort((one, other) => one.order - other.order)
    return {
      saved: this.saved,
      entries: entries.map(({ direction, seq, text }) => ({ direction, seq, text })),
    }
  }

  save(state: StatePoint): void {
    // One that comes late, behind a newer one, is of no use.
    if (this.saved !== undefined && state.up + state.down < this.saved.up + this.saved.down) return
    this.characters += state.state.length - (this.saved?.state.length ?? 0)
    this.saved = state
    this.trim()
  }

  /** Forgets what nobody needs: acknowledged or processed, and inside the saved state if there is one. */
  trim(): void {
    this.cutDowns(Math.min(this.acked, this.saved?.down ?? Infinity))
    this.cutUps(Math.min(this.processed, this.saved?.up ?? Infinity))
  }

  /** Forgets more than that, oldest first, until the bounds are kept; but never what was not processed. */
  confine(bounds: Bounds): void {
    while (this.downs.count + this.ups.count > bounds.messages || this.characters > bounds.characters) {
      const down = this.downs.first
      const up = this.ups.first
      const isUpFree = up !== undefined && up.seq <= this.processed
      if (down !== undefined && (!isUpFree || down.order < up.order)) {
        if (down.seq > this.acked) this.trimmedBy = 'trimmed'
        this.cutDowns(down.seq)
      } else if (isUpFree) this.cutUps(up.seq)
      else return
    }
  }

  private cutDowns(upTo: number): void {
    this.lostDown = Math.max(this.lostDown, this.cut(this.downs, upTo))
  }

  private cutUps(upTo: number): void {
    this.lostUp = Math.max(this.lostUp, this.cut(this.ups, upTo))
  }

  /** @returns the highest number that was cut; 0 if none was */
  private cut(lane: Lane, upTo: number): number {
    let last = 0
    for (let { first } = lane; first !== undefined && first.seq <= upTo; { first } = lane) {
      this.characters -= first.text.length
      last = first.seq
      lane.shift()
    }
    return last
  }

  private entry(seq: number, text: string): Entry {
    this.order += 1
    this.characters += text.length
    return { seq, text, order: this.order }
  }
}
