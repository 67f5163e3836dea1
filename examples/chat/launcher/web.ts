/**
 * What the browser sees of the launcher: the page, the news about the servers, and the buttons' requests.
 *
 * The buttons end processes, so nobody else's page may press them: every request must name this host, and
 * every one that does something must carry the token that only our page was given.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { TROUBLES } from '../protocol.ts'
import type { LauncherNews } from '../protocol.ts'
import type { Fleet } from './fleet.ts'
import type { Page } from './page.ts'
import type { Proxy } from './proxy.ts'

export interface WebOptions {
  readonly page: Page
  readonly token: string
  readonly fleet: Fleet
  readonly proxy: Proxy
  readonly tempo: number
}

export interface Web {
  readonly server: Server
  /** Passes news on to every page. */
  tell(news: LauncherNews): void
}

const OFFLINE_MS = 15_000

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'self'; connect-src 'self' ws:; img-src data:; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

export function createWeb({ page, token, fleet, proxy, tempo }: WebOptions): Web {
  const listeners = new Set<ServerResponse>()

  const server = createServer((request, response) => {
    if (!isForUs(request)) return void response.writeHead(403).end()
    const url = new URL(request.url ?? '/', 'http://localhost')
    const file = page.get(url.pathname)
    if (request.method === 'GET' && file !== undefined) {
      response.writeHead(200, { ...HEADERS, 'content-type': file.type }).end(file.body)
    } else if (url.pathname === '/control/news' && url.searchParams.get('token') === token) {
      listen(response)
    } else if (request.method === 'POST' && url.pathname.startsWith('/control/')) {
      if (request.headers['x-control-token'] !== token) return void response.writeHead(403).end()
      const outcome = control(url.pathname.slice('/control/'.length), url.searchParams)
      response.writeHead(outcome, HEADERS).end()
    } else {
      response.writeHead(404, HEADERS).end()
    }
  })
  server.on('upgrade', (request, socket, head) => {
    if (isForUs(request)) proxy.carry(request, socket, head)
    else socket.destroy()
  })

  const listen = (response: ServerResponse): void => {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' })
    response.write(eventOf(fleet.news))
    listeners.add(response)
    response.on('close', () => listeners.delete(response))
  }

  const control = (name: string, given: URLSearchParams): number => {
    if (name === 'offline' || name === 'online') {
      proxy.cut(given.get('browser') ?? '', name === 'offline' ? OFFLINE_MS * tempo : 0)
      return 204
    }
    const trouble = TROUBLES.find((one) => one === name)
    if (trouble === undefined) return 404
    return fleet.cause(trouble) ? 204 : 409
  }

  return {
    server,
    tell: (news) => {
      for (const response of listeners) response.write(eventOf(news))
    },
  }
}

function eventOf(news: LauncherNews): string {
  return `data: ${JSON.stringify(news)}\n\n`
}

/** A page of somebody else's can make its name point here, but not make the browser hide that name. */
function isForUs({ headers, socket }: IncomingMessage): boolean {
  const port = socket.localPort ?? 0
  return headers.host === `127.0.0.1:${port}` || headers.host === `localhost:${port}`
}
