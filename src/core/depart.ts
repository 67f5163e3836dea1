/**
 * The end of a connection, whatever the phase: what its code or its last word means for what comes next.
 */
import type { ErrorCode } from '../base/errors.ts'
import type { Instant } from '../base/time.ts'
import { verdictOf } from '../protocol/close-codes.ts'
import type { Refusal } from '../protocol/frames.ts'
import type { Config } from './config.ts'
import { type Effect, first, type Step } from './effect.ts'
import {
  enterClosed,
  enterFailed,
  enterLost,
  enterSuspended,
  enterWaiting,
  type WaitReason,
} from './enter.ts'
import type { Line, LossCause, State } from './state.ts'

/** How a connection ended, on its own or because we gave it up. */
export interface Ending {
  readonly cause: LossCause
  readonly code?: number | undefined
  readonly why: string
  readonly retryAfterMs?: number | undefined
}

export interface Dropped {
  readonly code: number
  readonly reason: string
  readonly retryAfterMs?: number | undefined
  readonly cause?: LossCause | undefined
}

/** What follows from a socket's end. `line` is absent if it was an attempt. */
export function afterDrop(
  state: State,
  line: Line | undefined,
  dropped: Dropped,
  config: Config,
  now: Instant,
): Step {
  const { code, reason: why, retryAfterMs } = dropped
  if (dropped.cause !== undefined) return afterEnding(state, line, { cause: dropped.cause, why }, config, now)
  const ending = { code, why, retryAfterMs }
  switch (verdictOf(code)) {
    case 'retry':
      return afterEnding(
        state,
        line,
        { ...ending, cause: retryAfterMs === undefined ? 'closed' : 'overloaded' },
        config,
        now,
      )
    case 'planned':
      return afterEnding(state, line, { ...ending, cause: 'shutdown' }, config, now)
    case 'overloaded':
      return afterEnding(state, line, { ...ending, cause: 'overloaded' }, config, now)
    case 'protocol':
      return misunderstood(state, line, ending, config, now)
    case 'unauthorized':
      return unauthorized(state, line, ending, config, now)
    case 'forbidden':
      return enterClosed(state, now, { code: 'forbidden', message: 'The server refuses this session.' })
    case 'superseded':
      return enterClosed(state, now, {
        code: 'superseded',
        message: 'A newer connection of this session has taken over.',
      })
    case 'ended':
      return enterClosed(state, now, { code: 'ended', message: 'The server has ended this session.' }, true)
  }
}

export function afterEnding(
  state: State,
  line: Line | undefined,
  ending: Ending,
  config: Config,
  now: Instant,
): Step {
  return line === undefined
    ? enterFailed(state, config, now, ending)
    : enterLost(state, line, config, now, ending)
}

/** What follows from the server's own word, sent before it closes. The socket is ours to hang up. */
export function afterRefusal(
  state: State,
  line: Line | undefined,
  refusal: Refusal,
  config: Config,
  now: Instant,
): Step {
  const { code, message: why, retryAfterMs } = refusal
  const stop = (error: ErrorCode, message: string, erase = false) =>
    enterClosed(state, now, { code: error, message: `${message} The server says: ${why}` }, erase)
  switch (code) {
    case 'overloaded':
      return afterEnding(state, line, { cause: 'overloaded', why, retryAfterMs }, config, now)
    case 'unauthorized':
      return unauthorized(state, line, { why }, config, now)
    case 'protocol':
    case 'too-large':
      return misunderstood(state, line, { why }, config, now)
    case 'forbidden':
      return stop('forbidden', 'The server refuses this session.')
    case 'forked':
      return stop('forked', 'The server knows a newer copy of this session.')
    case 'superseded':
      return stop('superseded', 'A newer connection of this session has taken over.')
    case 'ended':
      return stop('ended', 'The server has ended this session.', true)
  }
}

type Words = Omit<Ending, 'cause'>

/** [CL-4] Refused credentials: ask for fresh ones once; then hold, keeping everything. */
function unauthorized(
  state: State,
  line: Line | undefined,
  words: Words,
  config: Config,
  now: Instant,
): Step {
  const lost = lossNews(line, 'unauthorized', words)
  const after = {
    ...state,
    loss: state.loss ?? { cause: 'unauthorized' as const, code: words.code, at: now },
  }
  if (state.refused) return first(lost, enterSuspended(after, now, 'needs-auth'))
  const reason: WaitReason = { cause: 'unauthorized', code: words.code }
  return first(lost, enterWaiting({ ...after, refused: true }, config, now, reason))
}

/** [CL-5] Our frames made no sense to the server: once may be a broken proxy, twice in a row is a bug. */
function misunderstood(
  state: State,
  line: Line | undefined,
  words: Words,
  config: Config,
  now: Instant,
): Step {
  if (state.misunderstood) {
    return enterClosed(state, now, {
      code: 'protocol',
      message: `The server does not understand us: ${words.why}`,
    })
  }
  return afterEnding({ ...state, misunderstood: true }, line, { ...words, cause: 'protocol' }, config, now)
}

function lossNews(line: Line | undefined, cause: LossCause, words: Words): Effect[] {
  if (line === undefined) return []
  return [{ type: 'announce', news: { type: 'lost', cause, code: words.code, reason: words.why } }]
}
