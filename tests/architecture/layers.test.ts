/**
 * The walls of `src/`: which room may look into which, and what may not enter a room at all.
 *
 * The arrow of import never points up. A wall that is in the way is moved here, in the open, or not at all.
 */
import { describe, expect, test } from 'vitest'
import { filesUnder, importsOf, withoutComments, type Import } from './sources.ts'

/** Which room may look into which. A room always sees itself; what is not listed is a wall. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  protocol: ['base'],
  ports: ['base', 'protocol'],
  core: ['base', 'protocol'],
  adapters: ['base', 'protocol', 'ports'],
  driver: ['base', 'protocol', 'ports', 'core'],
  client: ['base', 'protocol', 'ports', 'core', 'adapters', 'driver'],
  agent: ['base', 'client'],
  server: ['base', 'protocol', 'ports'],
  testing: ['base', 'protocol', 'ports', 'core', 'driver', 'server'],

  // Doors lead into rooms and never into each other. No client's door leads to a server's code.
  'index.ts': ['base', 'protocol', 'ports', 'adapters', 'client'],
  'node.ts': ['base', 'protocol', 'ports', 'adapters', 'client'],
  'agent.ts': ['base', 'agent'],
  'server.ts': ['base', 'protocol', 'server'],
  'testing.ts': ['base', 'protocol', 'ports', 'core', 'driver', 'server', 'testing'],
}

/** Looked at for their types alone: nothing of them may be carried along. */
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = { agent: ['client'], server: ['ports'] }

/** Which packages a room may use. The rooms that are not listed use none. */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  adapters: ['isomorphic-ws', 'ws', 'idb-keyval', 'node:*'],
  client: ['eventemitter3'],
  server: ['ws', 'node:*'],
  testing: ['ws', 'msw', 'node:*'],
  'server.ts': ['ws'],
}

/** Words that would let time, chance or the outside world into the core. */
const IMPURE =
  /\b(?:Date|setTimeout|setInterval|setImmediate|queueMicrotask|performance|Promise|async|await|console|process|WebSocket|crypto|globalThis)\b|\bMath\s*\.\s*random\b/g

const files = filesUnder('src').filter((file) => !file.endsWith('.d.ts'))
const imports = files.flatMap((file) => importsOf(file))

/** The room of a file: the first folder under `src/`, or the door's own name. */
function roomOf(file: string): string {
  return file.split('/')[1] ?? file
}

function isDoor(file: string): boolean {
  return file.split('/').length === 2
}

function at({ from, line, to }: Import): string {
  return `${from}:${line} → ${to}`
}

/** Why an import goes through a wall; undefined when it stays inside what is allowed. */
function wallBetween(one: Import): string | undefined {
  const room = roomOf(one.from)
  if (one.foreign) {
    return MAY_USE[room]?.includes(one.to) === true ? undefined : `${room} may not use the package ${one.to}`
  }
  const target = roomOf(one.to)
  if (isDoor(one.to)) return 'nothing goes through a door from the inside'
  if (target === room) return undefined
  if (MAY_IMPORT[room]?.includes(target) !== true) return `${room} may not look into ${target}`
  if (TYPES_ONLY[room]?.includes(target) === true && !one.typeOnly)
    return `${room} may take types alone of ${target}`
  return undefined
}

describe('layers', () => {
  test('there is something to look at', () => {
    expect(files.length).toBeGreaterThan(5)
  })

  test('every room and every door has a row in the table', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => !(room in MAY_IMPORT))).toEqual([])
  })

  test('no import goes through a wall', () => {
    const breaches = imports.flatMap((one) => {
      const wall = wallBetween(one)
      return wall === undefined ? [] : [`${at(one)}: ${wall}`]
    })
    expect(breaches).toEqual([])
  })

  test('imports of our own name the file with its ending, inside src', () => {
    const odd = imports.filter((one) => !one.foreign && !files.includes(one.to))
    expect(odd.map(at)).toEqual([])
  })

  test('phases never import phases: they leave through enter.ts', () => {
    const inPhases = (file: string): boolean => file.startsWith('src/core/phases/')
    expect(imports.filter((one) => inPhases(one.from) && inPhases(one.to)).map(at)).toEqual([])
  })

  test('only doors re-export', () => {
    expect(imports.filter((one) => one.reexport && !isDoor(one.from)).map(at)).toEqual([])
  })

  test('one file alone knows eventemitter3, so that it can be changed for another', () => {
    const knowing = new Set(imports.filter((one) => one.to === 'eventemitter3').map((one) => one.from))
    expect([...knowing].slice(1)).toEqual([])
  })

  test('no file leans on itself by a circle of imports', () => {
    expect(circles(imports.filter((one) => !one.foreign && !one.typeOnly))).toEqual([])
  })
})

describe('purity', () => {
  test('the core knows no clock, no chance and no world', () => {
    const core = files.filter((file) => roomOf(file) === 'core')
    const impure = core.flatMap((file) =>
      (withoutComments(file).match(IMPURE) ?? []).map((word) => `${file}: ${word}`),
    )
    expect(impure).toEqual([])
  })
})

/** Each circle once, as the files on it. Types leave no trace at run time, so they may look at each other. */
function circles(edges: readonly Import[]): readonly string[] {
  const next = new Map<string, string[]>()
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to])
  const done = new Set<string>()
  const path: string[] = []
  const found: string[] = []
  const walk = (file: string): void => {
    const seenAt = path.indexOf(file)
    if (seenAt >= 0) {
      found.push([...path.slice(seenAt), file].join(' → '))
      return
    }
    if (done.has(file)) return
    path.push(file)
    for (const neighbour of next.get(file) ?? []) walk(neighbour)
    path.pop()
    done.add(file)
  }
  for (const file of next.keys()) walk(file)
  return found
}
