/**
 * The server's copy of the client's state, from wherever it comes: the log, the client, or the beginning.
 */
import type { HoldfastError } from '../base/errors.ts'
import { after, milliseconds } from '../base/time.ts'
import type { Restore, Snapshot } from '../protocol/frames.ts'
import { piecesOf } from '../protocol/encode.ts'
import type { Granted } from './admission.ts'
import { Fold } from './fold.ts'
import type { Instance } from './instance.ts'
import { type Ledger, logFailed } from './ledger.ts'
import { Restoration, type Taken } from './restoration.ts'
import type { StateRule } from './settings.ts'

export interface MirrorOptions {
  readonly instance: Instance
  readonly rule: StateRule
  readonly ledger: Ledger
  readonly failed: (error: HoldfastError) => void
  /** The client has given the state, or has none, and it is here. */
  readonly restored: () => void
  /** The state has come, from wherever. */
  readonly ready: () => void
}

/** How soon to ask a log again that failed. */
const RETRY = milliseconds(1000)

export class Mirror {
  private readonly instance: Instance
  private readonly failed: (error: HoldfastError) => void
  private readonly fold: Fold
  private cancelRetry: () => void = () => {}
  private isStopped = false
  /** The client has answered, and the application does not know it yet. */
  private isRestoring = false
  /** While the client was asked, the log told late of an append: what it has is to be read. */
  private isBehind = false
  private readonly restoration: Restoration

  constructor({ instance, rule, ledger, failed, restored, ready }: MirrorOptions) {
    this.instance = instance
    this.failed = failed
    const { helloWithinMs, stateBytes } = instance.settings.limits
    this.fold = new Fold(rule, ledger, failed, () => {
      ready()
      if (!this.isRestoring) return
      this.isRestoring = false
      restored()
    })
    this.restoration = new Restoration({
      clock: instance.clock,
      patienceMs: helloWithinMs,
      mostCharacters: stateBytes,
      given: (state, claimed, at) => {
        // [SV-52] Of what the log did not have then the client has met nothing, whatever it says.
        const said = { up: claimed.up, down: Math.min(claimed.down, at.down) }
        this.fold.adopt(state, said.up, said.down)
        // What the client has not met yet is in the log, and was never told here.
        this.goOn(said.up >= at.up && said.down >= at.down)
      },
      none: ({ up, down }) => {
        this.fold.adoptInitial(up, down)
        this.goOn(true)
      },
      failed,
    })
  }

  get state(): unknown {
    return this.fold.state
  }

  /** Whether the client is to send its state. */
  get isWanted(): boolean {
    return this.restoration.isWanted
  }

  /** The client has answered. @param isAll - nothing was in the log then that its state does not stand for */
  private goOn(isAll: boolean): void {
    this.isRestoring = true
    if (isAll && !this.isBehind) this.fold.resume()
    else void this.reload()
    this.isBehind = false
  }

  /** Brings the state here, or finds that the client must. */
  async prepare(answer: Granted): Promise<void> {
    if (this.fold.isHere || this.isWanted) return
    if (answer.hasState && answer.up + answer.head === 0) return this.fold.begin(0, 0)
    this.fold.standAt(answer.up, answer.head)
    const isThere = answer.hasState && (await this.fold.load())
    this.restoration.isWanted = !isThere
  }

  /** Folds what was just appended. */
  apply(direction: 'up' | 'down', from: number, texts: readonly string[]): void {
    this.fold.apply(direction, from, texts)
  }

  /** Resolves when the state holds all that was appended; `undefined` if it does. */
  get coming(): Promise<void> | undefined {
    return this.fold.coming
  }

  /** The log knows more than was told here: reads it, as often as it takes. */
  async reload(): Promise<void> {
    // What the client gives is read on top of, when it has come.
    if (this.isWanted) this.isBehind = true
    if (this.isStopped || this.isWanted) return
    this.fold.reopen()
    try {
      if (!(await this.fold.load())) this.fold.resume()
    } catch (cause) {
      if (this.isStopped) return
      this.failed(logFailed(cause))
      const { clock } = this.instance
      this.cancelRetry = clock.alarm(after(clock.now(), RETRY), () => void this.reload())
    }
  }

  /** The client was asked; its answer begins with the first piece. */
  expect(at: { readonly up: number; readonly down: number }): void {
    this.restoration.expect(at)
  }

  take(piece: Restore): Taken {
    return this.restoration.take(piece)
  }

  /** As the client is to take it; nothing if it is not here yet. */
  snapshot(): readonly Snapshot[] {
    const point = this.fold.isReady ? this.fold.point() : undefined
    if (point === undefined) return []
    return piecesOf(point.state, point.up, point.down).map((piece) => ({ type: 'snapshot', ...piece }))
  }

  /** Never rejects. */
  save(): Promise<void> {
    return this.fold.save()
  }

  /** The connection over which the client was asked is over. */
  pause(): void {
    this.restoration.stop()
  }

  stop(): void {
    this.isStopped = true
    this.cancelRetry()
    this.restoration.stop()
    this.fold.stop()
  }
}
