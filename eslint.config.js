import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** What would let time, chance or the outside world into a room that must be a pure function of its input. */
const AMBIENT = [
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'queueMicrotask',
  'crypto',
  'console',
  'process',
  'navigator',
  'window',
  'document',
  'self',
  'globalThis',
  'fetch',
  'WebSocket',
  'BroadcastChannel',
  'indexedDB',
  'localStorage',
]

/** What only Node has, and a browser's bundle must not meet. */
const NODE_ONLY = [
  'process',
  'Buffer',
  'global',
  'require',
  'module',
  '__dirname',
  '__filename',
  'setImmediate',
]

const banned = (/** @type {readonly string[]} */ names, /** @type {string} */ message) =>
  names.map((name) => ({ name, message }))

export default defineConfig(
  globalIgnores(['dist/', '.dist-*/', 'coverage/', '.cache/', '**/mockServiceWorker.js']),
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-param-reassign': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',

      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, allowDefaultCaseForExhaustiveSwitch: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // An interface may promise what one implementation gives at once.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/core/**', 'src/protocol/**', 'src/base/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...banned(AMBIENT, 'This room is pure: take it as an input, or ask for it as an effect.'),
        ...banned(['Buffer', 'global', 'require'], 'This room also runs in browsers.'),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Draw from the seeded rng.' },
      ],
    },
  },
  {
    files: ['src/ports/**', 'src/driver/**', 'src/client/**', 'src/agent/**'],
    rules: {
      'no-restricted-globals': ['error', ...banned(NODE_ONLY, 'This room also runs in browsers.')],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Take the Random port.' },
        { object: 'Date', property: 'now', message: 'Take the Clock port.' },
      ],
    },
  },
  {
    // Programs for people: they print, and read what other programs wrote.
    files: ['scripts/**', 'examples/**', 'bench/**', 'src/cli/**', 'tests/simulation/**', 'tests/process/**'],
    rules: { 'no-console': 'off' },
  },
  {
    // Thousands of worlds live and die in one process.
    files: ['tests/simulation/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'AbortSignal',
          property: 'any',
          message: 'While anybody listens to it, the engine keeps it with all of its world.',
        },
      ],
    },
  },
  {
    // A broken assertion is the point of a test; a test reads best without guards for the type checker's sake.
    files: ['tests/**', 'bench/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // Plain JavaScript is checked by its comments, and what it parses is what it says it is.
    files: ['scripts/**', '*.config.js'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
)
