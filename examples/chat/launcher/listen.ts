/** Finds a port for the launcher, beginning with the one that was asked for. */
import { once } from 'node:events'
import type { Server } from 'node:http'

const TRIES = 20

/** @returns the port that it listens on, on 127.0.0.1 only. */
export async function listenFrom(
  server: Server,
  first: number,
  taken: (port: number) => void,
): Promise<number> {
  for (let port = first; ; port += 1) {
    try {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      return typeof address === 'object' && address !== null ? address.port : port
    } catch (failure) {
      if (!isTaken(failure)) throw failure
      if (port - first >= TRIES) {
        throw new Error(`Ports ${first} to ${port} are all taken. Choose one with --port.`, {
          cause: failure,
        })
      }
      taken(port)
    }
  }
}

function isTaken(failure: unknown): boolean {
  return (
    failure instanceof Error &&
    'code' in failure &&
    (failure.code === 'EADDRINUSE' || failure.code === 'EACCES')
  )
}
