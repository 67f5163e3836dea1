/**
 * The IndexedDB of one origin, for all tabs that are open there: connections, whose transactions run one after
 * another, and the ways in which connections end.
 */
import {
  domError,
  type Listener,
  Request,
  type StepVerdict,
  Transaction,
  type Step,
} from './idb-transaction.ts'
import { Records, type Change, type Key } from './idb-records.ts'
import type { Ground } from './idb-ground.ts'

/** A tab, as the database knows it. */
export interface Tab {
  readonly isDead: boolean
  /** Told when keys were committed that were put. */
  readonly wrote: (keys: readonly Key[]) => void
}

export type OpenVerdict =
  /** The answer does not come before this. */
  | { readonly kind: 'hangs'; readonly blocked: boolean; readonly until: Promise<unknown> }
  | { readonly kind: 'fails'; readonly name: string }
  | undefined

export interface OriginHost {
  readonly ground: Ground
  /** Runs a step in its time. */
  readonly soon: (run: () => void, step: Step['type'] | 'open') => void
  readonly onOpen: () => OpenVerdict
  readonly onStep: (step: Step) => StepVerdict
}

export class Origin {
  private readonly host: OriginHost
  private readonly connections = new Set<Connection>()
  /** Of each database, the transactions in their order; the first one runs. */
  private readonly running = new Map<string, Transaction[]>()

  constructor(host: OriginHost) {
    this.host = host
  }

  /** The factory of a tab: the part of it that the store and idb-keyval ask for. */
  factoryFor(tab: Tab): IDBFactory {
    const open = (name: string, version?: number): OpenRequest => {
      const request = new OpenRequest()
      this.host.soon(() => void this.answer(tab, request, name, version), 'open')
      return request
    }
    const factory: Pick<IDBFactory, 'open'> = { open: open as unknown as IDBFactory['open'] }
    // The rest of the interface is never asked for.
    return factory as IDBFactory
  }

  /** Every connection breaks. @param told - whether they hear of it, which not every browser does. @returns how many */
  breakAll(told: boolean): number {
    const broken = [...this.connections]
    for (const connection of broken) connection.break(told)
    return broken.length
  }

  /** A newer version of the application wants the databases, or somebody to delete them: all are asked to go. */
  askToGo(): void {
    for (const connection of [...this.connections])
      this.host.soon(() => {
        if (connection.isOpen) connection.onversionchange?.()
      }, 'open')
  }

  /** A tab is gone, with its connections and what they were at. */
  die(tab: Tab): void {
    for (const connection of [...this.connections]) if (connection.tab === tab) connection.drop()
  }

  begin(connection: Connection, mode: IDBTransactionMode, durability: 'relaxed' | 'strict'): Transaction {
    const { ground, soon, onStep } = this.host
    const { tab, name } = connection
    const queue = this.running.get(name) ?? []
    this.running.set(name, queue)
    const transaction: Transaction = new Transaction({
      contents: ground.contents(name),
      mode: mode === 'readonly' ? 'readonly' : 'readwrite',
      soon: (run, step) =>
        soon(() => {
          if (!tab.isDead) return run()
          // Its connection was closed before the tab died: nobody else takes it out of the others' way.
          transaction.kill(domError('AbortError'), true)
        }, step),
      script: onStep,
      commit: (changes: readonly Change[], keys) => {
        ground.commit(name, changes, durability)
        tab.wrote(keys)
      },
      ended: () => {
        connection.transactions.delete(transaction)
        const place = queue.indexOf(transaction)
        queue.splice(place, 1)
        if (place === 0) queue[0]?.begin()
      },
    })
    connection.transactions.add(transaction)
    queue.push(transaction)
    if (queue.length === 1) transaction.begin()
    return transaction
  }

  forget(connection: Connection): void {
    this.connections.delete(connection)
  }

  private async answer(tab: Tab, request: OpenRequest, name: string, version?: number): Promise<void> {
    const verdict = this.host.onOpen()
    if (verdict?.kind === 'hangs') {
      if (verdict.blocked && !tab.isDead) request.onblocked?.()
      await verdict.until
    }
    if (tab.isDead) return
    const contents = this.host.ground.contents(name)
    const wanted = version ?? Math.max(1, contents.version)
    const error =
      verdict?.kind === 'fails' ? verdict.name : contents.version > wanted ? 'VersionError' : undefined
    if (error !== undefined) {
      request.error = domError(error)
      request.onerror?.()
      return
    }
    const connection = new Connection(this, this.host.ground, tab, name)
    request.result = connection
    if (contents.version < wanted) {
      const before = connection.upgrade(wanted)
      request.onupgradeneeded?.()
      this.host.ground.commit(name, before, 'relaxed')
    }
    this.connections.add(connection)
    request.onsuccess?.()
  }
}

class OpenRequest extends Request {
  onblocked: Listener = null
  onupgradeneeded: Listener = null
}

export class Connection {
  onclose: Listener = null
  onversionchange: Listener = null
  isOpen = true
  readonly transactions = new Set<Transaction>()
  readonly tab: Tab
  readonly name: string
  private readonly origin: Origin
  private readonly ground: Ground
  private changes: Change[] | undefined

  constructor(origin: Origin, ground: Ground, tab: Tab, name: string) {
    this.origin = origin
    this.ground = ground
    this.tab = tab
    this.name = name
  }

  get objectStoreNames(): { contains(name: string): boolean } {
    const { stores } = this.ground.contents(this.name)
    return { contains: (name) => stores.has(name) }
  }

  /** @returns the changes of the upgrade, while and after they are made. */
  upgrade(version: number): Change[] {
    const changes: Change[] = []
    this.changes = changes
    this.change((contents) => (contents.version = version))
    return changes
  }

  createObjectStore(name: string): void {
    this.change(({ stores }) => stores.set(name, new Records()))
  }

  transaction(
    _store: string,
    mode: IDBTransactionMode,
    { durability }: { readonly durability?: string } = {},
  ): Transaction {
    if (!this.isOpen) throw domError('InvalidStateError')
    return this.origin.begin(this, mode, durability === 'strict' ? 'strict' : 'relaxed')
  }

  /** What has begun comes to its end. */
  close(): void {
    this.isOpen = false
    this.origin.forget(this)
  }

  /** Taken away by the browser, with everything that was under way. */
  break(told: boolean): void {
    if (!this.isOpen) return
    this.close()
    for (const transaction of [...this.transactions]) transaction.kill(domError('UnknownError'), false)
    if (told) this.onclose?.()
  }

  /** The tab is gone. */
  drop(): void {
    this.close()
    for (const transaction of [...this.transactions]) transaction.kill(domError('AbortError'), true)
  }

  private change(change: Change): void {
    change(this.ground.contents(this.name))
    this.changes?.push(change)
  }
}
