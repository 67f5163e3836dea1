/**
 * What happens in a world, act by act. A seed expands to a script, and a script plays by itself: it can be cut
 * down to the few acts that matter, kept in a file, and played again.
 *
 * Every act carries its own luck, drawn from the stream of its kind, so that taking one out does not change what
 * the others do.
 */
import { chance, type Chance } from '../../src/testing/virtual/chance.ts'
import { FAULTS } from './faults/menu.ts'
import { drawOptions, type Options, readOptions, type Scale, writeOptions } from './options.ts'

export interface Act {
  /** Milliseconds since the world began. */
  readonly at: number
  /** `talk`, `speak`, or the number of a fault, such as `F5`. */
  readonly what: string
  /** 32 bits, of which the act's choices are drawn. */
  readonly luck: number
}

export interface Script {
  readonly options: Options
  readonly acts: readonly Act[]
}

/** One world in so many goes on for hours. */
const HOURS_IN = 40

export const scaleOf = (seed: number): Scale =>
  chance(seed).stream('scale').whole(1, HOURS_IN) === 1 ? 'hours' : 'minutes'

export function expand(seed: number, scale: Scale = scaleOf(seed)): Script {
  const options = drawOptions(seed, scale)
  const root = chance(seed)
  const acts: Act[] = []
  const addAll = (what: string, pace: number): void => {
    const luck = root.stream(`acts ${what}`)
    for (let at = luck.between(0, pace); at < options.span; at += luck.between(0, 2 * pace))
      acts.push({ at: Math.round(at), what, luck: bits(luck) })
  }
  addAll('talk', options.talk / options.clients)
  addAll('speak', options.speak)
  for (const fault of FAULTS.keys()) {
    const luck = root.stream(`swarm ${fault}`)
    if (luck.happens(options.density)) addAll(fault, options.pace * luck.pick([0.3, 1, 3]))
  }
  // What happens at one moment stays in the order of the menu: sorting leaves equals in their order.
  return { options, acts: acts.sort((one, other) => one.at - other.at) }
}

const bits = (luck: Chance): number => Math.floor(luck.next() * 0x1_0000_0000)

/** A line for the world, a line for each act. */
export function writeScript({ options, acts }: Script): string {
  const lines = acts.map(({ at, what, luck }) => `${at} ${what} ${luck.toString(16).padStart(8, '0')}`)
  return [`world ${writeOptions(options)}`, ...lines].join('\n')
}

/** Lines that begin with `#` are for the reader. @throws Error that names the line */
export function readScript(text: string): Script {
  let options = readOptions('')
  const acts: Act[] = []
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('world ')) {
      options = readOptions(line.slice('world '.length))
      continue
    }
    const [at, what = '', luck] = line.split(' ')
    const isKnown = what === 'talk' || what === 'speak' || FAULTS.has(what)
    const act = { at: Number(at), what, luck: Number.parseInt(luck ?? '', 16) }
    if (!isKnown || !Number.isFinite(act.at) || !Number.isFinite(act.luck))
      throw new Error(`no act of a script: ${line}`)
    acts.push(act)
  }
  return { options, acts }
}
