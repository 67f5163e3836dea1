/**
 * What may be sent: the checks between `send()` and a number.
 *
 * [UP-7] At a bound the caller is told before the message has a number: nothing is dropped, nothing is half sent.
 */
import { HoldfastError } from '../base/errors.ts'
import { isDeeperThan } from '../protocol/depth.ts'
import { MAX_DEPTH } from '../protocol/limits.ts'
import { utf8Length } from '../protocol/utf8.ts'
import type { Bounds } from './settings.ts'

/** The message as JSON, written down once. @throws {@link HoldfastError} `not-serializable` */
export function textOf(data: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(data)
  } catch (cause) {
    throw new HoldfastError('not-serializable', 'The message cannot be written as JSON.', {
      cause,
      hint: 'Send no object that contains itself, and no BigInt: write one as a string.',
    })
  }
  if (text === undefined) {
    throw new HoldfastError('not-serializable', `A message cannot be ${typeof data}.`, {
      hint: 'Send null, a string, a number, an array or an object.',
    })
  }
  if (isDeeperThan(text, MAX_DEPTH)) {
    throw new HoldfastError('not-serializable', `The message is nested deeper than ${MAX_DEPTH} levels.`, {
      hint: 'Send a flatter one: the server would refuse it.',
    })
  }
  return text
}

/** @throws {@link HoldfastError} `message-too-large` */
export function refuseIfTooLarge(text: string, most: number): void {
  if (text.length * 3 <= most) return
  const bytes = utf8Length(text)
  if (bytes <= most) return
  throw new HoldfastError('message-too-large', `A message of ${bytes} bytes is over the limit of ${most}.`, {
    hint: 'Send it in parts, or by other means.',
    facts: { bytes, most },
  })
}

/** @throws {@link HoldfastError} `outbox-full` */
export function refuseIfFull(text: string, pending: Bounds, bounds: Bounds): void {
  const { messages, bytes } = bounds
  // No character takes more than three bytes: far from the bound nobody counts.
  const isSmall = pending.bytes + text.length * 3 <= bytes || pending.bytes + utf8Length(text) <= bytes
  if (pending.messages < messages && isSmall) return
  throw new HoldfastError('outbox-full', `${pending.messages} messages wait for the server already.`, {
    hint: 'Wait until some are acknowledged, then send again.',
    facts: { messages, bytes },
  })
}
