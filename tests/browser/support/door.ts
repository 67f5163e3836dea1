/** A door in front of a server that can slam: every connection through it is reset (RST) at once. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Door {
  readonly url: string
  reset(): void
  close(): Promise<void>
}

export async function openDoor(port: number): Promise<Door> {
  const guests = new Set<Socket>()
  const door = createServer((guest) => {
    const server = connect(port, '127.0.0.1')
    guests.add(guest)
    guest.pipe(server).pipe(guest)
    guest.once('close', () => {
      guests.delete(guest)
      server.destroy()
    })
    server.once('close', () => guest.destroy())
    for (const socket of [guest, server]) socket.on('error', () => socket.destroy())
  })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  const address = door.address()
  if (typeof address !== 'object' || address === null) throw new Error('the door has no port')
  return {
    url: `ws://127.0.0.1:${address.port}`,
    reset() {
      for (const guest of guests) guest.resetAndDestroy()
    },
    async close() {
      for (const guest of guests) guest.destroy()
      door.close()
      await once(door, 'close')
    },
  }
}
