/**
 * The proxy in front of the servers: pipes a WebSocket's bytes to whichever server is the current one.
 *
 * It understands nothing of what it carries. A browser that is cut off loses its connections and gets no new
 * ones until its time is over: the nearest thing to a tunnel that one machine can offer.
 */
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

export interface Proxy {
  /** Takes over an upgraded connection. */
  carry(request: IncomingMessage, client: Duplex, head: Buffer): void
  /** Cuts a browser off; 0 lets it back at once. */
  cut(browser: string, forMs: number): void
  close(): void
}

export function createProxy(portNow: () => number | undefined): Proxy {
  const lines = new Map<Duplex, string>()
  const cutUntil = new Map<string, number>()

  return {
    carry: (request, client, head) => {
      const browser = new URL(request.url ?? '/', 'http://localhost').searchParams.get('browser') ?? ''
      const port = portNow()
      if ((cutUntil.get(browser) ?? 0) > Date.now() || port === undefined) {
        client.destroy()
        return
      }
      const server = connect({ host: '127.0.0.1', port })
      lines.set(client, browser)
      server.on('connect', () => {
        server.write(headOf(request))
        server.write(head)
        server.pipe(client).pipe(server)
      })
      // When one side goes, the other goes: half a line is none.
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        one.on('error', () => one.destroy())
        one.on('close', () => {
          lines.delete(client)
          other.destroy()
        })
      }
    },
    cut: (browser, forMs) => {
      cutUntil.set(browser, Date.now() + forMs)
      if (forMs > 0) for (const [client, whose] of lines) if (whose === browser) client.destroy()
    },
    close: () => {
      for (const client of lines.keys()) client.destroy()
    },
  }
}

/** The request as it came, byte for byte but for the line ends. */
function headOf({ method = 'GET', url = '/', rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/1.1`]
  for (let place = 0; place < rawHeaders.length; place += 2) {
    lines.push(`${rawHeaders[place] ?? ''}: ${rawHeaders[place + 1] ?? ''}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}
