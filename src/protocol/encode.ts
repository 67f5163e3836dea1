/**
 * Writing frames.
 *
 * A message is turned into JSON once, when it is accepted; after that it travels as text, so that storing it,
 * sending it and sending it again cost no second serialization. That is why a batch has a writer of its own.
 */
import type { ClientFrame, Messages, Restore, ServerFrame } from './frames.ts'
import { BATCH, BATCH_CHARACTERS, PIECE_CHARACTERS } from './limits.ts'
import { sha256 } from './digest.ts'

export function encode(frame: ClientFrame | ServerFrame): string {
  return JSON.stringify(frame)
}

/** The frame for messages that are JSON already; the wire shape is that of `Messages`. */
export function encodeMessages(from: Messages['from'], texts: readonly string[]): string {
  return `{"type":"messages","from":${from},"data":[${texts.join(',')}]}`
}

/**
 * How many of the texts, from `start`, fit into one frame: at most 64, and about 16 Ki characters.
 *
 * @returns at least 1 if there is a text at all: a large message has a frame of its own.
 */
export function fitting(texts: readonly string[], start = 0): number {
  let characters = 0
  let taken = 0
  while (start + taken < texts.length && taken < BATCH) {
    characters += (texts[start + taken] as string).length
    if (taken > 0 && characters > BATCH_CHARACTERS) break
    taken += 1
  }
  return taken
}

/** The pieces in which a state travels, and what it stands for; a single piece with `of: 0` if there is none. */
export function piecesOf(
  state: string | undefined,
  up: number,
  down: number,
): readonly Omit<Restore, 'type'>[] {
  if (state === undefined) return [{ part: 0, of: 0, text: '', digest: '', up, down }]
  const digest = sha256(state)
  const texts = cut(state)
  return texts.map((text, index) => ({ part: index + 1, of: texts.length, text, digest, up, down }))
}

/** Cuts between characters, never inside one: half a surrogate pair is no text to most languages. */
function cut(state: string): readonly string[] {
  const texts: string[] = []
  for (let start = 0; start < state.length || start === 0;) {
    const end = start + PIECE_CHARACTERS
    const splits = end < state.length && isLeadingSurrogate(state.charCodeAt(end - 1))
    const text = state.slice(start, splits ? end - 1 : end)
    texts.push(text)
    start += Math.max(text.length, 1)
  }
  return texts
}

const isLeadingSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
