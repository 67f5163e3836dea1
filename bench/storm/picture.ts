/** The storm as a picture: who is back when, and what it cost in dials. */
import { CURVE_MS, type Outcome } from './storm.ts'

export interface Scene {
  readonly title: string
  readonly downMs: number
  readonly idealMs: number
  /** Ours come first. */
  readonly outcomes: readonly Outcome[]
  readonly ours: number
}

const WIDTH = 1120
const SCENE_HEIGHT = 400
const HEADER = 62
const PLOT = { left: 56, top: 44, width: 560, height: 300 }
const BARS = { left: 820, top: 44, width: 200 }
const SHOWN_MS = 200_000

const OURS = ['#0b5d43', '#27a17c', '#5fb598']
const PEERS = [
  ...['#c0392b', '#2c5f9e', '#8e44ad', '#d68910', '#5d6d7e', '#b03a80', '#117a8b'],
  ...['#7d6608', '#6c3483', '#a04000', '#1f618d', '#943126', '#566573', '#b7950b'],
]

export function picture(clients: number, perSecond: number, scenes: readonly Scene[]): string {
  const height = HEADER + scenes.length * SCENE_HEIGHT
  const crowd = `${count(clients)} clients cut at once, ${count(perSecond)} admissions a second afterwards`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="#222" role="img">`,
    `<title>${crowd}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(24, 30, crowd, 'font-size="18" font-weight="600"'),
    text(
      24,
      50,
      'simulated: the real core and admission of holdfast, and the default policies that 14 packages publish',
      'fill="#666"',
    ),
    ...scenes.flatMap((scene, place) => [
      `<g transform="translate(0 ${HEADER + place * SCENE_HEIGHT})">`,
      ...drawScene(scene, clients),
      '</g>',
    ]),
    '</svg>',
    '',
  ].join('\n')
}

function drawScene(scene: Scene, clients: number): string[] {
  const { title, downMs, idealMs, outcomes, ours } = scene
  // A name has the same colour in every scene, whatever its place.
  const names = outcomes
    .slice(ours)
    .map(({ name }) => name)
    .sort()
  const colour = (place: number) =>
    (place < ours ? OURS[place] : PEERS[names.indexOf(outcomes[place]?.name ?? '') % PEERS.length]) ?? '#000'
  const lines = outcomes.map((outcome, place) => {
    const style = place < ours ? 'stroke-width="3"' : 'stroke-width="1.3" opacity="0.8"'
    return `<path d="${curve(outcome.connected, clients)}" fill="none" stroke="${colour(place)}" ${style}/>`
  })
  return [
    text(PLOT.left, 26, title, 'font-size="14" font-weight="600"'),
    ...axes(downMs),
    `<g clip-path="inset(0)">`,
    // Ours on top of the others.
    ...[...lines].reverse(),
    `<path d="M${x(downMs)} ${y(0)}L${x(idealMs)} ${y(1)}" stroke="#000" stroke-width="1.2" stroke-dasharray="5 4" fill="none"/>`,
    '</g>',
    text(Number(x(idealMs)) + 4, Number(y(1)) - 6, 'perfect', 'text-anchor="middle" font-size="11"'),
    ...bars(outcomes, clients, colour, ours),
  ]
}

const x = (ms: number): string => round(PLOT.left + (ms / SHOWN_MS) * PLOT.width)
const y = (share: number): string => round(PLOT.top + (1 - share) * PLOT.height)
const round = (value: number): string => String(Math.round(value * 10) / 10)
const count = (value: number): string => value.toLocaleString('en-US')

function text(left: number | string, top: number | string, words: string, more = ''): string {
  return `<text x="${left}" y="${top}" ${more}>${words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`
}

function axes(downMs: number): string[] {
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    `<path d="M${PLOT.left} ${y(share)}h${PLOT.width}" stroke="#e3e3e3"/>`,
    text(PLOT.left - 8, Number(y(share)) + 4, `${share * 100} %`, 'text-anchor="end" fill="#666"'),
  ])
  const ticks = [0, 25, 50, 75, 100, 125, 150, 175, 200].map((at) =>
    text(x(at * 1000), PLOT.top + PLOT.height + 18, `${at} s`, 'text-anchor="middle" fill="#666"'),
  )
  const width = Number(x(downMs)) - PLOT.left
  return [
    `<rect x="${PLOT.left}" y="${PLOT.top}" width="${round(width)}" height="${PLOT.height}" fill="#f6dede"/>`,
    ...grid,
    ...ticks,
    text(
      PLOT.left + PLOT.width / 2,
      PLOT.top + PLOT.height + 36,
      'connected again, by time since the cut',
      'text-anchor="middle" fill="#666"',
    ),
  ]
}

/** Points that change nothing for the eye are left out. */
function curve(connected: readonly number[], clients: number): string {
  let path = `M${x(0)} ${y(0)}`
  let drawn = 0
  const until = Math.min(connected.length, SHOWN_MS / CURVE_MS)
  for (let i = 0; i < until; i += 1) {
    const share = (connected[i] ?? 0) / clients
    const next = (connected[i + 1] ?? connected[i] ?? 0) / clients
    const isLast = i === until - 1
    if (!isLast && Math.abs(share - drawn) < 0.004 && Math.abs(next - share) < 0.002) continue
    path += `L${x((i + 1) * CURVE_MS)} ${y(share)}`
    drawn = share
  }
  return path
}

function bars(
  outcomes: readonly Outcome[],
  clients: number,
  colour: (place: number) => string,
  ours: number,
): string[] {
  const most = Math.max(...outcomes.map(({ dials }) => dials.wasted / clients))
  const step = PLOT.height / outcomes.length
  const rows = outcomes.flatMap(({ name, dials, gaveUp }, place) => {
    const wasted = dials.wasted / clients
    const top = BARS.top + place * step
    const middle = round(top + step / 2 + 4)
    const width = round(Math.max(1, (wasted / most) * BARS.width))
    const gone = gaveUp === 0 ? '' : `, ${Math.round((gaveUp / clients) * 100)} % give up`
    return [
      text(
        BARS.left - 8,
        middle,
        name,
        `text-anchor="end" fill="${colour(place)}"${place < ours ? ' font-weight="700"' : ''}`,
      ),
      `<rect x="${BARS.left}" y="${round(top + 2)}" width="${width}" height="${round(step - 4)}" fill="${colour(place)}"/>`,
      text(round(BARS.left + Number(width) + 5), middle, `${wasted.toFixed(1)}${gone}`, 'font-size="11"'),
    ]
  })
  return [text(BARS.left, 26, 'dials in vain, per client', 'font-size="14" font-weight="600"'), ...rows]
}
