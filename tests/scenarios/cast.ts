/**
 * Who plays in every scenario: a stage, clients behind an abstraction, traffic both ways, and a ledger that
 * believes neither side.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStore, type SessionStore } from 'holdfast'
import { journalStore } from 'holdfast/node'
import {
  socketStage,
  virtualStage,
  type Stage,
  type StageApp,
  type VirtualStageOptions,
} from 'holdfast/testing'
import { type ClientHost, nodeClient } from './client-host.ts'
import { busyStore } from './busy-store.ts'
import { stageDoor } from './door.ts'

export type StageKind = 'virtual' | 'socket'
export type StoreKind = 'memory' | 'journal'

/** Every scenario is played on both stages with both stores. */
export const PLAYBILL: readonly (readonly [StageKind, StoreKind])[] = [
  ['virtual', 'memory'],
  ['virtual', 'journal'],
  ['socket', 'memory'],
  ['socket', 'journal'],
]

export interface Cast {
  readonly kind: StageKind
  readonly store: StoreKind
  readonly stage: Stage
  readonly client: ClientHost
  /** Further clients, each with a store of its own. */
  addClient(name: string): ClientHost
  /** What the log said that it has, by session and number. */
  readonly said: ReadonlyMap<string, ReadonlyMap<number, unknown>>
  /** The server says something to every session that it has now; what it cannot say is not said. */
  speak(text: unknown): Promise<void>
  /** Waits until all that was sent has arrived, then compares the books. */
  balance(): Promise<void>
}

export interface CastOptions {
  readonly server?: VirtualStageOptions['server']
  readonly stateModule?: string
  readonly seed?: number
  /** @defaultValue answers each message once with its echo */
  readonly answers?: boolean
}

export async function withCast(
  kind: StageKind,
  store: StoreKind,
  options: CastOptions,
  play: (cast: Cast) => Promise<void>,
): Promise<void> {
  const directory = store === 'journal' ? await mkdtemp(join(tmpdir(), 'scenario-')) : undefined
  const troupe = new Troupe(kind, store, directory)
  try {
    await troupe.begin(options)
    await play(troupe)
  } finally {
    await troupe.end()
    if (directory !== undefined) await rm(directory, { recursive: true })
  }
}

class Troupe implements Cast {
  readonly kind: StageKind
  readonly store: StoreKind
  readonly said = new Map<string, Map<number, unknown>>()
  stage!: Stage
  client!: ClientHost
  private readonly directory: string | undefined
  private readonly clients: ClientHost[] = []
  private readonly busy = { count: 0 }
  private readonly echoed = new Set<string>()

  constructor(kind: StageKind, store: StoreKind, directory: string | undefined) {
    this.kind = kind
    this.store = store
    this.directory = directory
  }

  async begin({ server, stateModule, seed = 1, answers = true }: CastOptions): Promise<void> {
    const app: StageApp = answers ? { message: (session, message) => this.echo(session.id, message) } : {}
    this.stage =
      this.kind === 'virtual'
        ? virtualStage({
            app,
            seed,
            isBusy: () => this.busy.count > 0,
            ...(server !== undefined && { server }),
          })
        : await socketStage({
            app,
            door: await stageDoor(),
            ...(stateModule !== undefined && { stateModule }),
          })
    this.client = this.addClient('first')
  }

  async end(): Promise<void> {
    for (const client of this.clients) void client.close()
    if (this.kind === 'virtual') await this.stage.advance(5000)
    await Promise.all(this.clients.map((client) => client.close()))
    await this.stage.close()
  }

  addClient(name: string): ClientHost {
    const client = nodeClient(this.stage, name, this.storeFor(name))
    this.clients.push(client)
    return client
  }

  async speak(text: unknown): Promise<void> {
    await Promise.all(this.stage.sessions.map((session) => this.tell(session.id, text)))
  }

  async balance(): Promise<void> {
    const { stage, clients, said } = this
    const heardOf = ({ session }: ClientHost): number =>
      new Set(stage.received.filter((message) => message.session === session).map(({ seq }) => seq)).size
    // An acknowledged message is in the log; the application is given it in its own time.
    const isDone = (client: ClientHost): boolean =>
      client.pending === 0 &&
      client.received.length >= (said.get(client.session ?? '')?.size ?? 0) &&
      heardOf(client) >= client.sent.length
    await stage.until('balanced books', () => clients.every(isDone), 60_000)
    for (const client of clients) this.audit(client)
  }

  /** Nothing lost, nothing doubled, nothing out of order, in either direction; nothing of anybody else's. */
  private audit(client: ClientHost): void {
    const { session = '' } = client
    const ups = this.stage.received.filter((message) => message.session === session)
    const byNumber = new Map(ups.map(({ seq, data }) => [seq, data]))
    equal(
      [...byNumber.keys()],
      client.sent.map((_, index) => index + 1),
      'numbers of what came up',
    )
    equal([...byNumber.values()], client.sent, 'what came up')
    const fresh = ups.filter(({ redelivered }) => !redelivered).map(({ seq }) => seq)
    equal(fresh.length, new Set(fresh).size, 'what came up twice without saying so')
    equal(
      client.received.map(({ seq }) => seq),
      client.received.map((_, index) => index + 1),
      'numbers of what came down',
    )
    for (const [seq, text] of this.said.get(session) ?? [])
      equal(client.received[seq - 1]?.data, text, `what came down as ${seq}`)
    equal(client.acknowledged, client.sent.length, 'what was acknowledged')
  }

  private async echo(
    session: string,
    { seq, data }: { readonly seq: number; readonly data: unknown },
  ): Promise<void> {
    const key = `${session} ${seq}`
    // What is offered again was perhaps answered before: the number tells.
    if (this.echoed.has(key)) return
    this.echoed.add(key)
    await this.tell(session, `echo of ${String(data)}`)
  }

  private async tell(session: string, text: unknown): Promise<void> {
    try {
      const seq = await this.stage.sessions.find(({ id }) => id === session)?.send(text)
      if (seq === undefined) return
      const book = this.said.get(session) ?? new Map<number, unknown>()
      this.said.set(session, book.set(seq, text))
    } catch {
      // No process has the session at the moment: it was not said.
    }
  }

  private storeFor(name: string): SessionStore {
    if (this.directory === undefined) return memoryStore()
    return busyStore(journalStore(join(this.directory, name)), this.busy)
  }
}

function equal(found: unknown, expected: unknown, what: string): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)]
  if (one !== other) throw new Error(`${what}: ${one?.slice(0, 300)} instead of ${other?.slice(0, 300)}`)
}

/** One line that a reader of the log finds again. */
export function print(name: string, cast: Pick<Cast, 'kind' | 'store'>, figure: string): void {
  process.stdout.write(`${name}: ${cast.kind} stage, ${cast.store}: ${figure}\n`)
}
