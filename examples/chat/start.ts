/**
 * The chat demo: `npm start`, then open the address it prints.
 *
 * This process is everything that is not the chat itself: it serves the page, keeps the log, starts and ends
 * the server processes, and pipes connections to the newest of them.
 */
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { memoryLog, serveLog } from 'holdfast/server'
import { createFleet } from './launcher/fleet.ts'
import { listenFrom } from './launcher/listen.ts'
import { optionsOf } from './launcher/options.ts'
import { makePage } from './launcher/page.ts'
import { createProxy } from './launcher/proxy.ts'
import { createWeb } from './launcher/web.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

async function start(): Promise<void> {
  const options = optionsOf(process.argv.slice(2), process.env)
  const token = randomBytes(16).toString('hex')
  const page = await makePage(token)
  // Lives here so that the servers can die without it; production has a Redis in its place.
  const log = memoryLog({ shared: true })
  const logServer = await serveLog(log, { port: 0 })
  let origin = ''

  const proxy = createProxy(() => fleet.port)
  const fleet = createFleet({
    args: (name) => [
      here('../../scripts/run-ts.mjs'),
      here('server.ts'),
      String(logServer.port),
      name,
      origin,
    ],
    tempo: options.tempo,
    forget: () => log.forget(),
    changed: (news) => web.tell(news),
  })
  const web = createWeb({ page, token, fleet, proxy, tempo: options.tempo })
  const port = await listenFrom(web.server, options.port, (taken) => {
    console.log(`Port ${taken} is taken, trying ${taken + 1}.`)
  })
  origin = `http://127.0.0.1:${port}`

  const stop = async (): Promise<void> => {
    web.server.close()
    web.server.closeAllConnections()
    proxy.close()
    await fleet.stop()
    await logServer.close()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop())

  await fleet.start()
  console.log(`\n  The chat is ready. Open ${origin}\n\n  Ctrl-C ends it.\n`)
}

start().catch((failure: unknown) => {
  console.error(failure instanceof Error ? failure.message : failure)
  process.exit(1)
})
