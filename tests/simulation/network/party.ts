/**
 * One process of a client as the network sees it, and the laws of how often and how late it dials.
 */
import type { Host } from '../../../src/testing/virtual/host.ts'
import type { Wire } from '../../../src/testing/virtual/wire.ts'
import type { Laws } from '../laws.ts'
import { type Dialer } from './dialer.ts'
import { EPSILON_MS } from './silence.ts'

/**
 * A bucket that every dial takes from, except those that somebody asked for: five for hints and eight for a wait
 * that grows from nothing, and one more every five seconds: for hints every ten, for waits at their cap every 25, and
 * for failures that are forgotten while a line holds for a little while. A line that lasted is a new beginning for the wait.
 */
const HINTS = 5
const GROWING = 8
const EVERY_MS = 5000
/** Whatever sends a client elsewhere may not send it to strangers. */
const HOME = 'ws://stage.test/'

export class Party {
  readonly name: string
  readonly host: Host
  readonly dialer: Dialer
  status: () => string = () => 'restoring'
  /** In how long its last dial was told to come back. */
  hintMs: number | undefined
  /** Somebody has asked for a dial since it was told so: its application may hear of the wait only afterwards. */
  isHintMoot = false
  /** When it has an appointment with a busy server, unless somebody asks for a dial. */
  dueAt: number | undefined
  /** The last notice: when it came, and for how long its sender wants nobody to leave. */
  notice: { readonly at: number; readonly afterMs: number } | undefined
  isHidden = false
  /** The last moment at which it stood still, or its page was hidden. */
  unsteadyAt = 0
  /** Dials that the application, or a page that came back, has asked for. */
  asked = 1
  /** A notice has come: one dial, while the old line lives, is its wish. */
  isAppointed = false
  dials = 0
  lastWire: Wire | undefined
  /** What happens to it when it asks for a sign of life the next time. */
  onProbe: (() => void) | undefined
  /** Frames in a stretch of ten seconds: heartbeats and acknowledgements sent, and what came. */
  readonly traffic = { since: 0, control: 0, heard: 0 }
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

  /** Somebody asks for a dial, whatever was agreed. */
  ask(): void {
    this.asked = 1
    this.dueAt = undefined
    this.isHintMoot = true
  }

  /** Its last dial is told to come back in so long, or nothing of that. */
  told(hintMs: number | undefined): void {
    this.hintMs = hintMs
    this.isHintMoot = false
  }

  /** A line has lasted. */
  lasted(): void {
    this.tokens += GROWING
  }

  /** Takes a dial from the allowance. @throws Violation if none is left, or it goes to strangers */
  dial({ url }: Wire, now: number, laws: Laws): void {
    this.dials += 1
    this.tokens = Math.min(HINTS + GROWING, this.tokens + (now - this.countedAt) / EVERY_MS)
    this.countedAt = now
    if (this.asked > 0) this.asked -= 1
    else if (this.isAppointed && this.status() === 'draining') this.isAppointed = false
    else this.tokens -= 1
    laws.must('I18', this.tokens >= 0, () => `${this.name} dials for the ${this.dials}th time, and too often`)
    const early = (this.dueAt ?? now) - now
    laws.must('I18', early <= EPSILON_MS, () => `${this.name} dials ${early} ms before its appointment`)
    this.dueAt = undefined
    laws.must('I23', url === HOME, () => `${this.name} dials ${url}`)
  }
}
