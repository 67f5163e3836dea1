/**
 * The live picture of the connection: the servers' lives above, what the session made of them below.
 *
 * The right edge is now. It is drawn anew a few times a second from the recording; there is no other state.
 */
import { draw } from './dom.ts'
import { ARRIVAL_STEP } from './record.ts'
import type { MomentKind, Recording, ServerLane, Stretch } from './record.ts'

const ROW = { servers: 2, lane: 11, session: 34, moments: 67, arrivals: 78, beats: 112, height: 138 }
const LABELS = 124
const WINDOW_WIDE = 60_000
const WINDOW_NARROW = 30_000

const GLYPHS: Readonly<Record<MomentKind, { readonly path: string; readonly word: string }>> = {
  replay: { path: 'M-3 -4 L3 0 L-3 4 Z', word: 'replay' },
  handoff: { path: 'M-5 2 C-2 -5 2 -5 5 2', word: 'hand-off' },
  reset: { path: 'M0 -5 L5 0 L0 5 L-5 0 Z', word: 'reset' },
  gap: { path: 'M-4 -4 L4 4 M4 -4 L-4 4', word: 'gap' },
  lost: { path: 'M-3.5 -3.5 L3.5 3.5 M3.5 -3.5 L-3.5 3.5', word: 'lost' },
  notice: { path: 'M0 -5 L5 4 L-5 4 Z', word: 'notice' },
  reload: { path: 'M0 -5 A5 5 0 1 1 -0.1 -5', word: 'reload' },
}

/** @returns draws the moment that `now` is. */
export function createTimeline(plot: SVGSVGElement, recording: Recording): (now: number) => void {
  let width = plot.clientWidth
  new ResizeObserver(() => (width = plot.clientWidth)).observe(plot)

  return (now) => {
    if (width === 0) return
    recording.trim(now)
    const narrow = width < 620
    const labels = narrow ? 0 : LABELS
    const span = narrow ? WINDOW_NARROW : WINDOW_WIDE
    const right = width - 1
    const x = (at: number): number =>
      labels + (right - labels) * Math.min(1, Math.max(0, 1 - (now - at) / span))
    const seen = (at: number): boolean => at >= now - span

    plot.setAttribute('viewBox', `0 0 ${width} ${ROW.height}`)
    plot.setAttribute('height', String(ROW.height))
    const title = draw('title', {}, summary(recording, now))
    plot.replaceChildren(
      title,
      hatch(),
      ...grid(x, now, span),
      ...(narrow ? [] : rowLabels()),
      ...lanesOf(recording.lanes, now, span).flatMap((lane, row) => laneMarks(lane, row, x, now, span)),
      ...inFront(recording.bands).flatMap((band) => bandMarks(band, x, now, span)),
      ...momentMarks(recording, x, seen, right),
      ...arrivalMarks(recording, x, seen),
      ...beatMarks(recording, x, seen, labels, narrow),
    )
  }
}

type Scale = (at: number) => number

function grid(x: Scale, now: number, span: number): readonly SVGElement[] {
  const lines: SVGElement[] = []
  for (let ago = 0; ago <= span; ago += 10_000) {
    const place = x(now - ago)
    lines.push(draw('line', { class: 'grid', x1: place, x2: place, y1: 2, y2: ROW.height - 14 }))
    const anchor = ago === 0 ? 'end' : ago === span ? 'start' : 'middle'
    const label = ago === 0 ? 'now' : `${ago / 1000} s ago`
    lines.push(draw('text', { class: 'axis', x: place, y: ROW.height - 2, 'text-anchor': anchor }, label))
  }
  return lines
}

function rowLabels(): readonly SVGElement[] {
  const label = (text: string, y: number): SVGElement => draw('text', { class: 'row', x: 0, y }, text)
  return [
    label('Servers', ROW.servers + 14),
    label('This page', ROW.session + 14),
    label('Events', ROW.moments + 4),
    label('Messages', ROW.arrivals + 13),
    label('Round trip', ROW.beats + 5),
  ]
}

/** The two newest servers of the window: during a deploy there are two, and never more that matter. */
function lanesOf(
  lanes: readonly ServerLane[],
  now: number,
  span: number,
): readonly (readonly ServerLane[])[] {
  const rows: [ServerLane[], ServerLane[]] = [[], []]
  for (const lane of lanes) {
    const from = lane.stretches[0]?.from ?? now
    if ((lane.stretches.at(-1)?.to ?? now) < now - span) continue
    const [first, second] = rows
    const free = (row: readonly ServerLane[]): boolean =>
      (row.at(-1)?.stretches.at(-1)?.to ?? (row.length === 0 ? 0 : Infinity)) <= from
    if (free(first)) first.push(lane)
    else second.push(lane)
  }
  return rows
}

function laneMarks(
  lanes: readonly ServerLane[],
  row: number,
  x: Scale,
  now: number,
  span: number,
): readonly SVGElement[] {
  const y = ROW.servers + row * (ROW.lane + 4)
  return lanes.flatMap(({ name, stretches }) => {
    const shown = stretches.filter(({ to }) => (to ?? now) > now - span)
    const from = x(shown[0]?.from ?? now)
    const to = x(shown.at(-1)?.to ?? now)
    const label = to - from > 44 ? [draw('text', { class: 'lane-name', x: from + 5, y: y + 9 }, name)] : []
    return [
      ...shown.map((one) => bar(one, x, now, y, ROW.lane, `lane ${one.kind}`, `${name}: ${one.kind}`)),
      ...label,
    ]
  })
}

/** An attempt may take no longer than a hair is wide, and is drawn last so that it shows. */
function inFront(bands: readonly Stretch<string>[]): readonly Stretch<string>[] {
  const isAttempt = ({ kind }: Stretch<string>): boolean => kind === 'connecting'
  return [...bands.filter((band) => !isAttempt(band)), ...bands.filter(isAttempt)]
}

function bandMarks(band: Stretch<string>, x: Scale, now: number, span: number): readonly SVGElement[] {
  if ((band.to ?? now) < now - span) return []
  return [bar(band, x, now, ROW.session, 20, `band ${band.kind}`, band.kind)]
}

function bar(
  stretch: Stretch<string>,
  x: Scale,
  now: number,
  y: number,
  height: number,
  kind: string,
  title: string,
): SVGElement {
  const from = x(stretch.from)
  const width = Math.max(kind === 'band connecting' ? 3 : 1.5, x(stretch.to ?? now) - from)
  const length = `${(((stretch.to ?? now) - stretch.from) / 1000).toFixed(1)} s`
  return draw(
    'rect',
    { class: kind, x: from, y, width, height, rx: 2 },
    draw('title', {}, `${title}, ${length}`),
  )
}

function momentMarks(
  recording: Recording,
  x: Scale,
  seen: (at: number) => boolean,
  edge: number,
): readonly SVGElement[] {
  const shown = recording.moments.filter(({ at }) => seen(at))
  const places: number[] = []
  for (const { at } of shown) places.push(Math.max(x(at), (places.at(-1) ?? -Infinity) + 13))
  return shown.flatMap(({ kind }, index) => {
    const place = places[index] ?? 0
    const { path, word } = GLYPHS[kind]
    const glyph = draw(
      'path',
      { class: `glyph ${kind}`, d: path, transform: `translate(${place} ${ROW.moments})` },
      draw('title', {}, word),
    )
    const room = { before: place - (places[index - 1] ?? 0), after: (places[index + 1] ?? edge) - place }
    const side = room.after > WORD_ROOM ? 'after' : room.before > WORD_ROOM ? 'before' : undefined
    if (side === undefined) return [glyph]
    const where =
      side === 'after' ? { x: place + 8, 'text-anchor': 'start' } : { x: place - 8, 'text-anchor': 'end' }
    return [glyph, draw('text', { y: ROW.moments + 3.5, ...where }, word)]
  })
}

const WORD_ROOM = 62

/** How many messages came, half second by half second: a replay stands out, and so does silence. */
function arrivalMarks(recording: Recording, x: Scale, seen: (at: number) => boolean): readonly SVGElement[] {
  const arrivals = recording.arrivals.filter(({ at }) => seen(at))
  const most = Math.max(20, ...arrivals.map(({ count }) => count))
  const full = 18
  return arrivals.map(({ at, count }) => {
    const height = Math.max(1, (Math.min(count, most) / most) * full)
    const width = Math.max(1, x(at + ARRIVAL_STEP) - x(at) - 1)
    return draw('rect', { class: 'arrivals', x: x(at), y: ROW.arrivals + full - height, width, height })
  })
}

function beatMarks(
  recording: Recording,
  x: Scale,
  seen: (at: number) => boolean,
  left: number,
  narrow: boolean,
): readonly SVGElement[] {
  const beats = recording.beats.filter(({ at }) => seen(at))
  const latest = beats.at(-1)
  if (latest === undefined) {
    return [
      draw('text', { class: 'axis', x: left + 6, y: ROW.beats + 5 }, 'probed only while the line is quiet'),
    ]
  }
  const top = Math.max(5, ...beats.map(({ ms }) => ms))
  const y = (ms: number): number => ROW.beats + 8 - (ms / top) * 14
  const points = beats.map(({ at, ms }) => `${x(at).toFixed(1)},${y(ms).toFixed(1)}`).join(' ')
  const label = `${latest.ms < 10 ? latest.ms.toFixed(1) : Math.round(latest.ms)} ms`
  return [
    draw('polyline', { class: 'beats', points }),
    draw('circle', { class: 'beat', cx: x(latest.at), cy: y(latest.ms), r: 2 }),
    ...(narrow
      ? []
      : [draw('text', { class: 'beat-word', x: left - 12, y: ROW.beats + 5, 'text-anchor': 'end' }, label)]),
  ]
}

function hatch(): SVGElement {
  const pattern = (id: string): SVGElement =>
    draw(
      'pattern',
      { id, width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      draw('rect', { class: `${id}-ground`, width: 5, height: 5 }),
      draw('rect', { class: `${id}-line`, width: 1.5, height: 5 }),
    )
  return draw('defs', {}, pattern('hatch-waiting'), pattern('hatch-draining'), pattern('hatch-hung'))
}

function summary({ bands }: Recording, now: number): string {
  const band = bands.at(-1)
  return band === undefined
    ? 'Nothing yet'
    : `${band.kind} for ${Math.round((now - band.from) / 1000)} seconds`
}
