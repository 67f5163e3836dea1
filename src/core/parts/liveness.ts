/**
 * Whether the line is alive: the verdict behind the heartbeat.
 *
 * Any frame heard is life; what we send proves nothing. A silent line is probed with a ping, and declared dead
 * only if the probe stays unanswered while our own alarm rang on time: a device that slept has proved nothing
 * but its own silence, and probes again. Browsers ring a hidden page's alarms once a minute at worst, so there
 * a minute late is on time.
 *
 * From the last frame to the verdict is one fixed budget, interval + grace + patience (14 s by default). On a
 * slow line the probe is sent earlier and may stay unanswered longer; the budget stays.
 */
import {
  after,
  between,
  type Duration,
  earliest,
  type Instant,
  longest,
  milliseconds,
  minutes,
  seconds,
  shortest,
} from '../../base/time.ts'

export interface LivenessRule {
  /** How long the peer lets the line be silent. */
  readonly interval: Duration
  /** How long a probe may stay unanswered. */
  readonly patience: Duration
  /** The same while the page is hidden, where timers and network are slower. */
  readonly hiddenPatience: Duration
}

/** Silence beyond the interval that is nobody's fault: the peer's timer, the network's queue. */
const GRACE = seconds(2)
/** An alarm later than this says more about us than about the line. */
const LATE = seconds(1)
/** The same while the page is hidden, with the probe's patience on top: less often browsers ring nobody. */
const LATE_HIDDEN = minutes(1)
/** How soon data of ours must bring some frame back, before its silence is worth a probe. */
const EXPECT_WITHIN = seconds(3)

export type Liveness =
  | { readonly kind: 'quiet'; readonly probeAt: Instant; readonly trip: RoundTrip }
  | {
      readonly kind: 'probing'
      readonly deadAt: Instant
      readonly trip: RoundTrip
    }

/** The smoothed round trip and its variation, as TCP keeps them (RFC 6298). */
export interface RoundTrip {
  readonly smoothed: Duration | undefined
  readonly variation: Duration
}

export const UNMEASURED: RoundTrip = { smoothed: undefined, variation: milliseconds(0) }

export function heard(liveness: Liveness, rule: LivenessRule, now: Instant): Liveness {
  return { kind: 'quiet', probeAt: probeAt(rule, liveness.trip, now), trip: liveness.trip }
}

export function begin(rule: LivenessRule, trip: RoundTrip, now: Instant): Liveness {
  return { kind: 'quiet', probeAt: probeAt(rule, trip, now), trip }
}

/** We have sent something that must be answered, if only by an ack: silence is suspect sooner. */
export function expectAnswer(liveness: Liveness, now: Instant): Liveness {
  if (liveness.kind === 'probing') return liveness
  const soon = earliest(liveness.probeAt, after(now, EXPECT_WITHIN))
  return soon === liveness.probeAt ? liveness : { ...liveness, probeAt: soon }
}

export function probe(liveness: Liveness, rule: LivenessRule, hidden: boolean, now: Instant): Liveness {
  const patience = hidden ? rule.hiddenPatience : patienceOf(rule, liveness.trip)
  return { kind: 'probing', deadAt: after(now, patience), trip: liveness.trip }
}

/** Takes one more measurement in. */
export function sample(trip: RoundTrip, length: Duration): RoundTrip {
  if (trip.smoothed === undefined) return { smoothed: length, variation: (length / 2) as Duration }
  const variation = 0.75 * trip.variation + 0.25 * Math.abs(trip.smoothed - length)
  return { smoothed: (0.875 * trip.smoothed + 0.125 * length) as Duration, variation: variation as Duration }
}

export type Judgement = 'too-early' | 'probe' | 'dead'

export function judge(liveness: Liveness, rule: LivenessRule, hidden: boolean, now: Instant): Judgement {
  if (liveness.kind === 'quiet') return now < liveness.probeAt ? 'too-early' : 'probe'
  if (now < liveness.deadAt) return 'too-early'
  const late = hidden ? LATE_HIDDEN + rule.hiddenPatience : LATE
  return between(liveness.deadAt, now) > late ? 'probe' : 'dead'
}

export const livenessDeadline = (liveness: Liveness): Instant =>
  liveness.kind === 'quiet' ? liveness.probeAt : liveness.deadAt

function probeAt(rule: LivenessRule, trip: RoundTrip, now: Instant): Instant {
  const budget = rule.interval + GRACE + rule.patience
  return after(now, (budget - patienceOf(rule, trip)) as Duration)
}

function patienceOf(rule: LivenessRule, trip: RoundTrip): Duration {
  if (trip.smoothed === undefined) return rule.patience
  const usual = (trip.smoothed + 4 * trip.variation) as Duration
  return shortest(longest(rule.patience, usual), (rule.patience * 3) as Duration)
}
