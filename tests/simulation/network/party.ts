/**
 * One process of a client as the network sees it, and the laws of how often and how late it dials.
 */
import type { Host } from '../../../src/testing/virtual/host.ts'
import type { Wire } from '../../../src/testing/virtual/wire.ts'
import { type Dialer } from './dialer.ts'

/** A connection, from the call to the moment at which nobody has any use for it. */
export interface Track {
  readonly wire: Wire
  readonly party: Party | undefined
  readonly dialedAt: number
  welcomedAt: number | undefined
  /** When anything last came down, and when the client last asked for a sign of life. */
  heardAt: number
  askedAt: number | undefined
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
  /** The highest number with which a batch of messages began. */
  from: number
}

/**
 * A bucket that every dial takes from, except those that somebody asked for: five for hints and eight for a wait
 * that grows from nothing, and one more every seven seconds: for hints every ten, for waits at their cap every 25. A line that lasted is a new beginning for the wait.
 */
const HINTS = 5
const GROWING = 8
const EVERY_MS = 7000

export class Party {
  readonly name: string
  readonly host: Host
  readonly dialer: Dialer
  status: () => string = () => 'restoring'
  /** When its last dial was told to come back. */
  hintMs: number | undefined
  isHidden = false
  /** The last moment at which it stood still, or its page was hidden. */
  unsteadyAt = 0
  /** Dials that the application, or a page that came back, has asked for. */
  asked = 1
  dials = 0
  lastWire: Wire | undefined
  /** Frames in a stretch of ten seconds: heartbeats and acknowledgements sent, and what came and went besides. */
  readonly traffic = { since: 0, control: 0, data: 0, heard: 0 }
  private tokens = HINTS + GROWING
  private countedAt: number

  constructor(name: string, host: Host, dialer: Dialer, now: number) {
    this.name = name
    this.host = host
    this.dialer = dialer
    this.countedAt = now
  }

  /** Whether it has run for so long without standing still, in a page that is seen. */
  isSteady(now: number, forMs: number): boolean {
    return !this.isHidden && now - Math.max(this.unsteadyAt, this.host.thawedAt) > forMs
  }

  /** A line has lasted. */
  lasted(): void {
    this.tokens += GROWING
  }

  /** @returns what is left of the allowance: below zero, it dials more often than it may */
  dial(now: number): number {
    this.dials += 1
    this.tokens = Math.min(HINTS + GROWING, this.tokens + (now - this.countedAt) / EVERY_MS)
    this.countedAt = now
    if (this.asked > 0) this.asked -= 1
    else if (this.status() !== 'draining') this.tokens -= 1
    return this.tokens
  }
}
