/**
 * A list that grows at its end without being copied whole.
 *
 * An immutable array costs its whole length at every append; after ten thousand entries that is what a token
 * would wait for. Here full pages are left alone for ever, and an append copies at most one page.
 */
export interface Paged<Item> {
  /** Each of `PAGE` items, never changed again. */
  readonly pages: readonly (readonly Item[])[]
  /** Fewer than `PAGE` items. */
  readonly tail: readonly Item[]
  /** How many of the oldest items the list's limit has cost it. */
  readonly dropped: number
}

export const PAGE = 64

export function emptyPaged<Item>(): Paged<Item> {
  return { pages: [], tail: [], dropped: 0 }
}

/** Appends, and drops whole pages from the front while at least `limit` items are left without them. */
export function append<Item>(list: Paged<Item>, item: Item, limit: number): Paged<Item> {
  const tail = [...list.tail, item]
  if (tail.length < PAGE) return { ...list, tail }
  const pages = [...list.pages, tail]
  const spare = Math.max(0, Math.floor((pages.length * PAGE - limit) / PAGE))
  return { pages: pages.slice(spare), tail: [], dropped: list.dropped + spare * PAGE }
}

export function sizeOf(list: Paged<unknown>): number {
  return list.pages.length * PAGE + list.tail.length
}

/** Oldest first. */
export function* itemsOf<Item>(list: Paged<Item>): Generator<Item, void, undefined> {
  for (const page of list.pages) yield* page
  yield* list.tail
}

/** Newest first: what is looked for is mostly near the end. */
export function findLast<Item>(list: Paged<Item>, wanted: (item: Item) => boolean): Item | undefined {
  const found = list.tail.findLast(wanted)
  if (found !== undefined) return found
  for (let page = list.pages.length - 1; page >= 0; page -= 1) {
    const item = list.pages[page]?.findLast(wanted)
    if (item !== undefined) return item
  }
  return undefined
}
