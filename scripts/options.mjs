/**
 * What a command is asked to do, by its options: `--name value`, `--name=value`, or `--name` alone.
 *
 * What is wrong is one clear line and the exit code 2; `--help` prints what there is, and nothing is done. A
 * command that cannot be asked for what it does not do never does something else instead.
 */

/**
 * @template Value
 * @typedef {object} Option
 * @property {string} takes what follows the name; nothing for a flag
 * @property {string} about
 * @property {Value} otherwise
 * @property {(text: string) => Value} read throws an `Unusable` that says what is taken
 */

export class Unusable extends Error {}

/**
 * @param {string} about
 * @returns {Option<boolean>}
 */
export function flag(about) {
  return { takes: '', about, otherwise: false, read: () => true }
}

/**
 * @template {string | undefined} Otherwise
 * @param {string} takes
 * @param {Otherwise} otherwise
 * @param {string} about
 * @returns {Option<string | Otherwise>}
 */
export function text(takes, otherwise, about) {
  const read = (/** @type {string} */ given) => {
    if (given === '') throw new Unusable(`takes ${takes}`)
    return given
  }
  return { takes, about, otherwise, read }
}

/**
 * @template {number | undefined} Otherwise
 * @param {{ least: number, most?: number, otherwise: Otherwise }} range
 * @param {string} about
 * @returns {Option<number | Otherwise>}
 */
export function whole({ least, most = Number.MAX_SAFE_INTEGER, otherwise }, about) {
  const bounds = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
  const read = (/** @type {string} */ given) => {
    const number = /^\d+$/.test(given) ? Number(given) : NaN
    if (Number.isSafeInteger(number) && number >= least && number <= most) return number
    throw new Unusable(`takes a whole number ${bounds}, not ${given === '' ? 'nothing' : given}`)
  }
  return { takes: 'number', about, otherwise, read }
}

/**
 * Reads what the command was asked, or ends the process: with 0 after `--help`, with 2 if it makes no sense.
 *
 * @template {Readonly<Record<string, Option<any>>>} Table
 * @param {string} command how it is called, such as `npm run sim --`
 * @param {Table} table
 * @param {readonly string[]} [args]
 * @returns {Values<Table>}
 */
export function optionsOf(command, table, args = process.argv.slice(2)) {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage(command, table))
    process.exit(0)
  }
  try {
    return readOptions(table, args)
  } catch (error) {
    return wrong(error, `${command} --help`)
  }
}

/**
 * Says in one line what was wrong with what the command was asked, and ends it.
 *
 * @param {unknown} cause thrown again if it is no fault of who asked
 * @param {string} [help]
 * @returns {never}
 */
export function wrong(cause, help) {
  if (!(cause instanceof Unusable)) throw cause
  console.error(help === undefined ? cause.message : `${cause.message}; try ${help}`)
  process.exit(2)
}

/**
 * @template {Readonly<Record<string, Option<any>>>} Table
 * @typedef {{ readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never }} Values
 */

/**
 * @template {Readonly<Record<string, Option<any>>>} Table
 * @param {Table} table
 * @param {readonly string[]} args
 * @returns {Values<Table>}
 */
export function readOptions(table, args) {
  /** @type {Record<string, unknown>} */
  const values = {}
  for (const [name, { otherwise }] of Object.entries(table)) values[name] = otherwise
  const waiting = [...args]
  for (let arg = waiting.shift(); arg !== undefined; arg = waiting.shift()) {
    const [, name, attached] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? []
    if (name === undefined) throw new Unusable(`${arg} is no option`)
    const option = Object.hasOwn(table, name) ? table[name] : undefined
    if (option === undefined) throw new Unusable(unknownName(`option --${name}`, name, Object.keys(table)))
    if (option.takes === '' && attached !== undefined) throw new Unusable(`--${name} takes nothing`)
    const follows = option.takes === '' || attached !== undefined || waiting[0]?.startsWith('--') === true
    const given = attached ?? (follows ? '' : (waiting.shift() ?? ''))
    try {
      values[name] = option.read(given)
    } catch (error) {
      throw error instanceof Unusable ? new Unusable(`--${name} ${error.message}`) : error
    }
  }
  return /** @type {Values<Table>} */ (values)
}

/**
 * @param {string} command
 * @param {Readonly<Record<string, Option<unknown>>>} table
 */
export function usage(command, table) {
  const rows = Object.entries(table).map(([name, { takes, about, otherwise }]) => {
    const standard = typeof otherwise === 'number' || (typeof otherwise === 'string' && otherwise !== '')
    return [`--${name}${takes === '' ? '' : ` ${takes}`}`, `${about}${standard ? ` (${otherwise})` : ''}`]
  })
  const width = Math.max(0, ...rows.map(([left = '']) => left.length))
  return [
    `usage: ${command} [options]`,
    ...rows.map(([left = '', right]) => `  ${left.padEnd(width)}  ${right}`),
  ].join('\n')
}

/**
 * The names that a list asks for, each of which must stand for something.
 *
 * @template Thing
 * @param {string} list names or parts of names, separated by commas; empty for all
 * @param {readonly Thing[]} things
 * @param {(thing: Thing) => string} nameOf
 * @param {(thing: Thing) => string} [textOf] where a part is looked for
 * @returns {readonly Thing[]}
 */
export function chosenFrom(list, things, nameOf, textOf = nameOf) {
  const words = list.split(',').filter((word) => word !== '')
  if (words.length === 0) return things
  for (const word of words) {
    if (things.some((thing) => textOf(thing).includes(word))) continue
    throw new Unusable(unknownName(word, word, things.map(nameOf)))
  }
  return things.filter((thing) => words.some((word) => textOf(thing).includes(word)))
}

/**
 * @param {string} what
 * @param {string} name
 * @param {readonly string[]} known
 */
function unknownName(what, name, known) {
  const near = [...known].sort((one, other) => distance(name, one) - distance(name, other)).slice(0, 3)
  return `there is no ${what}${near.length === 0 ? '' : `; near it are ${near.join(', ')}`}`
}

/**
 * How many letters must be added, taken away or changed.
 *
 * @param {string} one
 * @param {string} other
 */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, place) => place)
  for (let line = 1; line <= one.length; line += 1) {
    const next = [line]
    for (let place = 1; place <= other.length; place += 1) {
      const changed = (row[place - 1] ?? 0) + (one[line - 1] === other[place - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[place] ?? 0) + 1, (next[place - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
