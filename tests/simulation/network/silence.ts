/** When a client must call a line dead, and when it must not. */
import type { World } from '../world.ts'
import type { Track } from './track.ts'

/** What a client and its server wait for by default: ten seconds, a grace of two, and a probe's two. */
export const INTERVAL_MS = 10_000
export const PATIENCE_MS = 2000
/** The most that a page has of it which is seen, or has just been hidden, and how late the verdict may come. */
const MOST_PATIENCE_MS = 10_000
const LATE_MS = 1000
/** A page that is hidden is rung once a minute at worst, and has its patience once more on top. */
const LATE_HIDDEN_MS = 60_000 + MOST_PATIENCE_MS
const GRACE_AND_PATIENCE_MS = 4000
/** Nothing rings late in virtual time; what is computed is rounded. */
export const EPSILON_MS = 2
/** So long after it stood still a client is again one that found out by itself. */
const STEADY_MS = 20_000

/** A dead line is found in time by a client that runs and is seen. */
export function judgeSilence(track: Track, { now, laws }: World): void {
  const { wire, party, heardAt, saidAt, intervalMs } = track
  if (party === undefined || track.welcomedAt === undefined || !wire.reachesClient) return
  if (party.host.isFrozen || !party.isSteady(now, STEADY_MS)) return
  const most = Math.max(INTERVAL_MS, intervalMs) + GRACE_AND_PATIENCE_MS
  const isFound = now - heardAt <= most + EPSILON_MS
  const broken = (): string =>
    `${party.name} has heard nothing on ${wire.name} for ${now - heardAt} ms, and holds it`
  // Whoever has spoken meanwhile may have taken that for a sign of life.
  laws.must(saidAt > heardAt ? 'I20' : 'I19', isFound, broken)
}

/** The verdict `silent`: a probe was out, it had its time, and nothing came. */
export function judgeVerdict(track: Track, world: World): void {
  const { wire, party, heardAt, askedAt, saidAt } = track
  const { now, laws, coverage, isFair } = world
  const about = (what: string) => () => `${wire.name} is called dead ${what}`
  const asked = laws.present('I19', askedAt, about('and was never probed'))
  laws.must('I19', now - asked >= PATIENCE_MS - EPSILON_MS, about(`${now - asked} ms after its probe`))
  laws.must('I20', heardAt <= asked, about(`and was heard ${now - heardAt} ms ago, after its probe`))
  const late = party === undefined ? 0 : party.host.clock.now() - (track.askedByClock ?? 0)
  // Whoever is late has stood still itself, and must ask once more.
  const mostLate = party?.isHidden === true ? LATE_HIDDEN_MS : LATE_MS
  const isInTime = late <= MOST_PATIENCE_MS + mostLate + EPSILON_MS
  laws.must('I19', isInTime, about(`${late} ms after its probe, by a client that was not there`))
  // After two seconds nothing is under way any more, unless a fault of the page has stopped this very line.
  const isHeld = wire.up.count + wire.down.count > 0
  laws.must('I19', !isFair || isHeld, about('in a world whose network and servers never failed'))
  coverage.sometimes('dead line found by silence')
  if (saidAt > heardAt && wire.reachesServer) coverage.sometimes('line dead one way found by silence')
  if (party?.isSteady(now, STEADY_MS) === true)
    coverage.sometimes('dead line found by one that ran all the time')
}
