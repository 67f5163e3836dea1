/**
 * Who reaches whom: dials go out here, take their time, and come to whoever listens at the address then.
 */
import type { Connection, ConnectionListener, DialRequest } from '../../ports/transport.ts'
import type { Host } from './host.ts'
import type { Timeline } from './timeline.ts'
import { type Tap, Wire, type WireRules, type WireWatch } from './wire.ts'

/** A connection whose client can hang up and read on. */
export interface DialedConnection extends Connection {
  close(code: number, reason: string, lingers?: boolean): void
}

/** What becomes of a dial that has reached its address. */
export interface Switchboard {
  /** Takes the wire, refuses it, or leaves it unanswered. */
  connect(wire: Wire): void
}

export interface NetworkOptions {
  readonly timeline: Timeline
  readonly rules: (client: Host) => WireRules
  readonly switchboard: Switchboard
  readonly tap?: Tap | undefined
  readonly watch?: WireWatch | undefined
}

export class Network {
  /** Every connection that is not over at both ends. */
  readonly wires = new Set<Wire>()
  private readonly options: NetworkOptions
  private dials = 0
  private readonly owners = new Map<Wire, Host>()

  constructor(options: NetworkOptions) {
    this.options = options
  }

  dial(client: Host, request: DialRequest, listener: ConnectionListener): DialedConnection {
    const { timeline, rules, switchboard, tap, watch } = this.options
    this.sweep()
    const ruling = rules(client)
    this.dials += 1
    const call = { url: request.url, name: `wire-${this.dials}` }
    const wire = new Wire(timeline, ruling, call, client, listener, tap, watch)
    this.wires.add(wire)
    this.owners.set(wire, client)
    watch?.dialed(wire, client)
    // The call itself travels like anything else, and so can be stalled or lost like anything else.
    let hasHungUp = false
    timeline.schedule((timeline.now + ruling.up.latency()) as typeof timeline.now, () => {
      if (!hasHungUp && !client.isDead) switchboard.connect(wire)
    })
    return {
      send: (text) => wire.sayUp(text),
      buffered: () => wire.up.buffered,
      close: (code, reason, lingers) => {
        hasHungUp = true
        wire.hangUp(code, reason, lingers)
      },
    }
  }

  /** Whose connection it is; `undefined` when it is over and forgotten. */
  ownerOf(wire: Wire): Host | undefined {
    return this.owners.get(wire)
  }

  /** The connections of one client's process. */
  of(client: Host): readonly Wire[] {
    return [...this.wires].filter((wire) => this.owners.get(wire) === client)
  }

  /** Forgets connections that are over, so that an hour of reconnecting does not pile them up. */
  sweep(): void {
    for (const wire of this.wires) {
      if (!wire.isOver) continue
      this.wires.delete(wire)
      this.owners.delete(wire)
    }
  }
}
