/**
 * Whether what another process says is an answer of a log: checked here once, so that nobody else must doubt it.
 */
import type { Method, Request } from './log-wire.ts'
import type { SessionLog } from './session-log.ts'

type Fields = Readonly<Record<string, unknown>>

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const isText = (value: unknown): boolean => typeof value === 'string'
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isOneOf = (value: unknown, words: readonly string[]): boolean => words.some((word) => word === value)

const isRefused = (value: Fields): boolean => isOneOf(value['kind'], ['fenced', 'gone'])
const isWritten = (value: unknown): boolean =>
  isObject(value) && (value['kind'] === 'written' || isRefused(value))

function isAppended(value: unknown): boolean {
  if (!isObject(value)) return false
  return isRefused(value) || (isOneOf(value['kind'], ['appended', 'hole']) && isCount(value['last']))
}

function isNumbered(value: unknown): boolean {
  return isObject(value) && isCount(value['seq']) && isText(value['text'])
}

const isRun = (value: unknown): boolean => Array.isArray(value) && value.every(isNumbered)

function isGreetingAnswer(value: unknown): boolean {
  if (!isObject(value)) return false
  if (value['kind'] !== 'granted') return isOneOf(value['kind'], ['forbidden', 'forked', 'ended'])
  const { outcome, reason, begunAt } = value as { outcome?: unknown; reason?: unknown; begunAt?: unknown }
  return (
    isOneOf(outcome, ['created', 'resumed', 'reset']) &&
    (outcome === 'reset') === isOneOf(reason, ['unknown', 'expired', 'regressed']) &&
    isText(value['epoch']) &&
    (outcome === 'reset' ? isCount(begunAt) : begunAt === undefined || isCount(begunAt)) &&
    ['previous', 'up', 'processed', 'head', 'oldest', 'retainMs'].every((name) => isCount(value[name])) &&
    isOneOf(value['trimmedBy'], ['trimmed', 'expired']) &&
    typeof value['hasState'] === 'boolean'
  )
}

function isSavedState(value: unknown): boolean {
  if (!isObject(value)) return false
  const { saved, entries } = value as { saved?: unknown; entries?: unknown }
  const isPoint = isObject(saved) && isText(saved['state']) && isCount(saved['up']) && isCount(saved['down'])
  const isEntry = (entry: unknown): boolean =>
    isObject(entry) && isOneOf(entry['direction'], ['up', 'down']) && isNumbered(entry)
  return (saved === undefined || isPoint) && Array.isArray(entries) && entries.every(isEntry)
}

const CHECKS: Readonly<Record<Method, (value: unknown) => boolean>> = {
  greet: isGreetingAnswer,
  appendUp: isAppended,
  appendDown: isAppended,
  acknowledge: isWritten,
  markProcessed: isWritten,
  touch: isWritten,
  saveState: isWritten,
  end: isWritten,
  readDown: isRun,
  readUp: isRun,
  readState: isSavedState,
}

export function isAnswer(method: Method, value: unknown): boolean {
  return CHECKS[method](value)
}

/**
 * What the first asking would have been answered, if it was done and its answer was lost.
 *
 * Only this process writes under its grant, and it waits for one append before it makes the next.
 */
export function asAtFirst({ method, args }: Request, value: unknown): unknown {
  const { kind, last } = value as { readonly kind?: unknown; readonly last?: unknown }
  if (method === 'end' && kind === 'gone') return { kind: 'written' }
  if (method !== 'appendDown' || kind !== 'hole') return value
  const [, , after, texts] = args as Parameters<SessionLog['appendDown']>
  return last === after + texts.length ? { kind: 'appended', last } : value
}
