/**
 * What the world of a seed is like. Each option is drawn from a stream of its own, so a new option, or one more
 * draw in one of them, leaves the others of every known seed as they were.
 */
import { chance, type Chance } from '../../src/testing/virtual/chance.ts'
import { type Balance, BALANCES } from './balancer.ts'

export interface Options {
  readonly seed: number
  /** How long it is disturbed, in milliseconds of virtual time; then it is quiet. */
  readonly span: number
  readonly clients: number
  /** Milliseconds between two bursts of a client, and of the server, on average. */
  readonly talk: number
  readonly speak: number
  /** Most messages at once. */
  readonly burst: number
  /** What clients store on. */
  readonly storage: 'memory' | 'journal' | 'indexeddb'
  /** The longest that a commit takes beside what the storage takes, in milliseconds. */
  readonly lag: number
  /** What clients dial with: the bare wire, or the adapter and sockets as a browser or Node makes them. */
  readonly sockets: 'direct' | 'browser' | 'node'
  /** Tabs, or processes, that share a client's store. */
  readonly tabs: number
  /** Processes of the server behind the balancer, and how it picks one. */
  readonly servers: number
  readonly balance: Balance
  /** Whether the client, and the server, folds a state. */
  readonly folds: boolean
  readonly serverFolds: boolean
  /** Messages in flight unacknowledged. */
  readonly window: number
  /** Messages that the log keeps of a session for a client that is away. */
  readonly retains: number
  /** How long the log keeps a session that nobody is connected to, in milliseconds. */
  readonly retention: number
  /** How often a listener takes its time, and how often it throws. */
  readonly slowness: number
  readonly clumsiness: number
  readonly serverSlowness: number
  readonly serverClumsiness: number
  /** Whether hellos need a token. */
  readonly auth: boolean
  /** How many of the faults are on, and milliseconds between two of one of them, on average. */
  readonly density: number
  readonly pace: number
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Most worlds are short and wild; some go on for hours, in which little happens at a time. */
export type Scale = 'minutes' | 'hours'

type Draw<Value> = (luck: Chance, scale: Scale) => Value

const DRAWS: { readonly [Name in Exclude<keyof Options, 'seed'>]: Draw<Options[Name]> } = {
  span: (luck, scale) =>
    scale === 'hours' ? luck.between(HOUR, 12 * HOUR) : luck.pick([5, 10, 20, 20, 60, 150]) * SECOND,
  clients: (luck) => luck.pick([1, 1, 2, 3]),
  talk: (luck, scale) =>
    luck.pick(scale === 'hours' ? [MINUTE, 10 * MINUTE] : [300, 2 * SECOND, 10 * SECOND]),
  speak: (luck, scale) =>
    luck.pick(scale === 'hours' ? [MINUTE, 10 * MINUTE] : [300, 2 * SECOND, 10 * SECOND]),
  burst: (luck) => luck.pick([1, 3, 12]),
  storage: (luck) => luck.pick(['memory', 'memory', 'memory', 'journal', 'indexeddb']),
  lag: (luck) => luck.pick([0, 0, 0, 5, 50]),
  tabs: (luck) => luck.pick([1, 1, 1, 1, 2, 3, 5]),
  sockets: (luck) => luck.pick(['direct', 'browser', 'browser', 'node', 'node']),
  servers: (luck) => luck.pick([1, 1, 2, 2, 3, 4]),
  balance: (luck) => luck.pick(BALANCES),
  folds: (luck) => luck.happens(0.5),
  serverFolds: (luck) => luck.happens(0.4),
  window: (luck) => luck.pick([4, 64, 1024]),
  retains: (luck) => luck.pick([10_000, 10_000, 10_000, 100, 12]),
  retention: (luck, scale) => luck.pick([24 * HOUR, 24 * HOUR, scale === 'hours' ? HOUR : 45 * SECOND]),
  slowness: (luck) => luck.pick([0, 0, 0.2, 0.6]),
  clumsiness: (luck) => luck.pick([0, 0, 0.1]),
  serverSlowness: (luck) => luck.pick([0, 0, 0.2, 0.6]),
  serverClumsiness: (luck) => luck.pick([0, 0, 0.1]),
  auth: (luck) => luck.happens(0.4),
  density: (luck) => luck.pick([0.05, 0.15, 0.4, 1]),
  pace: (luck, scale) => (scale === 'hours' ? luck.pick([HOUR, 6 * HOUR]) : luck.pick([5, 20, 60]) * SECOND),
}

/** The plainest world: what a shrunk script tries to come down to, and what it need not mention. */
export const PLAIN: Options = {
  seed: 0,
  span: 10 * SECOND,
  clients: 1,
  talk: SECOND,
  speak: SECOND,
  burst: 1,
  storage: 'memory',
  lag: 0,
  sockets: 'direct',
  tabs: 1,
  servers: 1,
  balance: 'newest',
  folds: false,
  serverFolds: false,
  window: 1024,
  retains: 10_000,
  retention: 24 * HOUR,
  slowness: 0,
  clumsiness: 0,
  serverSlowness: 0,
  serverClumsiness: 0,
  auth: false,
  density: 0,
  pace: 20 * SECOND,
}

/** @param seed - 32 bits; from it follows everything else. */
export function drawOptions(seed: number, scale: Scale): Options {
  const root = chance(seed)
  const drawn = Object.entries(DRAWS).map(([name, draw]) => [
    name,
    draw(root.stream(`option ${name}`), scale),
  ])
  // Every name of the interface is a key of the table, and each draw gives its type.
  return { seed, ...Object.fromEntries(drawn) } as Options
}

/** `seed=7 clients=2`: what differs from the plainest world. */
export function writeOptions(options: Options): string {
  return Object.entries(options)
    .filter(([name, value]) => name === 'seed' || value !== PLAIN[name as keyof Options])
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ')
}

/** @throws Error that names what is no option */
export function readOptions(text: string): Options {
  const options: Record<string, unknown> = { ...PLAIN }
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const [name = '', value = ''] = word.split('=')
    if (!(name in PLAIN)) throw new Error(`no option of a world: ${word}`)
    const plain = PLAIN[name as keyof Options]
    options[name] =
      typeof plain === 'number' ? Number(value) : typeof plain === 'boolean' ? value === 'true' : value
  }
  return options as unknown as Options
}
