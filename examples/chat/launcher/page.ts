/** Makes the page: bundles its TypeScript, and writes this launch's token into its HTML. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build, stop } from 'esbuild'

export type Page = ReadonlyMap<string, { readonly type: string; readonly body: string }>

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Every path that the browser may ask for, and what it gets. */
export async function makePage(token: string): Promise<Page> {
  const { outputFiles } = await build({
    entryPoints: [here('../browser/main.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    sourcemap: 'inline',
    logLevel: 'error',
    alias: {
      'holdfast/agent': here('../../../src/agent.ts'),
      holdfast: here('../../../src/index.ts'),
    },
  })
  await stop()
  const html = await readFile(here('../browser/index.html'), 'utf8')
  const style = await readFile(here('../browser/style.css'), 'utf8')
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: html.replace('%TOKEN%', token) }],
    ['/main.js', { type: 'text/javascript; charset=utf-8', body: outputFiles[0]?.text ?? '' }],
    ['/style.css', { type: 'text/css; charset=utf-8', body: style }],
  ])
}
