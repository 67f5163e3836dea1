/** What a cue may be told, checked where it is made: a script that makes no sense fails before it is played. */
import { HoldfastError } from '../../base/errors.ts'

export function json(value: unknown): unknown {
  const text = JSON.stringify(value)
  if (text === undefined) throw refusal('deliver and expect', 'JSON', typeof value)
  return JSON.parse(text) as unknown
}

export function length(name: string, ms: number): number {
  if (Number.isFinite(ms) && ms >= 0) return ms
  throw refusal(name, 'milliseconds from 0', String(ms))
}

export function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw refusal(name, `a whole number from ${least} to ${most}`, String(value))
}

function refusal(name: string, rule: string, given: string): HoldfastError {
  return new HoldfastError('invalid-option', `The cue \`${name}\` must be ${rule}; it is ${given}.`, {
    facts: { option: name },
  })
}
