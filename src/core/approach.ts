/**
 * A connection on its way to a welcome: dial, raise the generation, greet.
 *
 * Shared by the two phases that dial: `connecting`, and `draining` with its successor.
 */
import { after, between, type Instant } from '../base/time.ts'
import { type Hello, VERSION } from '../protocol/frames.ts'
import { invariant } from '../base/invariant.ts'
import { highestKnown } from './parts/inbox.ts'
import type { Config } from './config.ts'
import type { Effect } from './effect.ts'
import { persist } from './persist.ts'
import { type Approach, isUnproven, type State } from './state.ts'

export interface Approached {
  readonly state: State
  readonly approach: Approach
  readonly effects: readonly Effect[]
}

/** Dials, and meanwhile stores the raised generation and that our messages may soon be on a wire. */
export function dial(state: State, config: Config, now: Instant): Approached {
  const connection = state.connections + 1
  const generation = state.generation + 1
  const { failures, outbox } = state
  const change = { generation, failures, ...(!isUnproven(state) && { wired: outbox.last }) }
  const stored = persist({ ...state, connections: connection, generation }, change)
  const approach: Approach = {
    connection,
    since: now,
    giveUpAt: after(now, config.connectTimeout),
    opened: false,
    revision: stored.state.revision,
    greeted: undefined,
  }
  const { redirect: url, refused: refresh } = state
  const effect: Effect = { type: 'dial', connection, attempt: state.failures + 1, refresh, url }
  return { state: stored.state, approach, effects: [stored.effect, effect] }
}

/** Says hello, once the socket is open and the generation is stored. */
export function greet(state: State, approach: Approach, config: Config, now: Instant): Approached {
  const isReady =
    approach.opened && approach.greeted === undefined && state.storedRevision >= approach.revision
  if (!isReady) return { state, approach, effects: [] }
  const frame = hello(state, config, now)
  const greeted = { at: now, claimed: highestKnown(state.inbox) }
  return {
    state,
    approach: { ...approach, greeted },
    effects: [{ type: 'transmit', connection: approach.connection, frame }],
  }
}

/** [RS-12] What a hello names in place of an epoch that is not believed any more. No log calls an epoch so. */
export const LOST = 'lost'

function hello(state: State, config: Config, now: Instant): Hello {
  invariant(state.identity !== undefined, 'nobody dials before the store has been read')
  const { identity, epoch, inbox, outbox, loss } = state
  return {
    type: 'hello',
    version: VERSION,
    session: identity.session,
    secret: identity.secret,
    generation: state.generation,
    // [RS-14] A log that has lost our last greeting may have taken the writes of a server that it was to fence.
    ...(state.welcomed > 0 && { welcomed: state.welcomed }),
    ...(epoch !== undefined && { epoch: state.distrusted ? LOST : epoch }),
    received: inbox.committed,
    ...(inbox.received > inbox.committed && { seen: inbox.received }),
    // [RS-13] The server's log may lose what its state stands for, and use those numbers again.
    ...(inbox.stands > inbox.received && { stands: inbox.stands }),
    acked: outbox.acked,
    client: config.client,
    ...(loss !== undefined && {
      why: {
        cause: loss.cause,
        ...(loss.code !== undefined && { code: loss.code }),
        downMs: Math.round(between(loss.at, now)),
        attempts: state.failures + 1,
      },
    }),
  }
}
