/**
 * From the core's news to the application's events: the same facts, in dates and milliseconds.
 */
import { type ErrorCode, HoldfastError } from '../base/errors.ts'
import type { Instant } from '../base/time.ts'
import type { News } from '../core/effect.ts'
import type { Emitter } from './emitter.ts'
import type { SessionEvents } from './events.ts'

/** Emits the event that the news is. */
export function tell<Up, Down, State>(
  emitter: Emitter<SessionEvents<Up, Down, State>>,
  news: Exclude<News, { type: 'closed' }>,
  toDate: (instant: Instant) => Date,
): void {
  switch (news.type) {
    case 'attempt': {
      const { number, wait: waitMs, cause, at } = news
      void emitter.emit('attempt', { number, waitMs, cause, at: toDate(at) })
      return
    }
    case 'lost': {
      const { cause, code, reason } = news
      void emitter.emit('lost', { cause, code, reason })
      return
    }
    case 'online': {
      const { outcome, replayed, down: downMs, server } = news
      void emitter.emit('online', { outcome, replayed, downMs, server })
      return
    }
    case 'live':
      void emitter.emit('live', { seq: news.seq })
      return
    case 'notice': {
      const { reason, closesIn: closesInMs, leaveAt, handoff } = news
      void emitter.emit('notice', { reason, closesInMs, leavesAt: toDate(leaveAt), handoff })
      return
    }
    case 'handoff':
      void emitter.emit('handoff', { server: news.server })
      return
    case 'reset': {
      const { reason, before, epoch, lastSeq, restored, unknown } = news
      void emitter.emit('reset', { reason, before, epoch, lastSeq, restored, unknown })
      return
    }
    case 'pong':
      void emitter.emit('pong', { roundTripMs: news.roundTrip })
      return
    case 'rewound':
      void emitter.emit(
        'error',
        new HoldfastError(
          'store-corrupt',
          'The store has lost its newest commits: the server knows more of our messages.',
          {
            hint: 'What they changed in the state is missing here; ask the server for it.',
            facts: { known: news.known, received: news.received },
          },
        ),
      )
      return
    case 'garbled':
      void emitter.emit(
        'error',
        new HoldfastError('protocol', `The server sent what is not holdfast.v1: ${news.fault}.`, {
          hint: 'The connection was dropped and will be made anew.',
        }),
      )
  }
}

const CLOSING_HINTS: Partial<Record<ErrorCode, string>> = {
  forked:
    'Only one copy can go on. If this is the only one, a restored backup, connect again: each dial counts on by one. To start anew, `end()` a session of the same name, then connect.',
  superseded: 'Another connection uses this session now.',
  protocol: 'Check that the URL leads to a holdfast.v1 server of a version that understands this one.',
  'no-websocket': 'Pass one as the option `WebSocket`.',
  'store-fenced': 'Another tab or process has the session now.',
}

/** The error that a session was closed with; none if the application closed it. */
export function closingError({
  code,
  message,
}: Extract<News, { type: 'closed' }>): HoldfastError | undefined {
  if (code === undefined) return undefined
  const hint = CLOSING_HINTS[code]
  return new HoldfastError(code, message, hint === undefined ? {} : { hint })
}
