/**
 * When the core next wants to be woken: a minimum over the deadlines that its phase holds.
 */
import { type Instant, NEVER } from '../base/time.ts'
import { lineDeadline } from './line.ts'
import { drainingWakesAt } from './phases/draining.ts'
import type { State } from './state.ts'

export function deadline({ phase }: State): Instant {
  switch (phase.kind) {
    case 'waiting':
      return phase.dialAt
    case 'connecting':
      return phase.approach.giveUpAt
    case 'online':
      return lineDeadline(phase.line)
    case 'draining':
      return drainingWakesAt(phase, phase.line && lineDeadline(phase.line))
    case 'suspended':
      return phase.resumeAt ?? NEVER
    case 'restoring':
    case 'closed':
      return NEVER
  }
}
