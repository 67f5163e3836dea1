/** What a client is told as it is welcomed, and what its application can see of the session after. */
import { MARK } from './auth.ts'
import { numberIn, type Sight, type Trail } from './sights.ts'
import type { Situation } from './situations.ts'
import type { Tab } from './tab.ts'

const MANY = 100
/** From so many failures on, no hint is met sooner than this: an eighth of the cap, less a tenth. */
const MANY_ATTEMPTS = 8
const RARE_MS = 5062

export function welcomed(text: string, sight: Sight, trail: Trail, tab: Tab): void {
  const saw = (situation: Situation): void => tab.client.world.coverage.sometimes(situation)
  sight.welcome = 'arrived'
  const count = (numberIn(text, 'to') ?? 0) - (numberIn(text, 'from') ?? 1) + 1
  const outcome = /"outcome":"([a-z]+)"/.exec(text)?.[1]
  sight.had = numberIn(text, 'received') ?? 0
  const isStranger = !sight.greeting.includes('"epoch":')
  const { laws } = tab.client.world
  laws.must('I7', outcome !== 'created' || isStranger, () => `${tab.name} has been here, and is met as new`)
  const life = tab.bind()?.life
  if (outcome !== 'reset' && life !== undefined) life.epoch ??= /"epoch":"([^"]*)"/.exec(text)?.[1]
  if (outcome === 'resumed') {
    saw('resumed')
    if (count === 0) saw('resumed with nothing to replay')
    if (count === 1) saw('resumed with one message to replay')
    if (count >= MANY) saw('resumed with a hundred messages or more to replay')
  }
  if (text.includes('"reason":"unknown"')) saw('reset, because the session was unknown')
  if (text.includes('"reason":"expired"')) saw('reset, because the session had expired')
  if (text.includes('"reason":"regressed"')) saw('reset, because the log had stepped back')
  if (text.includes('"restore":true')) saw('a client was asked for its state')
  if (trail.lostWelcome) saw('a lost welcome was made up for')
  if (trail.cuts === 1) saw('a replay that was cut was taken up again')
  if (trail.cuts > 1) saw('a replay was cut twice and taken up again')
  if (trail.refused === 'unauthorized') {
    saw('a refused token was replaced')
    if (count > 0) saw('a replay followed a fresh token')
  }
  if (trail.refused === 'protocol') saw('a refused version found a server that speaks it')
  const server = /"server":"([^"]+)"/.exec(text)?.[1]
  if (trail.server !== undefined && trail.server !== server) saw('a client moved to another server')
  Object.assign(trail, { lostWelcome: false, refused: undefined, hintMs: undefined, server })
  sight.isReplaying = count > 0
}

/** Follows what an application can see of its session. */
export function attend(tab: Tab, trail: Trail): void {
  const { session, client } = tab
  const { world } = client
  const saw = (situation: Situation): void => world.coverage.sometimes(situation)
  trail.last = 0
  session.on('attempt', ({ number, waitMs, cause }) => {
    // The hello before may have been welcomed without anybody hearing of it, or its replay was cut.
    if (trail.newest?.welcome === 'sent') trail.lostWelcome = true
    if (trail.newest?.isReplaying === true) trail.cuts += 1
    trail.newest = undefined
    const { hintMs } = trail
    trail.hintMs = undefined
    if (cause === 'overloaded' && hintMs !== undefined && hintMs >= 100) {
      if (Math.abs(waitMs - hintMs) <= hintMs * 0.1 + 1) saw('a hint of the server was honoured')
      const isRare = number < MANY_ATTEMPTS || waitMs >= RARE_MS
      world.guard(() =>
        world.laws.must('I18', isRare, () => `the ${number}th dial ${waitMs} ms after a hint`),
      )
    }
    if (cause !== 'overloaded' && waitMs > 30_000) saw('the backoff reached its ceiling')
  })
  session.on('lost', ({ code, reason }) => {
    if (code === 1012) saw('a drain ran out of time')
    world.guard(() => world.laws.must('I29', !reason.includes(MARK), () => 'a token is in a close reason'))
  })
  session.on('error', ({ message }) => {
    world.guard(() => world.laws.must('I29', !message.includes(MARK), () => 'a token is in an error'))
  })
  session.on('reset', ({ epoch }) => {
    const life = tab.bind()?.life
    if (life !== undefined) life.epoch = epoch
  })
  session.on('gap', ({ from, to }) =>
    world.guard(() => {
      const isGone = world.mirror.hasToldGone(session.id ?? '', to, tab.bind()?.life.epoch)
      world.laws.must('I6', isGone, () => `a gap from ${from} to ${to}, and the log has not said that`)
    }),
  )
}
