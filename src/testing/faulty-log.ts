/**
 * A session log around another one that fails as the script says: before its effect or after it, or slowly;
 * and that falls silent when the process that uses it dies.
 *
 * Like `faultyStore` it knows no clock and no chance of its own.
 */
import { HoldfastError } from '../base/errors.ts'
import type { SessionLog } from '../server/session-log.ts'

export type LogMethod = Exclude<keyof SessionLog, 'durability' | 'shared'>

/** What is about to happen, as the script is asked about it. */
export interface LogOperation {
  readonly type: LogMethod
  /** Counts all operations of this log from 0. */
  readonly count: number
}

export type LogFault =
  /** Rejects and does nothing. */
  | { readonly kind: 'refused'; readonly error?: Error }
  /** Does it, and rejects all the same: a timeout whose effect was applied. */
  | { readonly kind: 'answer-lost'; readonly error?: Error }
  /** Does it when the promise resolves. */
  | { readonly kind: 'slow'; readonly until: Promise<unknown> }
  /** Rejects, and does it when the promise resolves: a timeout whose effect comes behind what was asked later. */
  | { readonly kind: 'late'; readonly until: Promise<unknown> }
  /** Does it, and this happens before anybody is told. */
  | { readonly kind: 'followed'; readonly by: () => void }

/** @returns what goes wrong with the operation; nothing if `undefined`. */
export type LogScript = (operation: LogOperation) => LogFault | undefined

export interface FaultyLog extends SessionLog {
  /** The process that uses it dies: nothing that it asks from now on happens, and nothing is answered. */
  crash(): void
}

export function faultyLog(inner: SessionLog, script: LogScript = () => undefined): FaultyLog {
  let count = 0
  let isDead = false
  const undergo = async <Answer>(type: LogMethod, work: () => Promise<Answer>): Promise<Answer> => {
    if (isDead) return never()
    const fault = script({ type, count })
    count += 1
    if (isDead) return never()
    if (fault?.kind === 'refused') throw fault.error ?? failure(type)
    if (fault?.kind === 'late') {
      // It is on its way, and comes there whatever becomes of who sent it.
      void fault.until.then(work).catch(() => undefined)
      throw failure(type)
    }
    if (fault?.kind === 'slow') await fault.until
    if (isDead) return never()
    const answer = await work()
    if (fault?.kind === 'followed') fault.by()
    if (isDead) return never()
    if (fault?.kind === 'answer-lost') throw fault.error ?? failure(type)
    return answer
  }
  return {
    durability: inner.durability,
    shared: inner.shared,
    greet: (hello) => undergo('greet', () => inner.greet(hello)),
    appendUp: (...asked) => undergo('appendUp', () => inner.appendUp(...asked)),
    appendDown: (...asked) => undergo('appendDown', () => inner.appendDown(...asked)),
    acknowledge: (...asked) => undergo('acknowledge', () => inner.acknowledge(...asked)),
    markProcessed: (...asked) => undergo('markProcessed', () => inner.markProcessed(...asked)),
    touch: (...asked) => undergo('touch', () => inner.touch(...asked)),
    readDown: (...asked) => undergo('readDown', () => inner.readDown(...asked)),
    readUp: (...asked) => undergo('readUp', () => inner.readUp(...asked)),
    readState: (...asked) => undergo('readState', () => inner.readState(...asked)),
    saveState: (...asked) => undergo('saveState', () => inner.saveState(...asked)),
    end: (...asked) => undergo('end', () => inner.end(...asked)),
    close: () => undergo('close', () => inner.close()),
    crash: () => (isDead = true),
  }
}

const failure = (type: LogMethod): HoldfastError =>
  new HoldfastError('log-failed', `The script refuses \`${type}\`, or loses its answer.`)

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined)
}
