/** F75 to F84: what happens to a client's process, page and application. */
import { type Family, lasts, onClient, SIGNS } from './fault.ts'

const HINTS = ['online', 'offline', 'visible', 'hidden', 'frozen', 'resumed'] as const

export const CLIENT_FAULTS: Family = {
  'F75 client dies': onClient((client, luck, world) => {
    client.kill(luck.pick(SIGNS))
    lasts(world, luck.between(0, luck.pick([10, 20_000])), () => client.start())
  }),
  'F76 client stands still': onClient((client, luck) =>
    client.process?.machine.freeze(luck.between(100, luck.pick([3000, 40_000]))),
  ),
  'F82 hints': onClient((client, luck) => {
    for (let count = luck.whole(1, 6); count > 0; count -= 1) client.process?.machine.hint(luck.pick(HINTS))
  }),
  'F83 application asks for a new connection': onClient((client) => client.process?.session.reconnect()),
}
