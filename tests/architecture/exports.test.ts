/** A door is a file in `src/`, an entry of the bundler and a line in package.json's `exports`: all three or none. */
import { expect, test } from 'vitest'
import tsup from '../../tsup.config.ts'
import { filesUnder, textOf } from './sources.ts'

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>
  readonly files: readonly string[]
}

const manifest = JSON.parse(textOf('package.json')) as Manifest

/** `src/server-redis.ts` is the door `./server/redis`, and `src/index.ts` the front door. */
const doors = filesUnder('src')
  .filter((file) => file.split('/').length === 2)
  .map((file) => file.slice('src/'.length, -'.ts'.length))

function subpathOf(door: string): string {
  return door === 'index' ? '.' : `./${door.replaceAll('-', '/')}`
}

/** What a door of Node's kind leads to, types first: a resolver takes the first condition that fits. */
function leadsTo(door: string): unknown {
  return {
    import: { types: `./dist/${door}.d.ts`, default: `./dist/${door}.js` },
    require: { types: `./dist/${door}.d.cts`, default: `./dist/${door}.cjs` },
  }
}

/** Browsers get a front door of their own, in which isomorphic-ws is already settled. */
const frontDoor = {
  browser: {
    import: { types: './dist/index.d.ts', default: './dist/browser/index.js' },
    require: { types: './dist/index.d.cts', default: './dist/browser/index.cjs' },
  },
  ...(leadsTo('index') as object),
}

test('package.json leads to every door file, and to nothing else', () => {
  const expected = Object.fromEntries(
    doors.map((door) => [subpathOf(door), door === 'index' ? frontDoor : leadsTo(door)]),
  )
  expect(manifest.exports).toEqual({ ...expected, './package.json': './package.json' })
})

test('the conditions stand in the order in which resolvers must meet them', () => {
  const keys = (value: unknown): readonly string[] => Object.keys(value as object)
  expect(keys(manifest.exports['.'])).toEqual(['browser', 'import', 'require'])
  for (const door of doors) {
    const target = manifest.exports[subpathOf(door)] as { import: unknown; require: unknown }
    expect(keys(target.import)).toEqual(['types', 'default'])
    expect(keys(target.require)).toEqual(['types', 'default'])
  }
})

test('the bundler has an entry for every door', () => {
  const configs = Array.isArray(tsup) ? tsup : []
  const [node, browser] = configs
  expect(node?.entry).toEqual(Object.fromEntries(doors.map((door) => [door, `src/${door}.ts`])))
  expect(browser?.entry).toEqual({ index: 'src/index.ts' })
})

test('what the doors lead to is in the package', () => {
  expect(manifest.files).toContain('dist')
})
