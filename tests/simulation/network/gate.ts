/**
 * What a dial meets before it meets the server: name servers, handshakes, proxies and portals.
 */
import type { Switchboard } from '../../../src/testing/virtual/network.ts'
import type { Wire } from '../../../src/testing/virtual/wire.ts'

/** Something that befalls dials. */
export interface Trick {
  /** So many dials; endless until it is taken away. */
  left: number
  readonly isFor: (wire: Wire) => boolean
  /** @param onward - lets the dial go on to the server, now or later */
  readonly play: (wire: Wire, onward: () => void) => void
}

export class Gate implements Switchboard {
  private readonly beyond: Switchboard
  private readonly tricks = new Set<Trick>()

  constructor(beyond: Switchboard) {
    this.beyond = beyond
  }

  /** @returns takes it away; harmless when it is over */
  add(trick: Trick): () => void {
    this.tricks.add(trick)
    return () => void this.tricks.delete(trick)
  }

  clear(): void {
    this.tricks.clear()
  }

  connect(wire: Wire): void {
    const trick = [...this.tricks].find((one) => one.isFor(wire))
    if (trick === undefined) return this.beyond.connect(wire)
    trick.left -= 1
    if (trick.left <= 0) this.tricks.delete(trick)
    trick.play(wire, () => this.beyond.connect(wire))
  }
}
