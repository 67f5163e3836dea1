/**
 * Asking the application who is calling, and what becomes of each way in which it can answer.
 *
 * To refuse is final for the client until it has other credentials. So a provider of identities that is down
 * must not look like a refusal: the application says so by an error whose code is `overloaded`.
 */
import { HoldfastError } from '../base/errors.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import { MAX_HINT } from '../protocol/limits.ts'
import type { Connection } from './connection.ts'

/** @returns the subject; `undefined` if the connection was refused. Never rejects. */
export async function identify(
  connection: Connection,
  token: string | undefined,
): Promise<string | undefined> {
  const { instance } = connection
  try {
    const subject: unknown = await instance.settings.authenticate(token, connection.request as undefined)
    if (typeof subject === 'string') return subject
    if (subject !== undefined)
      instance.report(new HoldfastError('invalid-option', '`authenticate` must return a string.'))
  } catch (cause) {
    const { code, retryAfterMs } = excuseIn(cause)
    if (code === 'overloaded') {
      instance.report(
        new HoldfastError('provider-failed', '`authenticate` could not tell who it is.', { cause }),
      )
      const wait = isWait(retryAfterMs) ? Math.min(retryAfterMs, MAX_HINT) : instance.soon()
      connection.refuse('overloaded', CLOSE.tryAgainLater, 'not now', wait)
      return undefined
    }
    // The client is not told why.
    instance.report(
      new HoldfastError('unauthorized', '`authenticate` threw, so a client was refused.', { cause }),
    )
  }
  connection.refuse('unauthorized', CLOSE.unauthorized, 'the credentials were refused')
  return undefined
}

/** What was thrown may be anything, even something that throws when it is looked at. */
function excuseIn(cause: unknown): { readonly code?: unknown; readonly retryAfterMs?: unknown } {
  try {
    const { code, retryAfterMs } = cause as { readonly code?: unknown; readonly retryAfterMs?: unknown }
    return { code, retryAfterMs }
  } catch {
    return {}
  }
}

function isWait(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}
