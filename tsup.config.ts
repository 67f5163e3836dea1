import { defineConfig, type Options } from 'tsup'

/** Where the bundles go. The build script points this at a fresh folder and moves it into place when whole. */
const outDir = process.env['HOLDFAST_OUT_DIR'] ?? 'dist'

/** One entry for each door: the files that package.json's `exports` lead to. */
const doors = {
  index: 'src/index.ts',
  node: 'src/node.ts',
  agent: 'src/agent.ts',
  server: 'src/server.ts',
  testing: 'src/testing.ts',
}

const common = {
  format: ['esm', 'cjs'],
  target: 'es2022',
  tsconfig: 'tsconfig.build.json',
  sourcemap: true,
  splitting: true,
  silent: true,
  // The build script starts from an empty folder; two configurations cleaning the same one would race.
  clean: false,
} satisfies Options

export default defineConfig([
  {
    ...common,
    entry: doors,
    outDir,
    platform: 'node',
    // eventemitter3's ESM face re-exports its CommonJS one, and several bundlers find no names in it.
    noExternal: ['eventemitter3'],
    // The testing door asks where it lies; in CommonJS that question is put in another word.
    esbuildOptions(options, { format }) {
      if (format === 'cjs') options.define = { ...options.define, 'import.meta.url': '__filename' }
    },
    // The bundler's declaration step sets `baseUrl`, which TypeScript 6 calls deprecated.
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  },
  {
    ...common,
    entry: { index: doors.index },
    outDir: `${outDir}/browser`,
    platform: 'browser',
    // isomorphic-ws answers `require` in a browser bundle with a namespace instead of a class. Inlined
    // here, it is settled once and no bundler is asked.
    noExternal: ['eventemitter3', 'isomorphic-ws'],
    // A browser's declarations are those of the door itself.
    dts: false,
  },
])
