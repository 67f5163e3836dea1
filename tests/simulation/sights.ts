/** What can be seen of lines, and of a client over its lines, and the numbers in what passes. */
import type { Wire } from '../../src/testing/virtual/wire.ts'
import type { Tab } from './tab.ts'

/** A line as it can be seen from beside it. */
export interface Sight {
  welcome: 'none' | 'sent' | 'arrived'
  welcomedAt: number
  isReplaying: boolean
  /** The hello that was said on it. */
  greeting: string
  /** What the welcome said that the server has. */
  had: number
  sent: number
  acked: number
}

/** A client over its lines. */
export interface Trail {
  lostWelcome: boolean
  cuts: number
  refused: string | undefined
  hintMs: number | undefined
  server: string | undefined
  last: number
  newest: Sight | undefined
}

export class Sights {
  private readonly sights = new WeakMap<Wire, Sight>()
  private readonly trails = new Map<string, Trail>()

  sightOf(wire: Wire): Sight {
    const known = this.sights.get(wire)
    if (known !== undefined) return known
    const sight: Sight = {
      welcome: 'none',
      welcomedAt: 0,
      isReplaying: false,
      greeting: '',
      had: 0,
      sent: 0,
      acked: 0,
    }
    this.sights.set(wire, sight)
    return sight
  }

  trailOf({ client: { name } }: Tab): Trail {
    const known = this.trails.get(name)
    if (known !== undefined) return known
    const nothing = { refused: undefined, hintMs: undefined, server: undefined, newest: undefined }
    const trail: Trail = { lostWelcome: false, cuts: 0, last: 0, ...nothing }
    this.trails.set(name, trail)
    return trail
  }
}

const PATTERNS = new Map<string, RegExp>()

/** A number by its name; the frames that are asked have each name once. */
export function numberIn(text: string, name: string): number | undefined {
  let pattern = PATTERNS.get(name)
  if (pattern === undefined) PATTERNS.set(name, (pattern = new RegExp(`"${name}":(\\d+)`)))
  const found = pattern.exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}
