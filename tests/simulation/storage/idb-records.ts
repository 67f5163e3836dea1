/**
 * What lies in a database, in the order of its keys, and the changes that lead from one state to the next.
 */
export type Key = number | string | readonly Key[]

/** Numbers, then texts, then lists: as IndexedDB orders them. */
export function compare(one: Key, other: Key): number {
  const rank = rankOf(one) - rankOf(other)
  if (rank !== 0) return rank
  if (Array.isArray(one) && Array.isArray(other)) {
    for (const [place, part] of one.entries()) {
      if (place >= other.length) return 1
      const order = compare(part as Key, other[place] as Key)
      if (order !== 0) return order
    }
    return one.length - other.length
  }
  return one < other ? -1 : one > other ? 1 : 0
}

function rankOf(key: Key): number {
  if (typeof key === 'number') return 0
  return typeof key === 'string' ? 1 : 2
}

export interface KeyRange {
  readonly lower: Key
  readonly upper: Key
}

export class Records {
  private readonly entries: [key: Key, value: unknown][]

  constructor(entries: readonly (readonly [Key, unknown])[] = []) {
    this.entries = entries.map(([key, value]) => [key, value])
  }

  get(key: Key): { readonly value: unknown } | undefined {
    const entry = this.entries[this.placeOf(key)]
    return entry !== undefined && compare(entry[0], key) === 0 ? { value: entry[1] } : undefined
  }

  set(key: Key, value: unknown): void {
    const place = this.placeOf(key)
    const entry = this.entries[place]
    if (entry !== undefined && compare(entry[0], key) === 0) entry[1] = value
    else this.entries.splice(place, 0, [key, value])
  }

  delete(key: Key): void {
    const place = this.placeOf(key)
    const entry = this.entries[place]
    if (entry !== undefined && compare(entry[0], key) === 0) this.entries.splice(place, 1)
  }

  /** Both ends are in it. */
  within({ lower, upper }: KeyRange): readonly (readonly [Key, unknown])[] {
    const from = this.placeOf(lower)
    let to = from
    for (let entry = this.entries[to]; entry !== undefined && compare(entry[0], upper) <= 0;) {
      to += 1
      entry = this.entries[to]
    }
    return this.entries.slice(from, to)
  }

  all(): readonly (readonly [Key, unknown])[] {
    return this.entries
  }

  copy(): Records {
    return new Records(this.entries)
  }

  /** Where the key is or would be. */
  private placeOf(key: Key): number {
    let low = 0
    let high = this.entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      const entry = this.entries[middle]
      if (entry !== undefined && compare(entry[0], key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** A database as it stands. Version 0 is one that there is not. */
export class Contents {
  version = 0
  readonly stores = new Map<string, Records>()

  copy(): Contents {
    const twin = new Contents()
    twin.version = this.version
    for (const [name, records] of this.stores) twin.stores.set(name, records.copy())
    return twin
  }
}

export type Change = (contents: Contents) => void
