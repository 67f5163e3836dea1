/** A web site with the page under test, made from the sources and served on this machine. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../../../', import.meta.url))

export interface Site {
  readonly url: string
  close(): Promise<void>
}

/** Bundles a program for browsers, with `holdfast` meaning the sources. */
export async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    sourcemap: 'inline',
    logLevel: 'error',
    alias: { holdfast: join(root, 'src/index.ts'), 'holdfast/agent': join(root, 'src/agent.ts') },
  })
  return outputFiles[0]?.text ?? ''
}

/**
 * @param programs - by path: `{ '/': 'code' }`. Every other path is a page with an empty program.
 * @param type - how the pages take their programs: as a classic script, or as a module
 */
export async function openSite(
  programs: Readonly<Record<string, string>>,
  type: 'text/javascript' | 'module' = 'text/javascript',
): Promise<Site> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    if (path === '/favicon.ico') return void response.writeHead(204).end()
    const [page, isCode] = path.endsWith('.js') ? [path.slice(0, -'.js'.length), true] : [path, false]
    const code = programs[page] ?? ''
    response.writeHead(200, { 'content-type': isCode ? 'text/javascript' : 'text/html' })
    const html = `<!doctype html><meta charset="utf-8"><script type="${type}" src="${page}.js"></script>`
    response.end(isCode ? code : html)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the site has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The site that most tests visit. */
export async function openLab(): Promise<Site> {
  return openSite({ '/': await bundle('tests/browser/support/page.ts') })
}
