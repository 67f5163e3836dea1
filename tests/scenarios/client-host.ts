/**
 * A client as the scenarios see it, wherever it lives: in this process, or in a page that is driven from outside.
 */
import { connect, type Options, type Session, type SessionStore } from 'holdfast'
import type { Stage } from 'holdfast/testing'

export interface ClientHost {
  readonly session: string | undefined
  readonly status: string
  /** Every kind of status since the start, in order; repetitions left out. */
  readonly statuses: readonly string[]
  readonly pending: number
  readonly acknowledged: number
  readonly sent: readonly unknown[]
  readonly received: readonly { readonly seq: number; readonly data: unknown }[]
  readonly attempts: readonly { readonly number: number; readonly waitMs: number }[]
  readonly handoffs: number
  readonly notices: number
  readonly resets: number
  readonly state: unknown
  /** Resolves when the store has been read: from then on `state` is what the last process left. */
  readonly restored: Promise<void>
  /** Starts it, or starts it again after it was closed: with the same store. */
  start(options?: Options<unknown, unknown, unknown>): void
  send(data: unknown): void
  /** Leaves in order: a page that is closed, a process that ends. */
  close(): Promise<void>
}

export function nodeClient(stage: Stage, name: string, store: SessionStore): ClientHost {
  return new NodeClient(stage, name, store)
}

class NodeClient implements ClientHost {
  readonly statuses: string[] = []
  readonly sent: unknown[] = []
  readonly received: { readonly seq: number; readonly data: unknown }[] = []
  readonly attempts: { readonly number: number; readonly waitMs: number }[] = []
  acknowledged = 0
  handoffs = 0
  notices = 0
  resets = 0
  private readonly stage: Stage
  private readonly name: string
  private readonly store: SessionStore
  private live: Session<unknown, unknown, unknown> | undefined

  constructor(stage: Stage, name: string, store: SessionStore) {
    this.stage = stage
    this.name = name
    this.store = store
  }

  get session(): string | undefined {
    return this.live?.id
  }

  get status(): string {
    return this.live?.status.kind ?? 'not started'
  }

  get pending(): number {
    return this.live?.pending ?? 0
  }

  get state(): unknown {
    return this.live?.state
  }

  get restored(): Promise<void> {
    return this.live?.restored ?? Promise.resolve()
  }

  start(options: Options<unknown, unknown, unknown> = {}): void {
    const { stage, name, store } = this
    const world = stage.kind === 'virtual' ? worldOf(stage) : {}
    const live = connect(stage.url, { ...options, name, store, world })
    this.live = live
    live.on('message', ({ seq, data }) => void this.received.push({ seq, data }))
    live.on('status', ({ kind }) => {
      if (this.statuses.at(-1) !== kind) this.statuses.push(kind)
    })
    live.on('attempt', ({ number, waitMs }) => void this.attempts.push({ number, waitMs }))
    live.on('handoff', () => (this.handoffs += 1))
    live.on('notice', () => (this.notices += 1))
    live.on('reset', () => (this.resets += 1))
  }

  send(data: unknown): void {
    this.sent.push(data)
    const delivery = this.live?.send(data)
    delivery?.onChange((state) => {
      if (state === 'acknowledged') this.acknowledged += 1
    })
  }

  async close(): Promise<void> {
    await this.live?.close()
  }
}

/** Each client of a virtual stage lives on a machine of its own. */
function worldOf(stage: Stage) {
  const { machine } = stage as Stage & { machine(): { readonly world: Stage['world'] } }
  return machine.call(stage).world
}
