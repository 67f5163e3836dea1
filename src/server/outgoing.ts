/**
 * Writing an application's message down as JSON: once, and before it is numbered.
 */
import { HoldfastError } from '../base/errors.ts'
import { isDeeperThan } from '../protocol/depth.ts'
import { MAX_DEPTH } from '../protocol/limits.ts'
import { utf8Length } from '../protocol/utf8.ts'

/** @throws {@link HoldfastError} `not-serializable`, `message-too-large` */
export function write(value: unknown, messageBytes: number): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw new HoldfastError('not-serializable', 'The value cannot be written as JSON.', { cause })
  }
  if (text === undefined)
    throw new HoldfastError('not-serializable', `JSON has no way to write ${typeof value}.`)
  if (isDeeperThan(text, MAX_DEPTH)) {
    throw new HoldfastError('not-serializable', `The message is nested deeper than ${MAX_DEPTH} levels.`, {
      hint: 'Send a flatter one: every client would refuse it, whenever it comes.',
    })
  }
  if (isTooLarge(text, messageBytes)) {
    throw new HoldfastError('message-too-large', `The message has more than ${messageBytes} bytes.`, {
      hint: 'Send it in parts, or by HTTP.',
      facts: { messageBytes },
    })
  }
  return text
}

/** Counts the bytes only of what could be too large at all: a UTF-16 unit is at most three of them. */
export function isTooLarge(text: string, messageBytes: number): boolean {
  return text.length * 3 > messageBytes && utf8Length(text) > messageBytes
}
