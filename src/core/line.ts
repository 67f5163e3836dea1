/**
 * A welcomed connection: what `online` and `draining` both do with its frames and its silence.
 */
import { after, between, earliest, type Instant, seconds } from '../base/time.ts'
import type { Refusal, ServerFrame, Shutdown, Snapshot } from '../protocol/frames.ts'
import type { Config } from './config.ts'
import type { Effect } from './effect.ts'
import { arrive } from './parts/inbox.ts'
import { expectAnswer, heard, judge, livenessDeadline, probe, sample } from './parts/liveness.ts'
import { settle, takeRuns } from './parts/outbox.ts'
import { persist } from './persist.ts'
import { copyLine, type Line, type State, withInbox, withOutbox } from './state.ts'

export interface Progress {
  readonly kind: 'on'
  readonly state: State
  readonly line: Line
  readonly effects: readonly Effect[]
}

/** What a frame on a line comes to. */
export type Heard =
  | Progress
  /** It breaks the protocol. */
  | { readonly kind: 'fault'; readonly fault: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'notice'; readonly notice: Shutdown; readonly line: Line }

const on = (state: State, line: Line, effects: readonly Effect[] = []): Progress => ({
  kind: 'on',
  state,
  line,
  effects,
})

/** [HB-1] Any frame counts as life, not only a pong. */
export function hear(state: State, before: Line, frame: ServerFrame, config: Config, now: Instant): Heard {
  const line = copyLine(before)
  line.liveness = heard(before.liveness, before.rule, now)
  switch (frame.type) {
    case 'messages':
      return hearMessages(state, line, frame.from, frame.data, now)
    case 'gap':
      return hearGap(state, line, frame)
    case 'ack':
      return hearAck(state, line, frame.received, now)
    case 'live':
      return on(state, { ...line, replay: undefined }, [
        { type: 'announce', news: { type: 'live', seq: frame.seq } },
      ])
    case 'snapshot':
      return hearSnapshot(state, line, frame, config)
    case 'ping':
      return alsoAck(state, line, frame.received, now, (next) => answer(next.state, next.line, frame.id, now))
    case 'pong':
      return alsoAck(state, line, frame.received, now, (next) =>
        hearPong(next.state, next.line, frame.id, now),
      )
    case 'shutdown':
      return { kind: 'notice', notice: frame, line }
    case 'error':
      return { kind: 'refused', refusal: frame }
    case 'welcome':
      return { kind: 'fault', fault: 'a second welcome' }
  }
}

function hearMessages(state: State, line: Line, from: number, data: readonly unknown[], now: Instant): Heard {
  const arrival = arrive(state.inbox, from, data.length)
  switch (arrival.kind) {
    case 'hole':
      return { kind: 'fault', fault: `message ${from} came when ${state.inbox.received + 1} was next` }
    case 'duplicate':
      // [DN-3] The server may have missed our ack: say it again.
      return on(state, { ...line, ackAt: now, ackedTo: Math.min(line.ackedTo, state.inbox.committed - 1) })
    case 'news': {
      const { handled, committed, stands } = state.inbox
      const inbox = { received: from + data.length - 1, handled, committed, stands }
      const news = arrival.skip === 0 ? data : data.slice(arrival.skip)
      const redelivered = typeof state.offeredBefore === 'number' ? state.offeredBefore : 0
      return on(withInbox(state, inbox), line, [
        { type: 'deliver', parcel: { kind: 'messages', from: from + arrival.skip, data: news, redelivered } },
      ])
    }
  }
}

function hearGap(state: State, line: Line, gap: Extract<ServerFrame, { type: 'gap' }>): Heard {
  const next = state.inbox.received + 1
  if (gap.to < next) return on(state, line)
  if (gap.from > next) return { kind: 'fault', fault: `a gap from ${gap.from} when ${next} was next` }
  const inbox = { ...state.inbox, received: gap.to }
  return on(withInbox(state, inbox), line, [
    { type: 'deliver', parcel: { kind: 'gap', from: next, to: gap.to, reason: gap.reason } },
  ])
}

/** [RS-13] It counts from the first piece on, though the state may be refused: a hello may claim too much, and never too little. */
function hearSnapshot(state: State, line: Line, piece: Snapshot, config: Config): Heard {
  if (!config.keepsState || piece.of === 0) return on(state, line, [{ type: 'adopt-state', piece }])
  const inbox = { ...state.inbox, stands: Math.max(state.inbox.stands, piece.down) }
  return on(withInbox(state, inbox), line, [{ type: 'adopt-state', piece }])
}

function hearAck(state: State, line: Line, received: number, now: Instant): Heard {
  if (received > state.outbox.wired)
    return { kind: 'fault', fault: `an ack for ${received}, which was never sent` }
  if (received <= state.outbox.acked) return on(state, line)
  const stored = persist(withOutbox(state, settle(state.outbox, received)), { acked: received })
  return withEffects([stored.effect], flush(stored.state, line, now))
}

/** [UP-8] A heartbeat carries an acknowledgement: it may be the only one that is ever sent. */
function alsoAck(
  state: State,
  line: Line,
  received: number,
  now: Instant,
  then: (acked: Progress) => Progress,
): Heard {
  const acked = hearAck(state, line, received, now)
  return acked.kind === 'on' ? withEffects(acked.effects, then(acked)) : acked
}

/** How old a measurement of the round trip may get on a line that needs no probing. */
const MEASURED_EVERY = seconds(30)

/** [HB-10] The server's ping is also an occasion to measure: a line that is never silent is never probed. */
function answer(state: State, line: Line, id: number, now: Instant): Progress {
  const received = state.inbox.committed
  const answered = on(state, { ...line, ackedTo: received, ackAt: undefined }, [
    { type: 'transmit', connection: line.connection, frame: { type: 'pong', id, received } },
  ])
  const isFresh = now < after(line.asked?.at ?? line.welcomedAt, MEASURED_EVERY)
  return isFresh || state.hidden
    ? answered
    : withEffects(answered.effects, probeNow(state, answered.line, now))
}

function hearPong(state: State, line: Line, id: number, now: Instant): Progress {
  if (line.asked?.id !== id) return on(state, line)
  const roundTrip = between(line.asked.at, now)
  const trip = sample(line.liveness.trip, roundTrip)
  const liveness = heard({ ...line.liveness, trip }, line.rule, now)
  // Answered once: a pong that is repeated measures nothing.
  return on(state, { ...line, liveness, asked: { id: undefined, at: line.asked.at } }, [
    { type: 'announce', news: { type: 'pong', roundTrip } },
  ])
}

/** Transmits what is stored, unsent and inside the server's window. */
export function flush(state: State, line: Line, now: Instant): Progress {
  if (line.quiet || state.outbox.sent >= state.outbox.stored) return on(state, line)
  const { runs, outbox } = takeRuns(state.outbox, line.window)
  if (runs.length === 0) return on(state, line)
  const { connection } = line
  const effects = runs.map((run): Effect =>
    run.kind === 'messages'
      ? { type: 'transmit-messages', connection, from: run.from, texts: run.texts }
      : {
          type: 'transmit',
          connection,
          frame: { type: 'gap', from: run.from, to: run.to, reason: 'cancelled' },
        },
  )
  const liveness = expectAnswer(line.liveness, now)
  return on(withOutbox(state, outbox), liveness === line.liveness ? line : { ...line, liveness }, effects)
}

/** After the store caught up: acknowledge, at once if much has gathered, else soon. */
export function acknowledge(state: State, line: Line, config: Config, now: Instant): Progress {
  const waiting = state.inbox.committed - line.ackedTo
  if (waiting <= 0) return on(state, line)
  if (waiting >= config.ackEvery || (line.ackAt !== undefined && line.ackAt <= now))
    return sendAck(state, line)
  if (line.ackAt !== undefined) return on(state, line)
  return on(state, { ...line, ackAt: after(now, config.ackWithin) })
}

function sendAck(state: State, line: Line): Progress {
  const received = state.inbox.committed
  return on(state, { ...line, ackedTo: received, ackAt: undefined }, [
    { type: 'transmit', connection: line.connection, frame: { type: 'ack', received } },
  ])
}

/** What the time says to a line: an ack is due, it has proved stable, it must be probed, or it is dead. */
export function watch(state: State, line: Line, now: Instant): Progress | { readonly kind: 'dead' } {
  const judgement = judge(line.liveness, line.rule, state.hidden, now)
  if (judgement === 'dead') return { kind: 'dead' }
  let progress = on(state, line)
  if (line.ackAt !== undefined && line.ackAt <= now) progress = sendAck(state, line)
  if (judgement === 'probe')
    progress = withEffects(progress.effects, probeNow(progress.state, progress.line, now))
  return withEffects(progress.effects, prove(progress.state, progress.line, now))
}

/** [BO-4] Only a connection that lasted is proof that dialing works again. */
function prove(state: State, line: Line, now: Instant): Progress {
  const { stableAt } = line
  if (stableAt === undefined || now < stableAt) return on(state, line)
  const stored = persist({ ...state, failures: 0, misunderstood: false }, { failures: 0 })
  return on(stored.state, { ...line, stableAt: undefined }, [stored.effect])
}

/** Something came. On a hidden page the alarm that would have said that the line has lasted may be a minute late. */
export function proveByLife(state: State, now: Instant): Pick<Progress, 'state' | 'effects'> {
  const { phase } = state
  if ((phase.kind !== 'online' && phase.kind !== 'draining') || phase.line === undefined)
    return { state, effects: [] }
  const { state: proved, line, effects } = prove(state, phase.line, now)
  return line === phase.line
    ? { state, effects }
    : { state: { ...proved, phase: { ...phase, line } }, effects }
}

/** Asks for a sign of life. The ping's number is the time, so that it needs no counter. */
export function probeNow(state: State, line: Line, now: Instant): Progress {
  const id = Math.floor(now)
  const received = state.inbox.committed
  const liveness = probe(line.liveness, line.rule, state.hidden, now)
  const asked = { id, at: now }
  return on(state, { ...line, liveness, asked, ackedTo: received, ackAt: undefined }, [
    { type: 'transmit', connection: line.connection, frame: { type: 'ping', id, received } },
  ])
}

export const lineDeadline = (line: Line): Instant =>
  earliest(livenessDeadline(line.liveness), line.ackAt, line.stableAt)

export function withEffects(effects: readonly Effect[], progress: Progress): Progress {
  return { ...progress, effects: [...effects, ...progress.effects] }
}
