/**
 * What a caller without a type checker gets wrong about a store, told when the store is made.
 */
import { HoldfastError } from '../base/errors.ts'

/** @throws {@link HoldfastError} `invalid-option` unless they are options, with a durability that there is, or none. */
export function checkStoreOptions(options: unknown, durabilities: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw invalid('options', 'an object', options)
  const { durability } = options as { readonly durability?: unknown }
  if (durability !== undefined && !durabilities.some((one) => one === durability))
    throw invalid('durability', `'${durabilities.join("' or '")}'`, durability)
}

/** @throws {@link HoldfastError} `invalid-option` unless it is a text. */
export function checkText(name: string, text: unknown): void {
  if (typeof text !== 'string' || text === '') throw invalid(name, 'a string that is not empty', text)
}

function invalid(name: string, rule: string, given: unknown): HoldfastError {
  return new HoldfastError('invalid-option', `\`${name}\` must be ${rule}, not ${String(given)}.`)
}
