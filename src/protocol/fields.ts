/**
 * Reading one field of a frame that a peer wrote.
 *
 * Each reader copies a field it knows out of an object it does not trust, or throws `Malformed`, which only
 * the two decoders catch. Nothing here walks a prototype: a frame's own properties are all there is.
 */
import { MAX_BATCH, MAX_DEPTH, MAX_FRAME } from './limits.ts'

export type Fields = Readonly<Record<string, unknown>>

/** The result of reading a frame: the frame, or what is wrong with it, in words for a log. */
export type Decoded<Frame> = { readonly frame: Frame } | { readonly fault: string }

export class Malformed extends Error {}

/** Turns a message off the wire into one JSON object, and that object into a frame. */
export function decodeWith<Frame>(message: unknown, read: (fields: Fields) => Frame): Decoded<Frame> {
  try {
    if (typeof message !== 'string') return { fault: 'a binary message' }
    if (message.length > MAX_FRAME) return { fault: `a frame of ${message.length} characters` }
    const parsed: unknown = JSON.parse(message)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
      return { fault: 'no JSON object' }
    return { frame: read(parsed as Fields) }
  } catch (error) {
    return { fault: error instanceof Malformed ? error.message : 'not JSON' }
  }
}

function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}

export function has(fields: Fields, name: string): boolean {
  return own(fields, name) !== undefined
}

/** A string of at most `most` characters. */
export function text(fields: Fields, name: string, most = 256): string {
  const value = own(fields, name)
  if (typeof value !== 'string') throw new Malformed(`\`${name}\` is not a string`)
  if (value.length > most) throw new Malformed(`\`${name}\` is longer than ${most} characters`)
  return value
}

export function optionalText(fields: Fields, name: string, most = 256): string | undefined {
  return has(fields, name) ? text(fields, name, most) : undefined
}

/** A whole number from `least` to `most`, or to the largest that JavaScript counts exactly. */
export function count(fields: Fields, name: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  const value = own(fields, name)
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
    throw new Malformed(`\`${name}\` is not a whole number from ${least} to ${most}`)
  }
  return value as number
}

/** Any finite number; the caller clamps it. */
export function quantity(fields: Fields, name: string): number {
  const value = own(fields, name)
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new Malformed(`\`${name}\` is not a finite number`)
  return value
}

export function flag(fields: Fields, name: string): boolean {
  const value = own(fields, name)
  if (typeof value !== 'boolean') throw new Malformed(`\`${name}\` is not true or false`)
  return value
}

export function oneOf<const Word extends string>(fields: Fields, name: string, words: readonly Word[]): Word {
  const value = own(fields, name)
  for (const word of words) if (word === value) return word
  throw new Malformed(`\`${name}\` is none of ${words.join(', ')}`)
}

export function object(fields: Fields, name: string): Fields {
  const value = own(fields, name)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Malformed(`\`${name}\` is no object`)
  return value as Fields
}

/** The application's values, as they are, once they are known to be shallow enough to be written again. */
export function batch(fields: Fields, from: number): readonly unknown[] {
  const value = own(fields, 'data')
  if (!Array.isArray(value)) throw new Malformed('`data` is no array')
  if (value.length === 0 || value.length > MAX_BATCH)
    throw new Malformed(`\`data\` holds ${value.length} messages`)
  if (!Number.isSafeInteger(from + value.length)) throw new Malformed('`from` is too large')
  for (const one of value)
    if (!isWithin(one, MAX_DEPTH)) throw new Malformed(`a message is nested deeper than ${MAX_DEPTH}`)
  return value as readonly unknown[]
}

/** Whether no path through a value is longer than `depth`. Stops at the limit, so it cannot overflow. */
export function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  if (Array.isArray(value)) {
    for (const one of value) if (!isWithin(one, depth - 1)) return false
    return true
  }
  for (const key in value) if (!isWithin((value as Fields)[key], depth - 1)) return false
  return true
}
