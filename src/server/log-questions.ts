/**
 * Whether what another process asks is a question that a log can be asked: a log trusts whoever calls it.
 */
import type { Method } from './log-wire.ts'

type Fields = Readonly<Record<string, unknown>>
type Check = (value: unknown) => boolean

const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isText: Check = (value) => typeof value === 'string'
const isName: Check = (value) => typeof value === 'string' && value.length > 0 && value.length <= 1024
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText)
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isGreeting: Check = (value) =>
  isObject(value) &&
  isName(value['session']) &&
  isText(value['secretHash']) &&
  isText(value['subject']) &&
  ['generation', 'received', 'acked'].every((name) => isCount(value[name])) &&
  (value['epoch'] === undefined || isText(value['epoch'])) &&
  ['welcomed', 'seen', 'stands'].every((name) => value[name] === undefined || isCount(value[name]))

const isGrant: Check = (value) => isObject(value) && isText(value['epoch']) && isCount(value['generation'])

const isUp: Check = (value) =>
  isObject(value) &&
  isCount(value['from']) &&
  (value['givenUpTo'] === undefined ? isTexts(value['texts']) : isCount(value['givenUpTo']))

const isPoint: Check = (value) =>
  isObject(value) && isText(value['state']) && isCount(value['up']) && isCount(value['down'])

/** One for each argument. */
const CHECKS: Readonly<Record<Method, readonly Check[]>> = {
  greet: [isGreeting],
  appendUp: [isName, isGrant, isUp],
  appendDown: [isName, isGrant, isCount, isTexts],
  acknowledge: [isName, isGrant, isCount],
  markProcessed: [isName, isGrant, isCount],
  touch: [isName, isGrant],
  readDown: [isName, isCount, isCount],
  readUp: [isName, isCount, isCount],
  readState: [isName],
  saveState: [isName, isGrant, isPoint],
  end: [isName, isGrant],
}

export function isMethod(name: unknown): name is Method {
  return typeof name === 'string' && Object.hasOwn(CHECKS, name)
}

export function isQuestion(method: Method, args: readonly unknown[]): boolean {
  const checks = CHECKS[method]
  return args.length === checks.length && checks.every((check, index) => check(args[index]))
}
