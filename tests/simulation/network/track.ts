/** What is known of a line from beside it. */
import type { Wire } from '../../../src/testing/virtual/wire.ts'
import type { Coverage } from '../coverage.ts'
import type { Party } from './party.ts'
import { INTERVAL_MS } from './silence.ts'

/** A connection, from the call to the moment at which nobody has any use for it. */
export interface Track {
  readonly wire: Wire
  readonly party: Party | undefined
  readonly dialedAt: number
  welcomedAt: number | undefined
  /** When anything last came down, and when the client last asked for a sign of life. */
  heardAt: number
  askedAt: number | undefined
  /** The same by the client's own clock, which stands still while its machine sleeps. */
  askedByClock: number | undefined
  /** When the client last said anything. */
  saidAt: number
  /** How long it may be silent, as the welcome has it. */
  intervalMs: number
  /** When its client had done with it and the server had not. */
  halfOpenAt: number | undefined
  /** The last texts of each way, for boxes that repeat them. */
  readonly last: { up: string | undefined; down: string | undefined }
  /** When anything last passed, for proxies that cut what is idle. */
  passedAt: number
  /** When the news of its end came to the client's socket. */
  endedAt: number | undefined
  /** The same by the client's own clock. */
  endedByClock: number | undefined
  /** In how long the answer to its dial says to come back, for when the client hears it. */
  hintMs: number | undefined
  /** The highest number with which a batch of messages began. */
  from: number
}

export const newTrack = (wire: Wire, party: Party | undefined, now: number): Track => ({
  wire,
  party,
  dialedAt: now,
  welcomedAt: undefined,
  heardAt: now,
  askedAt: undefined,
  askedByClock: undefined,
  saidAt: 0,
  intervalMs: INTERVAL_MS,
  halfOpenAt: undefined,
  last: { up: undefined, down: undefined },
  passedAt: now,
  endedAt: undefined,
  endedByClock: undefined,
  hintMs: undefined,
  from: 0,
})

/** A welcomed line has ended, before or after its client let go of it; `other` is the client's second one. */
export function coverEnd(track: Track, late: boolean, other: Track | undefined, coverage: Coverage): void {
  if (track.welcomedAt === undefined) return
  if (!late) coverage.sometimes(track.wire.wasReset ? 'dead line found by reset' : 'dead line found by end')
  if (other === undefined) return
  if (late && other.welcomedAt !== undefined)
    coverage.sometimes('old line cut after the first frame of the new one')
  if (!late && other.welcomedAt === undefined)
    coverage.sometimes('old line cut before the first frame of the new one')
}

/** A hand-over that is no hole may carry a message over both lines. */
export function coverRepeat(track: Track, all: Iterable<Track>, coverage: Coverage): void {
  for (const other of all)
    if (other !== track && other.party === track.party && other.from >= track.from)
      coverage.sometimes('both sockets delivered the same message')
}
