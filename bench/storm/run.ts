/**
 * The storm: `npm run storm [-- --clients 100000 --seed 1]`.
 *
 * A crowd loses its server at once, and comes back by its policy: ours, and those that others publish. All of it
 * happens in virtual time and follows from the seed. The full run also draws docs/images/storm.svg.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { optionsOf, whole } from '../../scripts/options.mjs'
import { spreadMs } from '../../src/server/admissions.ts'
import { table } from '../figures.ts'
import type { FleetMaker } from './fleet.ts'
import { beats, costsOf, goalsOf, secondsAt, waitAt } from './goals.ts'
import { ours } from './ours.ts'
import { PEERS, POLICIES } from './peers.ts'
import { picture } from './picture.ts'
import { planned } from './planned.ts'
import { type Outcome, storm } from './storm.ts'
import { firstWait, lastWait, triesOf } from './waits.ts'

const FULL = 100_000
const PER_SECOND = 2_000
const LONERS = 10_000
const PICTURE = 'docs/images/storm.svg'

const { clients, seed } = optionsOf('npm run storm --', {
  clients: whole({ least: 100, most: 1_000_000, otherwise: FULL }, 'how many lose their server'),
  seed: whole({ least: 0, otherwise: 1 }, 'where chance begins'),
})
const isFull = clients === FULL && seed === 1

const began = performance.now()
const name = { hints: 'holdfast', fresh: 'holdfast, 2nd crash', bare: 'holdfast, no hints' } as const
const all = spreadMs(clients, PER_SECOND)
const crowd: readonly FleetMaker[] = [
  ours(name.hints, { withinMs: () => all, turns: true }),
  // Told in the order in which they were let in after an earlier crash: the first thought that they were alone.
  ours(name.fresh, { withinMs: (client) => spreadMs(client + 1, PER_SECOND), turns: true }),
  ours(name.bare, { withinMs: () => undefined, turns: false }),
  ...PEERS.map(([, make]) => make),
]
const alone: readonly FleetMaker[] = [
  ours(name.hints, { withinMs: () => spreadMs(1, PER_SECOND), turns: true }),
  ours(name.bare, { withinMs: () => undefined, turns: false }),
  ...PEERS.map(([, make]) => make),
]
const OURS = 3

const say = (line = '') => console.log(line)
const figure = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits) : 'never'

const storms = [5, 30].map((down) => {
  const outcomes = crowd.map((make) =>
    storm(make, { clients, downMs: down * 1000, perSecond: PER_SECOND, seed }),
  )
  const ideal = down + clients / PER_SECOND
  const [mine, peers] = [outcomes.slice(0, OURS), outcomes.slice(OURS)]
  const inOrder = [...mine, ...peers.sort((one, other) => late(one) - late(other))]
  const capacity = PER_SECOND / 10
  say(
    `${clients.toLocaleString('en-US')} clients cut at once, server back after ${down} s with ${PER_SECOND} admissions a second; perfect: ${ideal} s`,
  )
  const rows = inOrder.map((one) => [
    one.name,
    figure(one.dials.mean, 1),
    String(one.dials.most),
    `${figure(one.dials.wasted / 1e6, 2)} M`,
    `${figure((one.peak.ever / clients) * 100, 1)} %`,
    `${figure(one.peak.ever / capacity, 1)} x`,
    `${figure(one.peak.back / capacity, 1)} x`,
    ...[0.5, 0.99, 1].map((share) => figure(secondsAt(one, share), 1)),
    `${figure(secondsAt(one, 1) / ideal, 2)}`,
    one.gaveUp === 0 ? '' : `${figure((one.gaveUp / clients) * 100, 0)} %`,
  ])
  const heading = [
    '',
    'dials',
    'most',
    'in vain',
    'peak/100 ms',
    'of cap.',
    'once back',
    '50 % s',
    '99 % s',
    'all s',
    '/perfect',
    'gave up',
  ]
  say(`${table([heading, ...rows])}\n`)
  return { down, ideal, outcomes: inOrder }
})

/** When 99 % were back; those that never are, by how many gave up. */
function late(one: Outcome): number {
  return one.reached(0.99) ?? 1e9 + one.gaveUp
}

say('Alone: from the return of the server to the client, in seconds (p50 / p99), and dials')
const lone = [0.5, 2, 10].map((down) =>
  alone.map((make) => storm(make, { clients: LONERS, downMs: down * 1000, seed: seed + 1 })),
)
const columns = (one: Outcome | undefined) =>
  one === undefined
    ? []
    : [`${figure(waitAt(one, 0.5), 2)} / ${figure(waitAt(one, 0.99), 2)}`, figure(one.dials.mean, 1)]
const loneRows = (lone[0] ?? []).map((one, place) => [
  one.name,
  ...lone.flatMap((outcomes) => columns(outcomes[place])),
])
say(`${table([['', 'down 0.5 s', 'dials', 'down 2 s', 'dials', 'down 10 s', 'dials'], ...loneRows])}\n`)

say('Told beforehand: clients go over while the old line lives')
const rollouts = [
  ['one server to its successor', clients, 2, 1],
  ['10 servers, one after the other', clients, 10, 10],
  ['10 servers, half as many clients', Math.round(clients / 2), 10, 10],
] as const
const moved = rollouts.map(([, count, servers, restarts]) =>
  planned({ clients: count, servers, restarts, perSecond: PER_SECOND, seed }),
)
const movedRows = rollouts.map(([what, count], place) => {
  const { moves, dials, turnedAway, peak, lost, longestMs } = moved[place] as (typeof moved)[number]
  const share = figure(peak / (PER_SECOND / 10), 2)
  return [
    what,
    String(count),
    String(moves),
    String(dials - moves),
    String(turnedAway),
    String(lost),
    `${share} x`,
    `${figure(longestMs / 1000, 1)} s`,
  ]
})
say(
  `${table([['', 'clients', 'moves', 'in vain', 'sent away', 'lost', 'peak/100 ms', 'longest drain'], ...movedRows])}\n`,
)

say('What each policy waits')
const waits = Object.entries(POLICIES).map(([peer, policy]) => {
  const tries = triesOf(policy)
  return [peer, firstWait(policy), lastWait(policy), tries === undefined ? '' : `after ${tries} failures`]
})
say(`${table([['', 'after a loss', 'at last', 'gives up'], ...waits])}\n`)

const [short, long] = storms
if (short === undefined || long === undefined) throw new Error('two storms were measured')
const pair = (wanted: string, from: readonly (readonly Outcome[])[]): readonly [Outcome, Outcome] => {
  const [one, other] = from.map((outcomes) => outcomes.find((outcome) => outcome.name === wanted))
  if (one === undefined || other === undefined) throw new Error(`${wanted} was not measured`)
  return [one, other]
}
const crowds = storms.map(({ outcomes }) => outcomes)
const loners = lone.slice(1)
const goals = goalsOf({
  perSecond: PER_SECOND,
  clients,
  hints: pair(name.hints, crowds),
  bare: pair(name.bare, crowds),
  lone: pair(name.hints, loners),
  loneBare: pair(name.bare, loners),
  rollouts: moved,
})
const verdict = ({ is, atMost, givenUp }: (typeof goals)[number]) =>
  is <= atMost ? 'met' : givenUp === true ? 'missed, see decision 3' : 'MISSED'
say('Goals (of a full run)')
say(
  `${table([['', 'is', 'at most', ''], ...goals.map((goal) => [goal.what, figure(goal.is, 2), String(goal.atMost), verdict(goal)])])}\n`,
)

const costs = (wanted: string) => costsOf(pair(wanted, crowds)[0], pair(wanted, loners))
for (const mine of [name.hints, name.bare]) {
  const better = PEERS.map(([peer]) => peer).filter((peer) => beats(costs(peer), costs(mine)))
  say(
    `Better than ${mine} in some figure of the crowd or of the lone client and worse in none: ${better.join(', ') || 'nobody'}`,
  )
}

if (isFull) {
  const scenes = storms.map(({ down, ideal, outcomes }) => ({
    title: `server away for ${down} s`,
    downMs: down * 1000,
    idealMs: ideal * 1000,
    outcomes,
    ours: OURS,
  }))
  mkdirSync('docs/images', { recursive: true })
  writeFileSync(PICTURE, picture(clients, PER_SECOND, scenes))
  say(`\nDrawn: ${PICTURE}`)
  if (goals.some((goal) => verdict(goal) === 'MISSED')) process.exitCode = 1
} else {
  say('\nNo picture: only the full run with seed 1 draws it.')
}
say(`${figure((performance.now() - began) / 1000, 0)} s`)
