/**
 * How a change and a snapshot look in the store: one JSON text each, with short keys, because every message
 * pays for them.
 *
 * A message that is JSON already is put in as it is. Reading trusts nothing: a store can hold the work of a
 * newer version, of another program, or of a damaged disk.
 */
import type { Change } from '../core/effect.ts'
import type { Identity } from '../core/state.ts'

/** Raised when an older version could not read what this one writes. */
export const FORMAT = 1

/** A change as read back, with the messages whose processing it stands for. */
export interface StoredChange {
  readonly identity?: Identity
  readonly generation?: number
  readonly welcomed?: number
  readonly epoch?: string
  readonly distrusted?: true
  readonly failures?: number
  readonly acked?: number
  readonly wired?: number
  readonly up?: { readonly from: number; readonly data: unknown }
  readonly givenUp?: readonly number[]
  readonly cursor?: number
  readonly down?: { readonly from: number; readonly data: readonly unknown[] }
  readonly adopted?: Adopted
}

/** A state that came from the server instead of from folding. */
export interface Adopted {
  readonly state: unknown
  readonly up: number
  readonly down: number
}

export function writeChange(
  change: Change,
  down: StoredChange['down'],
  adopted?: { readonly text: string; readonly up: number; readonly down: number },
): string {
  const parts: string[] = []
  if (change.identity !== undefined)
    parts.push(`"s":${JSON.stringify([change.identity.session, change.identity.secret])}`)
  if (change.generation !== undefined) parts.push(`"g":${change.generation}`)
  if (change.welcomed !== undefined) parts.push(`"h":${change.welcomed}`)
  if (change.epoch !== undefined) parts.push(`"e":${JSON.stringify(change.epoch)}`)
  if (change.distrusted) parts.push('"l":1')
  if (change.failures !== undefined) parts.push(`"f":${change.failures}`)
  if (change.acked !== undefined) parts.push(`"a":${change.acked}`)
  if (change.wired !== undefined) parts.push(`"w":${change.wired}`)
  if (change.up !== undefined) parts.push(`"u":[${change.up.from},${change.up.text}]`)
  if (change.givenUp !== undefined) parts.push(`"x":${JSON.stringify(change.givenUp)}`)
  if (change.cursor !== undefined) parts.push(`"c":${change.cursor}`)
  if (down !== undefined) parts.push(`"d":[${down.from},${JSON.stringify(down.data)}]`)
  if (adopted !== undefined) parts.push(`"t":[${adopted.text},${adopted.up},${adopted.down}]`)
  return `{${parts.join(',')}}`
}

/** @throws SyntaxError or TypeError: what was read is not one of our records. */
export function readChange(text: string): StoredChange {
  const fields = parseObject(text)
  const { s, g, h, e, l, f, a, w, u, x, c, d, t } = fields
  return {
    ...(s !== undefined && { identity: identityFrom(s) }),
    ...(g !== undefined && { generation: whole(g) }),
    ...(h !== undefined && { welcomed: whole(h) }),
    ...(e !== undefined && { epoch: string(e) }),
    ...(isFlag(l) && { distrusted: true }),
    ...(f !== undefined && { failures: whole(f) }),
    ...(a !== undefined && { acked: whole(a) }),
    ...(w !== undefined && { wired: whole(w) }),
    ...(u !== undefined && { up: { from: whole(list(u)[0]), data: list(u)[1] } }),
    ...(x !== undefined && { givenUp: list(x).map(whole) }),
    ...(c !== undefined && { cursor: whole(c) }),
    ...(d !== undefined && { down: { from: whole(list(d)[0]), data: list(list(d)[1]) } }),
    ...(t !== undefined && {
      adopted: { state: list(t)[0], up: whole(list(t)[1]), down: whole(list(t)[2]) },
    }),
  }
}

export interface StoredSnapshot {
  readonly format: number
  readonly identity: Identity
  readonly generation: number
  readonly welcomed: number
  readonly epoch: string | undefined
  readonly distrusted: boolean
  readonly failures: number
  readonly acked: number
  readonly wired: number
  /** Texts of `acked + 1 …`; `undefined` where a number was given up. */
  readonly outbox: readonly (string | undefined)[]
  readonly cursor: number
  readonly folded: Adopted | undefined
  /** What an earlier store held that could not be read. */
  readonly aside: readonly string[]
}

export function writeSnapshot(
  snapshot: Omit<StoredSnapshot, 'format' | 'folded'>,
  folded?: { readonly text: string; readonly up: number; readonly down: number },
): string {
  const { identity, generation, welcomed, epoch, distrusted, failures, acked, wired, outbox, cursor, aside } =
    snapshot
  const head = JSON.stringify({
    v: FORMAT,
    s: [identity.session, identity.secret],
    g: generation,
    ...(welcomed > 0 && { h: welcomed }),
    e: epoch,
    ...(distrusted && { l: 1 }),
    f: failures,
    a: acked,
    w: wired,
    c: cursor,
    ...(aside.length > 0 && { q: aside }),
  })
  const state = folded === undefined ? '' : `,"t":[${folded.text},${folded.up},${folded.down}]`
  return `${head.slice(0, -1)},"o":[${outbox.map(boxed).join(',')}]${state}}`
}

/** A message in a box of its own; an empty box for a number that was given up. */
const boxed = (text: string | undefined): string => `[${text ?? ''}]`

/** @throws SyntaxError or TypeError: what was read is not one of our snapshots. */
export function readSnapshot(text: string): StoredSnapshot {
  const fields = parseObject(text)
  const { v, s, g, h, e, l, f, a, w, o, c, t, q } = fields
  const format = whole(v)
  if (format > FORMAT) throw new NewerFormat()
  return {
    format,
    identity: identityFrom(s),
    generation: whole(g),
    welcomed: h === undefined ? 0 : whole(h),
    epoch: e === undefined ? undefined : string(e),
    distrusted: isFlag(l),
    failures: whole(f),
    acked: whole(a),
    wired: whole(w),
    outbox: list(o).map(unboxed),
    cursor: whole(c),
    folded:
      t === undefined ? undefined : { state: list(t)[0], up: whole(list(t)[1]), down: whole(list(t)[2]) },
    aside: q === undefined ? [] : list(q).map(string),
  }
}

function unboxed(box: unknown): string | undefined {
  const [message] = list(box)
  return message === undefined ? undefined : JSON.stringify(message)
}

export class NewerFormat extends Error {}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('no object')
  return value as Readonly<Record<string, unknown>>
}

function whole(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new TypeError('no whole number')
  return value as number
}

/** Written as 1, or not at all. */
function isFlag(value: unknown): value is 1 {
  if (value !== undefined && value !== 1) throw new TypeError('no flag')
  return value === 1
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('no string')
  return value
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('no list')
  return value as readonly unknown[]
}

function identityFrom(value: unknown): Identity {
  const [session, secret] = list(value)
  return { session: string(session), secret: string(secret) }
}
