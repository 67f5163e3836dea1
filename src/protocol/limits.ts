/**
 * Bounds on what a peer may ask of us, and the clamps that keep its numbers inside them.
 *
 * A peer's length of time is never trusted: a heartbeat of 0 ms or of eleven days is one typing mistake away.
 */

/** Largest frame that either side reads, in characters. */
export const MAX_FRAME = 1024 * 1024
/** What such a frame has in UTF-8 at most: three bytes for a character, as JavaScript counts them. */
export const MAX_FRAME_BYTES = 3 * MAX_FRAME
/** Deepest nesting of a message. Deeper values parse, but overflow the stack when written again. */
export const MAX_DEPTH = 64
/** Longest token, in characters. */
export const MAX_TOKEN = 16 * 1024
/** Highest number in a hello or a welcome: half of those that JavaScript counts exactly are left to count on with. */
export const MAX_GREETED = 2 ** 52
/** Most messages in one frame that a receiver takes. */
export const MAX_BATCH = 10_000
/** Most messages that a sender puts in one frame. */
export const BATCH = 64
/** A sender closes a frame at about this many characters, so that one frame never hogs the line. */
export const BATCH_CHARACTERS = 16 * 1024
/** Characters of state in one `restore` or `snapshot` frame. */
export const PIECE_CHARACTERS = 48 * 1024
/** Most pieces of one state: with 48 Ki characters each, 192 Mi. */
export const MAX_PIECES = 4096
/** Longest state that can travel, so nothing is gained by allowing a longer one. */
export const MAX_STATE_CHARACTERS = MAX_PIECES * PIECE_CHARACTERS

/** Largest message that a server can allow, in bytes: with room to spare for the frame around it. */
export const MAX_MESSAGE_BYTES = MAX_FRAME / 2
/** Deepest nesting of a state; the same danger as with a message, but states are built to be deep. */
export const MAX_STATE_DEPTH = 512

/** The longest wait that a server may ask for, in milliseconds: more is read as this. */
export const MAX_HINT = 300_000

export const DEFAULT_MESSAGE_BYTES = 256 * 1024
export const DEFAULT_WINDOW = 1024

export function clamp(value: number, least: number, most: number): number {
  return value < least ? least : value > most ? most : value
}
