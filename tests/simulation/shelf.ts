/**
 * What a store holds, told from its texts alone, so that nobody need believe the client.
 */
export interface Shelf {
  readonly session: string | undefined
  /** Of the server's messages it knows that they were processed to here, … */
  readonly cursor: number
  /** … of its own it has had numbers to here, … */
  readonly last: number
  /** … and to here it says that they may have been on a wire. */
  readonly wired: number
  /** The newest of its connections that it knows of. */
  readonly generation: number
}

export const EMPTY: Shelf = { session: undefined, cursor: 0, last: 0, wired: 0, generation: 0 }

export const shelfOf = (texts: readonly string[]): Shelf => texts.reduce(shelve, EMPTY)

/** One more text on the shelf. Our messages hold no such keys. */
export function shelve(shelf: Shelf, text: string): Shelf {
  if (text.startsWith('{"v":')) return shelfOfSnapshot(text)
  const session = /"s":\["([^"]+)"/.exec(text)?.[1] ?? shelf.session
  const cursor = number(/"c":(\d+)/.exec(text)) ?? shelf.cursor
  const acked = number(/"a":(\d+)/.exec(text)) ?? 0
  const last = number(/"u":\[(\d+),/.exec(text)) ?? 0
  const wired = number(/"w":(\d+)/.exec(text)) ?? 0
  return {
    session,
    cursor,
    last: Math.max(shelf.last, acked, last),
    wired: Math.max(shelf.wired, acked, wired),
    generation: number(/"g":(\d+)/.exec(text)) ?? shelf.generation,
  }
}

/** Damage that no checksum finds is none of ours: what is no snapshot holds nothing. */
function shelfOfSnapshot(text: string): Shelf {
  const { s, g, c, a, w, o } = JSON.parse(text) as {
    readonly s: readonly [string, string]
    readonly g: number
    readonly c: number
    readonly a: number
    readonly w: number
    readonly o: readonly unknown[]
  }
  return { session: s[0], cursor: c, last: a + o.length, wired: Math.max(a, w), generation: g }
}

const number = (found: RegExpExecArray | null): number | undefined =>
  found === null ? undefined : Number(found[1])
