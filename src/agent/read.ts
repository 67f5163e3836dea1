/**
 * Tells the messages that are ours from everything else.
 *
 * A state must survive whatever a newer or a broken peer says, so nothing is taken on trust: a message whose
 * type is unknown, or one of whose fields is not what it must be, is no message. Unknown fields are ignored.
 */
import type { AgentDown, AgentUp } from './messages.ts'

type Check = (value: unknown) => boolean
type Shape = Readonly<Record<string, Check>>

const text: Check = (value) => typeof value === 'string'
const number: Check = (value) => typeof value === 'number' && Number.isFinite(value)
const count: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0
const json: Check = (value) => value !== undefined && typeof value !== 'function'
const texts: Check = (value) => Array.isArray(value) && value.every(text)
const outcome: Check = (value) => value === 'done' || value === 'cancelled' || value === 'failed'
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)

const keyed: Shape = { key: text, value: maybe(json) }
const toolResult: Shape = { call: text, result: maybe(json), error: maybe(text) }

const UP: ReadonlyMap<unknown, Shape> = new Map<AgentUp['type'], Shape>([
  ['say', { text, sentAt: maybe(number), attachments: maybe(json) }],
  ['cancel', { entry: text }],
  ['set-preference', keyed],
  ['tool-result', toolResult],
])

const DOWN: ReadonlyMap<unknown, Shape> = new Map<AgentDown['type'], Shape>([
  ['entry-open', { entry: text, answers: maybe(count), details: maybe(json) }],
  ['tokens', { entry: text, text, index: maybe(count) }],
  ['entry-done', { entry: text, outcome: maybe(outcome), error: maybe(text) }],
  ['tool-call', { call: text, name: text, input: maybe(json), entry: maybe(text) }],
  ['tool-progress', { call: text, progress: maybe(number), note: maybe(text) }],
  ['tool-result', toolResult],
  ['context-set', keyed],
  ['memory-set', keyed],
  ['preference-set', keyed],
  ['cache-put', keyed],
  ['operation-added', { operation: text, title: text, details: maybe(json) }],
  ['operation-settled', { operation: text }],
  [
    'metadata-set',
    {
      title: maybe(text),
      user: maybe(text),
      tenant: maybe(text),
      region: maybe(text),
      roles: maybe(texts),
      server: maybe(text),
      more: maybe(isRecord),
    },
  ],
])

/** The message, if it is one that the user's side may say. */
export function readUp(value: unknown): AgentUp | undefined {
  // True by the table: every field has been checked against the type of that name.
  return conforms(UP, value) ? (value as unknown as AgentUp) : undefined
}

/** The message, if it is one that the agent's side may say. */
export function readDown(value: unknown): AgentDown | undefined {
  // True by the table, as above.
  return conforms(DOWN, value) ? (value as unknown as AgentDown) : undefined
}

function conforms(shapes: ReadonlyMap<unknown, Shape>, value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false
  const shape = shapes.get(value['type'])
  if (shape === undefined) return false
  // A call ends in a result or in an error, never in both and never in neither.
  if (shape === toolResult && (value['result'] === undefined) === (value['error'] === undefined)) return false
  return Object.entries(shape).every(([field, check]) => check(value[field]))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
