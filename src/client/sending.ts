/**
 * From `send()` to a number, and from the outbox's watermarks back to what became of it.
 */
import { HoldfastError } from '../base/errors.ts'
import { unacknowledged, unacknowledgedBytes } from '../core/parts/outbox.ts'
import type { State as CoreState } from '../core/state.ts'
import { utf8Length } from '../protocol/utf8.ts'
import { Deliveries, Tracked } from './deliveries.ts'
import type { Delivery } from './events.ts'
import { refuseIfFull, refuseIfTooLarge, textOf } from './outgoing.ts'
import { type Bounds, DEFAULTS } from './settings.ts'

/** As much of the driver as sending takes. */
export interface Core {
  readonly state: CoreState
  dispatch(input: { readonly type: 'submit'; readonly text: string }): void
}

/** A message that was accepted and has no number yet. */
interface Early {
  readonly text: string
  readonly tracked: Tracked
}

export class Sending {
  readonly deliveries = new Deliveries()
  private readonly core: Core
  private readonly bounds: Bounds
  private readonly report: (cause: unknown) => void
  /** Sent before the store was read: they get their numbers when it has been. */
  private early: Early[] | undefined = []

  constructor(core: Core, bounds: Bounds, report: (cause: unknown) => void) {
    this.core = core
    this.bounds = bounds
    this.report = report
  }

  /** Whether messages wait for the store to be read. */
  get hasEarly(): boolean {
    return this.early !== undefined && this.early.length > 0
  }

  /** Messages accepted and not yet acknowledged. */
  get pending(): number {
    return unacknowledged(this.core.state.outbox) + (this.early?.length ?? 0)
  }

  send(data: unknown): Delivery {
    const text = textOf(data)
    refuseIfTooLarge(text, this.core.state.limits?.messageBytes ?? DEFAULTS.messageBytes)
    refuseIfFull(text, { messages: this.pending, bytes: this.pendingBytes() }, this.bounds)
    const tracked = new Tracked(this.report)
    if (this.early === undefined) this.submit(text, tracked)
    else this.early.push({ text, tracked })
    return tracked
  }

  /** The store has been read: where counting goes on from. */
  begin(state: CoreState): void {
    this.deliveries.begin(state.outbox)
  }

  /**
   * [UP-2] In the order of the calls: what is sent from a listener meanwhile waits at the end of the line.
   *
   * @param error - why the session was closed, unless the application closed it
   */
  submitEarly(error: HoldfastError = tooEarly()): void {
    for (let first = this.early?.shift(); first !== undefined; first = this.early?.shift()) {
      if (this.core.state.phase.kind === 'closed') first.tracked.fail(error)
      else this.submit(first.text, first.tracked)
    }
    this.early = undefined
  }

  private submit(text: string, tracked: Tracked): void {
    this.deliveries.track(this.core.state.outbox.last + 1, tracked)
    this.core.dispatch({ type: 'submit', text })
  }

  private pendingBytes(): number {
    let bytes = unacknowledgedBytes(this.core.state.outbox)
    for (const { text } of this.early ?? []) bytes += utf8Length(text)
    return bytes
  }
}

const tooEarly = () => new HoldfastError('closed', 'The session was closed before its store was read.')
