/**
 * The messages that the application has given us and the server has not acknowledged.
 *
 * Numbers are contiguous, so where every message stands is told by a few watermarks over one queue:
 *
 *     acked ≤ sent ≤ stored ≤ last
 *
 * The queue is shared and mutable, as an exception to how the core is written: appending and trimming must
 * not copy ten thousand messages. Only this file touches it, and only forwards.
 */
import { utf8Length } from '../../protocol/utf8.ts'

export interface Outbox {
  /** Everything to here is the server's, or was given up and told. */
  readonly acked: number
  /** Transmitted to here over the present connection. */
  readonly sent: number
  /** May have been on a wire, ever: to here. */
  readonly wired: number
  /** In the store to here; only what is stored is transmitted. */
  readonly stored: number
  readonly last: number
  readonly queue: Queue
}

/** Texts of `acked + 1 … last`; `undefined` marks a number that was given up. */
export interface Queue {
  readonly texts: (string | undefined)[]
  /** Where the first live text lies in `texts`. */
  head: number
  /** What the texts take in UTF-8. */
  bytes: number
}

/** A message of ours under its number. */
export interface Numbered {
  readonly seq: number
  readonly text: string
}

export interface KeptOutbox {
  readonly acked: number
  readonly wired: number
  readonly texts: readonly (string | undefined)[]
}

export function createOutbox(kept: KeptOutbox = { acked: 0, wired: 0, texts: [] }): Outbox {
  const last = kept.acked + kept.texts.length
  const bytes = kept.texts.reduce((sum, text) => sum + sizeOf(text), 0)
  const queue: Queue = { texts: [...kept.texts], head: 0, bytes }
  const { acked } = kept
  // What a server alone has told us of was on a wire, too, and no store says so.
  const wired = Math.max(acked, Math.min(kept.wired, last))
  return { acked, sent: acked, wired, stored: last, last, queue }
}

export function append(outbox: Outbox, text: string): Outbox {
  outbox.queue.texts.push(text)
  outbox.queue.bytes += sizeOf(text)
  return {
    acked: outbox.acked,
    sent: outbox.sent,
    wired: outbox.wired,
    stored: outbox.stored,
    last: outbox.last + 1,
    queue: outbox.queue,
  }
}

const sizeOf = (text: string | undefined): number => (text === undefined ? 0 : utf8Length(text))

export const unacknowledged = (outbox: Outbox): number => outbox.last - outbox.acked
export const unacknowledgedBytes = (outbox: Outbox): number => outbox.queue.bytes

export function textAt(outbox: Outbox, seq: number): string | undefined {
  return outbox.queue.texts[outbox.queue.head + seq - outbox.acked - 1]
}

/** The messages that wait under these numbers, without what was given up. */
export function textsBetween(outbox: Outbox, from: number, to: number): readonly Numbered[] {
  const found: Numbered[] = []
  for (let seq = from; seq <= Math.min(to, outbox.last); seq += 1) {
    const text = textAt(outbox, seq)
    if (text !== undefined) found.push({ seq, text })
  }
  return found
}

/** The server has everything to here: forget it. Going back changes nothing. */
export function settle(outbox: Outbox, received: number): Outbox {
  const count = received - outbox.acked
  if (count <= 0) return outbox
  const { queue } = outbox
  // A server may have more than we know of, if our store lost its end: the queue has no place for those.
  const head = Math.min(queue.head + count, queue.texts.length)
  for (let i = queue.head; i < head; i += 1) {
    queue.bytes -= sizeOf(queue.texts[i])
    queue.texts[i] = undefined
  }
  queue.head = head
  if (queue.head > 1024 && queue.head * 2 > queue.texts.length) {
    queue.texts.splice(0, queue.head)
    queue.head = 0
  }
  return {
    queue,
    acked: received,
    sent: Math.max(outbox.sent, received),
    wired: Math.max(outbox.wired, received),
    stored: Math.max(outbox.stored, received),
    last: Math.max(outbox.last, received),
  }
}

/**
 * Marks numbers as given up: they keep their place, and go over the wire as a gap, once that is in the store.
 * [UP-13] A process that died between the two would take the gap's acknowledgement for the message's.
 */
export function giveUp(outbox: Outbox, seqs: readonly number[]): Outbox {
  let { stored } = outbox
  for (const seq of seqs) {
    stored = Math.min(stored, seq - 1)
    const index = outbox.queue.head + seq - outbox.acked - 1
    outbox.queue.bytes -= sizeOf(outbox.queue.texts[index])
    outbox.queue.texts[index] = undefined
  }
  return { ...outbox, stored }
}

/** What was not stored as one that may have been on a wire waits until it is; anything else may go. */
export const holdBack = (outbox: Outbox, holds: boolean): Outbox =>
  holds ? { ...outbox, stored: Math.min(outbox.stored, outbox.wired) } : outbox

/** A new connection: the server has what it says it has; everything above goes out again. */
export const rewind = (outbox: Outbox): Outbox => ({ ...outbox, sent: outbox.acked })

export function markStored(outbox: Outbox, seq: number): Outbox {
  if (seq <= outbox.stored) return outbox
  return {
    acked: outbox.acked,
    sent: outbox.sent,
    wired: outbox.wired,
    stored: seq,
    last: outbox.last,
    queue: outbox.queue,
  }
}

/** A run of numbers to put on the wire: messages, or a gap. */
export type Run =
  | { readonly kind: 'messages'; readonly from: number; readonly texts: readonly string[] }
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }

/** What may be transmitted now: stored, not yet sent here, and within the server's window. */
export function takeRuns(
  outbox: Outbox,
  window: number,
): { readonly runs: readonly Run[]; readonly outbox: Outbox } {
  const to = Math.min(outbox.stored, outbox.acked + window)
  const runs: Run[] = []
  let seq = outbox.sent + 1
  while (seq <= to) {
    const from = seq
    if (textAt(outbox, seq) === undefined) {
      while (seq <= to && textAt(outbox, seq) === undefined) seq += 1
      runs.push({ kind: 'gap', from, to: seq - 1 })
      continue
    }
    const texts: string[] = []
    for (let text = textAt(outbox, seq); seq <= to && text !== undefined; text = textAt(outbox, seq)) {
      texts.push(text)
      seq += 1
    }
    runs.push({ kind: 'messages', from, texts })
  }
  if (runs.length === 0) return { runs, outbox }
  const { acked, wired, stored, last, queue } = outbox
  return { runs, outbox: { acked, sent: to, wired: Math.max(wired, to), stored, last, queue } }
}
