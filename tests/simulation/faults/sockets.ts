/** F29, F30, F32 and F33: how a client's sockets tell their end, or do not. */
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { Wire } from '../../../src/testing/virtual/wire.ts'
import type { Client } from '../client.ts'
import type { Manners } from '../network/socket.ts'
import type { World } from '../world.ts'
import { claim } from './claim.ts'
import { type Family, type Inject, lasts, onClient } from './fault.ts'
import { stall } from './network.ts'

export const SOCKET_FAULTS: Family = {
  'F29 close event that never comes': mannered('closesAfter', Infinity, (wire) => {
    const lane = wire.down
    // Nothing follows on the end that nobody is told of, not even when all is well again.
    lane.middlebox = (item, pass) => {
      if (item.kind === 'end') lane.hasLost = true
      else pass(item)
    }
  }),
  'F30 close event a minute late': mannered('closesAfter', 60_000, (wire, world) => {
    const lane = wire.down
    lane.middlebox = (item, pass) => {
      if (item.kind !== 'end') return pass(item)
      lane.middlebox = () => undefined
      // Nor does anything that another fault lets through.
      lane.hasLost = true
      lasts(world, 60_000, () => pass(item))
    }
  }),
  'F32 error without close': adapted(mannered('errorAlone', true, (wire) => wire.reset())),
  'F33 message after close': adapted(mannered('talksOn', true, (wire) => wire.down.stall(100))),
}

/** Some client's sockets are like this for a while, and then something ends one of them. */
function mannered<Key extends keyof Manners>(
  key: Key,
  manner: Manners[Key],
  also: (wire: Wire, world: World) => void,
): Inject {
  return onClient((client, luck, world) => {
    const { process } = client
    const party = world.lines.partyOf(process?.machine.host)
    if (process === undefined || party === undefined) return
    lasts(world, luck.between(5000, 60_000), claim(party.dialer.manners, key, manner))
    for (const wire of world.network.of(process.machine.host)) also(wire, world)
    endSomehow(client, luck, world)
  })
}

/** Where clients dial without sockets, none of this can happen. */
function adapted(inject: Inject): Inject {
  return (world, luck) => (world.options.sockets === 'direct' ? 'nothing' : inject(world, luck))
}

function endSomehow({ process }: Client, luck: Chance, world: World): void {
  if (process === undefined) return
  const wires = world.network.of(process.machine.host)
  switch (luck.pick(['reconnect', 'silence', 'end', 'nothing'])) {
    case 'reconnect':
      return process.session.reconnect()
    case 'silence':
      for (const wire of wires) stall(wire, ['up'], Infinity)
      return
    case 'end':
      for (const wire of wires) wire.close(1006, '')
      return
    default:
  }
}
