/** The schema for authors of other servers says what the decoders do. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeClientFrame } from '../../src/protocol/decode-client-frame.ts'
import { decodeServerFrame } from '../../src/protocol/decode-server-frame.ts'
import { CLIENT_FRAMES, SERVER_FRAMES } from '../support/frames.ts'

/** As much of JSON Schema as the file uses. */
interface Schema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly allOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly maxLength?: number
  readonly pattern?: string
}

const KNOWN = new Set(
  '$ref $defs $schema title description allOf anyOf const enum type properties required minimum maximum minItems maxItems maxLength pattern'.split(
    ' ',
  ),
)

const root = JSON.parse(
  readFileSync(new URL('../../docs/protocol/schema.json', import.meta.url), 'utf8'),
) as Schema

function resolved({ $ref }: Schema): Schema {
  const found = root.$defs?.[$ref?.replace('#/$defs/', '') ?? '']
  if (found === undefined) throw new Error(`no definition ${$ref}`)
  return found
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

function accepts(schema: Schema, value: unknown): boolean {
  if (schema.$ref !== undefined) return accepts(resolved(schema), value)
  if (schema.allOf !== undefined && !schema.allOf.every((one) => accepts(one, value))) return false
  if (schema.anyOf !== undefined && !schema.anyOf.some((one) => accepts(one, value))) return false
  if ('const' in schema && value !== schema.const) return false
  if (schema.enum !== undefined && !schema.enum.includes(value)) return false
  if (schema.type !== undefined && !isOfType(value, schema.type)) return false
  if (
    typeof value === 'number' &&
    !((schema.minimum ?? -Infinity) <= value && value <= (schema.maximum ?? Infinity))
  )
    return false
  if (typeof value === 'string' && value.length > (schema.maxLength ?? Infinity)) return false
  if (typeof value === 'string' && schema.pattern !== undefined && !new RegExp(schema.pattern).test(value))
    return false
  if (
    Array.isArray(value) &&
    (value.length < (schema.minItems ?? 0) || value.length > (schema.maxItems ?? Infinity))
  )
    return false
  if (!isOfType(value, 'object')) return true
  const fields = value as Readonly<Record<string, unknown>>
  if (schema.required?.some((name) => fields[name] === undefined) === true) return false
  return Object.entries(schema.properties ?? {}).every(
    ([name, one]) => fields[name] === undefined || accepts(one, fields[name]),
  )
}

const JUNK: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  0,
  1,
  1.5,
  2 ** 52,
  2 ** 52 + 1,
  2 ** 53,
  '',
  'x',
  'x'.repeat(3000),
  [],
  [1],
  {},
  { type: 'ping' },
]

/** Each frame as it is, and with each of its fields replaced by each piece of junk. */
function* samples(frames: readonly object[]): Generator<object> {
  for (const frame of frames) {
    yield frame
    for (const name of Object.keys(frame)) for (const junk of JUNK) yield { ...frame, [name]: junk }
  }
}

/** What a schema cannot say. */
function isBeyondSchema(frame: object): boolean {
  const { type, from, to, part, of } = frame as Readonly<Record<string, unknown>>
  if (type === 'gap') return (to as number) < (from as number)
  if (type === 'restore' || type === 'snapshot') return of !== 0 && (part as number) > (of as number)
  return false
}

describe.each([
  ['client', decodeClientFrame, CLIENT_FRAMES],
  ['server', decodeServerFrame, SERVER_FRAMES],
] as const)('the schema of what a %s sends', (side, decode, frames) => {
  const schema = root.$defs?.[side] ?? {}

  test('[WI-13] agrees with the decoder on sound and on broken frames', () => {
    let sound = 0
    let broken = 0
    for (const sample of samples([...CLIENT_FRAMES, ...SERVER_FRAMES])) {
      if (isBeyondSchema(sample)) continue
      const text = JSON.stringify(sample)
      const isFrame = 'frame' in decode(text)
      expect(accepts(schema, JSON.parse(text)), text.slice(0, 300)).toBe(isFrame)
      if (isFrame) sound += 1
      else broken += 1
    }
    expect(sound).toBeGreaterThan(50)
    expect(broken).toBeGreaterThan(200)
  })

  test('[WI-13] names each type of frame', () => {
    const types = new Set(frames.map(({ type }) => type))
    expect((schema.anyOf ?? []).map(({ $ref }) => $ref?.replace('#/$defs/', '')).toSorted()).toEqual(
      [...types].toSorted(),
    )
  })
})

test('[WI-13] the schema uses no word that this test does not know', () => {
  const unknown = new Set<string>()
  const look = (schema: Schema): void => {
    for (const key of Object.keys(schema)) if (!KNOWN.has(key)) unknown.add(key)
    for (const one of [...(schema.allOf ?? []), ...(schema.anyOf ?? [])]) look(one)
    for (const one of Object.values({ ...schema.$defs, ...schema.properties })) look(one)
  }
  look(root)
  expect([...unknown]).toEqual([])
})
