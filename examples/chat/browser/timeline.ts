/**
 * The live picture of the connection: the servers' lives above, what the session made of them below.
 *
 * The right edge is now. It is drawn anew a few times a second from the recording; there is no other state.
 */
import { draw } from './dom.ts'
import type { Recording } from './record.ts'
import {
  arrivalMarks,
  bandMarks,
  beatMarks,
  inFront,
  laneMarks,
  lanesOf,
  momentMarks,
  ROW,
} from './timeline-marks.ts'
import type { Scale } from './timeline-marks.ts'

const LABELS = 124
const WINDOW_WIDE = 60_000
const WINDOW_NARROW = 30_000

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
