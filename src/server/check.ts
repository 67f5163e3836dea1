/**
 * Refusing options that are not what they must be, at the call that gives them.
 */
import { HoldfastError } from '../base/errors.ts'

/** @throws {@link HoldfastError} `invalid-option` */
export function checkRange(option: string, value: unknown, least: number, most: number): void {
  if (typeof value === 'number' && value >= least && value <= most) return
  refuse(option, `from ${least} to ${most}`, value)
}

/** @throws {@link HoldfastError} `invalid-option` */
export function checkText(option: string, value: unknown, begin = ''): void {
  if (typeof value === 'string' && value.startsWith(begin)) return
  refuse(option, begin === '' ? 'a string' : `a string that begins with ${begin}`, value)
}

/** @throws {@link HoldfastError} `invalid-option` */
export function checkTexts(option: string, value: unknown): void {
  if (!Array.isArray(value)) refuse(option, 'an array of strings', value)
  for (const one of value as readonly unknown[]) checkText(`${option}[]`, one)
}

/** @throws {@link HoldfastError} `invalid-option` */
export function checkKind(option: string, value: unknown, kind: 'object' | 'function' | 'boolean'): void {
  if (typeof value !== kind || value === null)
    refuse(option, kind === 'object' ? 'an object' : `a ${kind}`, value)
}

/** @throws {@link HoldfastError} `invalid-option` */
export function checkHas(option: string, value: unknown, method: string): void {
  checkKind(option, value, 'object')
  checkKind(`${option}.${method}`, (value as Readonly<Record<string, unknown>>)[method], 'function')
}

/** @throws {@link HoldfastError} `invalid-option` */
export function checkJson(option: string, value: unknown): void {
  try {
    if (JSON.stringify(value) !== undefined) return
  } catch {
    // What cannot be written is refused like what has no JSON.
  }
  refuse(option, 'what JSON can hold', typeof value)
}

function refuse(option: string, must: string, value: unknown): never {
  const what = typeof value === 'object' && value !== null ? 'an object' : String(value)
  throw new HoldfastError('invalid-option', `\`${option}\` must be ${must}, not ${what}.`)
}
