/** What the connection and the servers have been doing: the last two minutes, kept over a reload. */
import type { Status } from 'holdfast'
import type { LauncherNews, ServerPhase } from '../protocol.ts'

/** A stretch of time in which one thing was so. */
export interface Stretch<Kind extends string> {
  readonly kind: Kind
  readonly from: number
  to: number | undefined
}

export type MomentKind = 'replay' | 'handoff' | 'reset' | 'gap' | 'lost' | 'notice' | 'reload'

export interface Moment {
  readonly kind: MomentKind
  readonly at: number
}

export interface Beat {
  readonly at: number
  readonly ms: number
}

/** How many messages came within one `ARRIVAL_STEP`. */
export interface Arrivals {
  readonly at: number
  count: number
}

export const ARRIVAL_STEP = 500

export interface ServerLane {
  readonly name: string
  readonly stretches: Stretch<ServerPhase>[]
}

interface Kept {
  readonly bands: Stretch<Status['kind']>[]
  readonly moments: Moment[]
  readonly beats: Beat[]
  readonly arrivals: Arrivals[]
  readonly lanes: ServerLane[]
}

export interface Recording extends Kept {
  status(kind: Status['kind'], at: number): void
  moment(kind: MomentKind, at: number): void
  beat(ms: number, at: number): void
  arrival(at: number): void
  servers(news: LauncherNews, at: number): void
  /** Lets go of what nobody will see again. */
  trim(now: number): void
}

const KEPT_FOR = 120_000
const KEY = 'holdfast-chat-record'

export function createRecording(storage: Storage): Recording {
  const kept = readKept(storage)
  const { bands, moments, beats, arrivals, lanes } = kept

  const close = (stretches: readonly Stretch<string>[], at: number): void => {
    const last = stretches.at(-1)
    if (last !== undefined) last.to ??= at
  }

  addEventListener('pagehide', () => {
    close(bands, Date.now())
    storage.setItem(KEY, JSON.stringify(kept))
  })

  return {
    ...kept,
    status: (kind, at) => {
      if (bands.at(-1)?.kind === kind && bands.at(-1)?.to === undefined) return
      close(bands, at)
      bands.push({ kind, from: at, to: undefined })
    },
    moment: (kind, at) => void moments.push({ kind, at }),
    beat: (ms, at) => void beats.push({ ms, at }),
    arrival: (now) => {
      const at = Math.floor(now / ARRIVAL_STEP) * ARRIVAL_STEP
      const last = arrivals.at(-1)
      if (last?.at === at) last.count += 1
      else arrivals.push({ at, count: 1 })
    },
    servers: (news, at) => {
      for (const { name, phase } of news.servers) {
        let lane = lanes.find((one) => one.name === name)
        if (lane === undefined) lanes.push((lane = { name, stretches: [] }))
        if (lane.stretches.at(-1)?.kind === phase) continue
        close(lane.stretches, at)
        lane.stretches.push({ kind: phase, from: at, to: undefined })
      }
      for (const { name, stretches } of lanes) {
        if (!news.servers.some((one) => one.name === name)) close(stretches, at)
      }
    },
    trim: (now) => {
      const old = (stretch: Stretch<string>): boolean => (stretch.to ?? now) < now - KEPT_FOR
      drop(bands, old)
      drop(moments, ({ at }) => at < now - KEPT_FOR)
      drop(beats, ({ at }) => at < now - KEPT_FOR)
      drop(arrivals, ({ at }) => at < now - KEPT_FOR)
      drop(lanes, ({ stretches }) => stretches.every(old))
    },
  }
}

function drop<Item>(items: Item[], gone: (item: Item) => boolean): void {
  const kept = items.filter((item) => !gone(item))
  if (kept.length < items.length) items.splice(0, items.length, ...kept)
}

function readKept(storage: Storage): Kept {
  const kept: Kept = { bands: [], moments: [], beats: [], arrivals: [], lanes: [] }
  const text = storage.getItem(KEY)
  storage.removeItem(KEY)
  if (text === null) return kept
  try {
    return { ...kept, ...(JSON.parse(text) as Partial<Kept>) }
  } catch {
    return kept
  }
}
