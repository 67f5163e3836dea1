/**
 * Reading a welcome: is it one, and what follows from it for our messages.
 */
import type { Welcome } from '../protocol/frames.ts'
import { MAX_GREETED } from '../protocol/limits.ts'
import { utf8Length } from '../protocol/utf8.ts'
import { LOST } from './approach.ts'
import type { Config } from './config.ts'
import type { Change, Effect } from './effect.ts'
import { giveUp, holdBack, type Numbered, rewind, settle, textsBetween } from './parts/outbox.ts'
import { highestKnown } from './parts/inbox.ts'
import { persist } from './persist.ts'
import { type Approach, isUnproven, type State } from './state.ts'

/** What makes a welcome impossible. */
export interface Fault {
  /** `log-lost`: the log has lost messages which we have, and goes on in the same epoch. */
  readonly kind: 'log-lost' | 'impossible'
  readonly text: string
}

/** @returns `undefined` if the welcome is sound */
export function faultIn(state: State, approach: Approach, welcome: Welcome): Fault | undefined {
  const impossible = impossibleIn(state, approach, welcome)
  if (impossible !== undefined) return { kind: 'impossible', text: impossible }
  // [RS-12] The old line of a hand-off may have delivered more since the hello.
  if (welcome.to < highestKnown(state.inbox)) {
    const text = `the server's log ends at ${welcome.to}, before ours, and it does not say so`
    return { kind: welcome.outcome === 'reset' ? 'impossible' : 'log-lost', text }
  }
  if (welcome.received < state.outbox.acked) {
    const text = `the server forgot our message ${state.outbox.acked} and does not say so`
    return { kind: 'impossible', text }
  }
  return undefined
}

/** What makes it impossible, whatever the log has lost. */
function impossibleIn(state: State, approach: Approach, welcome: Welcome): string | undefined {
  if (approach.greeted === undefined) return 'a welcome before the hello'
  // [RS-10] From a number near the last that is counted exactly, nobody could count on.
  if (Math.max(welcome.received, welcome.to) > MAX_GREETED) return 'numbers that leave none for us'
  if (welcome.to < welcome.from - 1) return 'a replay that ends before it begins'
  if (welcome.epoch === LOST) return `an epoch called \`${LOST}\``
  if (welcome.outcome === 'created' && state.epoch !== undefined) return 'a new session in place of ours'
  // [RS-11] The old line went on while we were greeted: the new epoch may use the numbers that it delivered.
  if (welcome.outcome === 'reset' && highestKnown(state.inbox) > approach.greeted.claimed)
    return 'a reset by a server that does not know what we have met since'
  if (welcome.outcome === 'resumed' && state.epoch !== undefined) {
    if (state.distrusted) return 'a resume of an epoch that we did not name'
    if (welcome.epoch !== state.epoch) return 'another epoch under the name of a resume'
  }
  return undefined
}

/**
 * [RS-12] What a fault in a welcome changes. A log that has lost messages which we have, and goes on in the same epoch, may
 * give their numbers to other messages before our next hello. That hello must not be answered by a resume, so it
 * names another epoch. We keep the real one, because the reset tells it to the application.
 */
export function afterFault(
  state: State,
  { kind }: Fault,
): { readonly state: State; readonly effects: Effect[] } {
  if (kind === 'impossible') return { state, effects: [] }
  const stored = persist({ ...state, distrusted: true }, { distrusted: true })
  return { state: stored.state, effects: [stored.effect] }
}

export interface Reconciled {
  readonly state: State
  readonly effects: readonly Effect[]
  /** Messages of ours whose fate nobody knows. */
  readonly unknown: readonly number[]
}

/** Brings our outbox in line with what the server says it has. */
export function reconcile(state: State, welcome: Welcome, config: Config): Reconciled {
  const { wired } = state.outbox
  // [RS-9] Never on a wire, and yet the server says that it has them: a power cut took the end of our store, so the
  // process before this one had used their numbers. An ack for them is another message's.
  const taken = textsBetween(state.outbox, wired + 1, welcome.received)
  const settled = rewind(settle(state.outbox, welcome.received))
  // What was given up has failed already, and has no fate left to wonder about.
  const unknown = welcome.outcome === 'reset' ? textsBetween(settled, settled.acked + 1, settled.wired) : []
  const failed = unknown.filter(({ seq, text }) => !config.resends(seq, text))
  const kept = giveUp(settled, failed.map(seqOf))
  const tooLarge = textsBetween(kept, kept.acked + 1, kept.last).filter(({ text }) =>
    isTooLarge(text, welcome.limits.messageBytes),
  )
  const outbox = giveUp(kept, tooLarge.map(seqOf))
  const givenUp = [...failed, ...tooLarge].map(seqOf)
  // [RS-9] The first welcome that proves our numbers: what it lets travel waits until that is in the store.
  const provesNumbers = isUnproven(state) && outbox.last > outbox.wired
  const change: Change = {
    welcomed: state.generation,
    ...((welcome.epoch !== state.epoch || state.distrusted) && { epoch: welcome.epoch }),
    acked: outbox.acked,
    ...(provesNumbers && { wired: outbox.last }),
    ...(givenUp.length > 0 && { givenUp }),
  }
  const stored = persist(
    {
      ...state,
      outbox: holdBack(outbox, provesNumbers),
      welcomed: state.generation,
      epoch: welcome.epoch,
      distrusted: false,
    },
    change,
  )
  const agreed =
    givenUp.length === 0 && !provesNumbers
      ? stored.state
      : { ...stored.state, heldRevision: stored.state.revision }
  const effects: Effect[] = [stored.effect]
  if (welcome.received > wired) {
    effects.push({
      type: 'announce',
      news: { type: 'rewound', known: wired, received: welcome.received },
    })
  }
  if (taken.length > 0) {
    const message =
      'The store had lost its newest commits, and the server knows another message by this number. Send it again.'
    effects.push({ type: 'fail', messages: taken, code: 'number-taken', message })
  }
  if (failed.length > 0) {
    const message =
      'The server forgot the session after this message had been sent: it may or may not have arrived.'
    effects.push({ type: 'fail', messages: failed, code: 'unknown-fate', message })
  }
  if (tooLarge.length > 0) {
    const message = `The server takes messages of at most ${welcome.limits.messageBytes} bytes.`
    effects.push({ type: 'fail', messages: tooLarge, code: 'message-too-large', message })
  }
  return { state: agreed, effects, unknown: unknown.map(seqOf) }
}

const seqOf = ({ seq }: Numbered): number => seq

function isTooLarge(text: string, most: number): boolean {
  return text.length * 3 > most && utf8Length(text) > most
}
