/**
 * Reading a welcome: is it one, and what follows from it for our messages.
 */
import type { Welcome } from '../protocol/frames.ts'
import { utf8Length } from '../protocol/utf8.ts'
import type { Config } from './config.ts'
import type { Change, Effect } from './effect.ts'
import { giveUp, rewind, settle, textAt } from './parts/outbox.ts'
import { persist } from './persist.ts'
import type { Approach, State } from './state.ts'

/** What makes a welcome impossible; `undefined` if it is sound. */
export function faultIn(state: State, approach: Approach, welcome: Welcome): string | undefined {
  if (approach.greeted === undefined) return 'a welcome before the hello'
  if (welcome.received < state.outbox.acked)
    return `the server forgot our message ${state.outbox.acked} and does not say so`
  if (welcome.to < welcome.from - 1) return 'a replay that ends before it begins'
  if (welcome.to < approach.greeted.received)
    return `the server's log ends at ${welcome.to}, before ours, and it does not say so`
  if (welcome.outcome === 'created' && state.epoch !== undefined) return 'a new session in place of ours'
  if (welcome.outcome === 'resumed' && state.epoch !== undefined && welcome.epoch !== state.epoch)
    return 'another epoch under the name of a resume'
  return undefined
}

export interface Reconciled {
  readonly state: State
  readonly effects: readonly Effect[]
  /** Messages of ours whose fate nobody knows. */
  readonly unknown: readonly number[]
}

/** Brings our outbox in line with what the server says it has. */
export function reconcile(state: State, welcome: Welcome, config: Config): Reconciled {
  const outbox = rewind(settle(state.outbox, welcome.received))
  const wired = welcome.outcome === 'reset' ? numbers(outbox.acked + 1, outbox.wired) : []
  // What was given up has failed already, and has no fate left to wonder about.
  const unknown = wired.filter((seq) => textAt(outbox, seq) !== undefined)
  const failed = unknown.filter((seq) => !config.resends(seq, textAt(outbox, seq) as string))
  const tooLarge = numbers(outbox.acked + 1, outbox.last).filter((seq) =>
    isTooLarge(textAt(outbox, seq), welcome.limits.messageBytes),
  )
  const change: Change = {
    ...(welcome.epoch !== state.epoch && { epoch: welcome.epoch }),
    acked: outbox.acked,
    ...(failed.length + tooLarge.length > 0 && { givenUp: [...failed, ...tooLarge] }),
  }
  const stored = persist(
    { ...state, outbox: giveUp(outbox, [...failed, ...tooLarge]), epoch: welcome.epoch },
    change,
  )
  const effects: Effect[] = [stored.effect]
  if (failed.length > 0) {
    const message =
      'The server forgot the session after this message had been sent: it may or may not have arrived.'
    effects.push({ type: 'fail', seqs: failed, code: 'unknown-fate', message })
  }
  if (tooLarge.length > 0) {
    const message = `The server takes messages of at most ${welcome.limits.messageBytes} bytes.`
    effects.push({ type: 'fail', seqs: tooLarge, code: 'message-too-large', message })
  }
  return { state: stored.state, effects, unknown }
}

function isTooLarge(text: string | undefined, most: number): boolean {
  return text !== undefined && text.length * 3 > most && utf8Length(text) > most
}

function numbers(from: number, to: number): readonly number[] {
  return to < from ? [] : Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
