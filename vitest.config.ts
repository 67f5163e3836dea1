import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))
const seconds = (n: number) => n * 1000

/**
 * Folders with needs of their own: real sockets, real processes and a browser measure real time, so they
 * run few at once and after the quick ones, on a machine that may have two cores.
 */
const slow = {
  simulation: { testTimeout: seconds(300), maxWorkers: 2 },
  scenarios: { testTimeout: seconds(60), maxWorkers: 2 },
  process: { testTimeout: seconds(180), maxWorkers: 1 },
  browser: { testTimeout: seconds(120), maxWorkers: 1 },
} as const

/** These read the built package, so it is built before them. */
const readsDist = ['tests/architecture/size.test.ts', 'tests/architecture/package.test.ts']

export default defineConfig({
  resolve: {
    // Tests write the imports that a user would write, and get the sources.
    alias: [
      { find: /^holdfast$/, replacement: source('index.ts') },
      { find: /^holdfast\/(\w+)$/, replacement: source('$1.ts') },
    ],
  },
  test: {
    pool: 'forks',
    // A test that passes on the second try has found something; trying again would hide it.
    retry: 0,
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      reporter: ['text-summary', 'html', 'json'],
      reportsDirectory: 'coverage',
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          // Everything that is not named below belongs here: no test file can fall between the projects.
          exclude: [
            ...configDefaults.exclude,
            'tests/architecture/**',
            ...Object.keys(slow).map((folder) => `tests/${folder}/**`),
          ],
          testTimeout: seconds(20),
          hookTimeout: seconds(20),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'architecture',
          include: ['tests/architecture/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...readsDist],
          testTimeout: seconds(60),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'typings',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['tests/types/**/*.test-d.ts'],
            tsconfig: 'tsconfig.json',
            // Errors outside these files are `npm run types`' to report.
            ignoreSourceErrors: true,
          },
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: readsDist,
          globalSetup: 'tests/architecture/built.ts',
          testTimeout: seconds(120),
          hookTimeout: seconds(120),
          sequence: { groupOrder: 1 },
        },
      },
      ...Object.entries(slow).map(([name, { testTimeout, maxWorkers }], place) => ({
        extends: true as const,
        test: {
          name,
          include: [`tests/${name}/**/*.test.ts`],
          testTimeout,
          hookTimeout: testTimeout,
          maxWorkers,
          sequence: { groupOrder: 2 + place },
        },
      })),
    ],
  },
})
