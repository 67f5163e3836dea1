/**
 * How a client's process dials: straight over a wire, or by way of the real adapter and a simulated WebSocket.
 *
 * Either way it keeps the contract of connections, and whoever is told something after it hung up has found a
 * defect.
 */
import { webSocketTransport } from '../../../src/adapters/websocket-transport.ts'
import type { Connection, ConnectionListener, DialRequest, Transport } from '../../../src/ports/transport.ts'
import type { Host } from '../../../src/testing/virtual/host.ts'
import type { Wire } from '../../../src/testing/virtual/wire.ts'
import type { World } from '../world.ts'
import { type Make, type Manners, MANNERED, type Orphaned, socketsOf } from './socket.ts'
import { during } from './timers.ts'

export type Sockets = 'direct' | Make

export class Dialer implements Transport {
  readonly manners: Manners = { ...MANNERED }
  private readonly world: World
  private readonly host: Host
  private readonly through: Transport

  constructor(world: World, host: Host) {
    this.world = world
    this.host = host
    const { network, timeline } = world
    const { sockets } = world.options
    this.through =
      sockets === 'direct'
        ? { open: (request, listener) => network.dial(host, request, listener) }
        : webSocketTransport(
            socketsOf({
              make: sockets,
              host,
              network,
              timeline,
              manners: this.manners,
              orphaned: (what) => world.coverage.sometimes(ORPHANED[what]),
              uncaught: (what) => world.guard(() => world.laws.must('I23', false, () => what)),
            }),
          )
  }

  open(request: DialRequest, listener: ConnectionListener): Connection {
    const { world, host } = this
    let phase: 'dialing' | 'open' | 'over' = 'dialing'
    const must = (holds: boolean, what: string): void =>
      world.guard(() => world.laws.must('I15', holds, () => `${what} after the connection was ${phase}`))
    const inner = this.through.open(request, {
      opened() {
        must(phase === 'dialing', 'it opened')
        phase = 'open'
        listener.opened()
      },
      received(message) {
        must(phase === 'open', 'a message came')
        listener.received(message)
      },
      dropped(loss) {
        must(phase !== 'over', 'its end was told')
        phase = 'over'
        listener.dropped(loss)
      },
    })
    // The wire was made inside, a moment ago.
    const wire = world.lines.lastWire as Wire
    return {
      send(text) {
        if (text.startsWith('{"type":"ping"')) world.lines.asks(wire)
        inner.send(text)
      },
      buffered: () => inner.buffered(),
      close: (code, reason) => {
        phase = 'over'
        during(host.clock, () => inner.close(code, reason))
        world.lines.hungUp(wire, code)
      },
    }
  }
}

const ORPHANED = {
  'opened late': 'late winner ignored',
  'message after close': 'message after close ignored',
  'close never': 'closing socket orphaned',
  'close late': 'close event of a minute later ignored',
} as const satisfies Record<Orphaned, string>
