/**
 * A transaction of the simulated IndexedDB: one request to a step, a commit when none is left, and the events
 * as browsers fire them. An error bubbles to the transaction before the transaction has a reason of its own.
 */
import type { Change, Contents, Key, KeyRange, Records } from './idb-records.ts'

export type Listener = (() => void) | null

export class Request {
  onsuccess: Listener = null
  onerror: Listener = null
  result: unknown = undefined
  error: DOMException | null = null
}

/** What the world does to the steps of a transaction. */
export type StepVerdict =
  | { readonly kind: 'fails'; readonly name: string }
  /** The transaction commits before its last request is answered: whoever asks for more is too late. */
  | { readonly kind: 'commits-early' }
  | undefined

export interface Step {
  readonly type: 'get' | 'put' | 'delete' | 'commit'
}

export interface TransactionHost {
  readonly contents: Contents
  readonly mode: 'readonly' | 'readwrite'
  /** Runs the next step, in its time. */
  readonly soon: (run: () => void, step: Step['type']) => void
  readonly script: (step: Step) => StepVerdict
  /** The changes are to last from here on. */
  readonly commit: (changes: readonly Change[], keys: readonly Key[]) => void
  /** It has ended; the next one may begin. */
  readonly ended: () => void
}

interface Asked {
  readonly type: 'get' | 'put' | 'delete'
  readonly request: Request
  readonly run: () => unknown
}

export class Transaction {
  oncomplete: Listener = null
  onsuccess: Listener = null
  onabort: Listener = null
  onerror: Listener = null
  error: DOMException | null = null
  private readonly host: TransactionHost
  private readonly asked: Asked[] = []
  private readonly changes: Change[] = []
  private readonly undos: (() => void)[] = []
  private readonly keys: Key[] = []
  private state: 'open' | 'committing' | 'ended' = 'open'

  constructor(host: TransactionHost) {
    this.host = host
  }

  objectStore(name: string): unknown {
    const records = this.host.contents.stores.get(name)
    if (records === undefined) throw domError('NotFoundError')
    return this.storeOver(name, records)
  }

  /** Its turn has come. */
  begin(): void {
    this.host.soon(() => this.step(), 'get')
  }

  abort(): void {
    if (this.state !== 'open') throw domError('InvalidStateError')
    this.end(null)
  }

  /** Taken down from outside. @param silently - whoever would hear of it is dead. */
  kill(error: DOMException, silently: boolean): void {
    if (this.state === 'ended') return
    this.end(error, silently)
  }

  private storeOver(name: string, records: Records): unknown {
    const change = (key: Key, value: unknown): void => {
      const before = records.get(key)
      if (value === undefined) records.delete(key)
      else records.set(key, value)
      this.changes.push(({ stores }) => {
        if (value === undefined) stores.get(name)?.delete(key)
        else stores.get(name)?.set(key, value)
      })
      this.undos.push(() => (before === undefined ? records.delete(key) : records.set(key, before.value)))
    }
    const write = (value: unknown, key: Key): void => {
      change(key, value)
      this.keys.push(key)
    }
    return {
      transaction: this,
      get: (key: Key) => this.ask('get', () => structuredClone(records.get(key)?.value)),
      getAllKeys: (range: KeyRange) => this.ask('get', () => records.within(range).map(([key]) => key)),
      getAll: (range: KeyRange) =>
        this.ask('get', () => records.within(range).map(([, value]) => structuredClone(value))),
      put: (value: unknown, key: Key) => {
        const cloned: unknown = structuredClone(value)
        return this.ask('put', () => write(cloned, key))
      },
      add: (value: unknown, key: Key) => {
        const cloned: unknown = structuredClone(value)
        return this.ask('put', () => {
          if (records.get(key) !== undefined) throw domError('ConstraintError')
          write(cloned, key)
        })
      },
      delete: (keys: Key | KeyRange) =>
        this.ask('delete', () => {
          const range = isRange(keys) ? keys : { lower: keys, upper: keys }
          for (const [key] of records.within(range)) change(key, undefined)
        }),
    }
  }

  private ask(type: Asked['type'], run: () => unknown): Request {
    if (this.state !== 'open') throw domError('TransactionInactiveError')
    if (type !== 'get' && this.host.mode === 'readonly') throw domError('ReadOnlyError')
    const request = new Request()
    this.asked.push({ type, request, run })
    return request
  }

  private step(): void {
    if (this.state !== 'open') return
    const asked = this.asked.shift()
    if (asked === undefined) {
      this.state = 'committing'
      this.host.soon(() => this.commit(), 'commit')
      return
    }
    const { type, request, run } = asked
    const said = this.host.script({ type })
    const verdict = said?.kind === 'commits-early' && this.asked.length > 0 ? undefined : said
    try {
      if (verdict?.kind === 'fails') throw domError(verdict.name)
      request.result = run()
    } catch (reason) {
      this.failed(request, reason as DOMException)
      return
    }
    if (verdict?.kind === 'commits-early') this.state = 'committing'
    this.call(request.onsuccess)
    if (this.state === 'open') this.host.soon(() => this.step(), this.asked[0]?.type ?? 'get')
    else if (verdict?.kind === 'commits-early') this.host.soon(() => this.commit(), 'commit')
  }

  private failed(request: Request, error: DOMException): void {
    request.error = error
    this.call(request.onerror)
    // It bubbles; what the transaction's own reason will be is not set yet.
    this.call(this.onerror)
    if (this.state === 'open') this.end(error)
  }

  private commit(): void {
    if (this.state !== 'committing') return
    const verdict = this.host.script({ type: 'commit' })
    if (verdict?.kind === 'fails') return this.end(domError(verdict.name))
    this.state = 'ended'
    this.host.commit(this.changes, this.keys)
    // It has happened, and a tab that dies now never hears of it.
    this.host.soon(() => this.call(this.oncomplete), 'get')
    this.host.ended()
  }

  private end(error: DOMException | null, silently = false): void {
    this.state = 'ended'
    for (const undo of this.undos.splice(0).toReversed()) undo()
    this.error = error
    if (!silently)
      this.host.soon(() => {
        for (const { request } of this.asked.splice(0)) {
          request.error = domError('AbortError')
          this.call(request.onerror)
        }
        this.call(this.onabort)
      }, 'get')
    this.host.ended()
  }

  /** What a listener throws nobody catches: it takes the transaction down, and the world hears of it. */
  private call(listener: Listener): void {
    try {
      listener?.()
    } catch (reason) {
      if (this.state === 'open') this.end(domError('AbortError'))
      throw reason
    }
  }
}

export function domError(name: string): DOMException {
  return new DOMException('says the simulated IndexedDB', name)
}

function isRange(keys: Key | KeyRange): keys is KeyRange {
  return typeof keys === 'object' && 'lower' in keys
}
