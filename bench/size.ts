/** What `import { connect }` weighs in a browser bundle, measured as the size wall measures it, from the sources. */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

export async function weigh(): Promise<{ readonly minified: number; readonly gzipped: number }> {
  const index = fileURLToPath(new URL('../src/index.ts', import.meta.url))
  const { outputFiles } = await build({
    stdin: {
      contents: `import { connect } from ${JSON.stringify(index)}; globalThis[''] = connect`,
      resolveDir: fileURLToPath(new URL('..', import.meta.url)),
    },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
  })
  const contents = outputFiles[0]?.contents ?? new Uint8Array()
  return { minified: contents.length, gzipped: gzipSync(contents, { level: 9 }).length }
}
