/** What was recorded, as marks on the timeline: one function for each of its rows. */
import { draw } from './dom.ts'
import { ARRIVAL_STEP } from './record.ts'
import type { MomentKind, Recording, ServerLane, Stretch } from './record.ts'

/** Where each row stands. */
export const ROW = { servers: 2, lane: 11, session: 34, moments: 67, arrivals: 78, beats: 112, height: 138 }

/** Where a moment lies, from left to right. */
export type Scale = (at: number) => number

const GLYPHS: Readonly<Record<MomentKind, { readonly path: string; readonly word: string }>> = {
  replay: { path: 'M-3 -4 L3 0 L-3 4 Z', word: 'replay' },
  handoff: { path: 'M-5 2 C-2 -5 2 -5 5 2', word: 'hand-off' },
  reset: { path: 'M0 -5 L5 0 L0 5 L-5 0 Z', word: 'reset' },
  gap: { path: 'M-4 -4 L4 4 M4 -4 L-4 4', word: 'gap' },
  lost: { path: 'M-3.5 -3.5 L3.5 3.5 M3.5 -3.5 L-3.5 3.5', word: 'lost' },
  notice: { path: 'M0 -5 L5 4 L-5 4 Z', word: 'notice' },
  reload: { path: 'M0 -5 A5 5 0 1 1 -0.1 -5', word: 'reload' },
}

/** The two newest servers of the window: during a deploy there are two, and never more that matter. */
export function lanesOf(
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

export function laneMarks(
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
export function inFront(bands: readonly Stretch<string>[]): readonly Stretch<string>[] {
  const isAttempt = ({ kind }: Stretch<string>): boolean => kind === 'connecting'
  return [...bands.filter((band) => !isAttempt(band)), ...bands.filter(isAttempt)]
}

export function bandMarks(band: Stretch<string>, x: Scale, now: number, span: number): readonly SVGElement[] {
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

export function momentMarks(
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
export function arrivalMarks(
  recording: Recording,
  x: Scale,
  seen: (at: number) => boolean,
): readonly SVGElement[] {
  const arrivals = recording.arrivals.filter(({ at }) => seen(at))
  const most = Math.max(20, ...arrivals.map(({ count }) => count))
  const full = 18
  return arrivals.map(({ at, count }) => {
    const height = Math.max(1, (Math.min(count, most) / most) * full)
    const width = Math.max(1, x(at + ARRIVAL_STEP) - x(at) - 1)
    return draw('rect', { class: 'arrivals', x: x(at), y: ROW.arrivals + full - height, width, height })
  })
}

export function beatMarks(
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
