/**
 * Who reads whom: a server that welcomes a session over one line has let go of every other line of that session.
 */
import type { Wire } from '../../../src/testing/virtual/wire.ts'
import type { Laws } from '../laws.ts'

interface Reader {
  readonly session: string
  readonly server: string
}

export class Readers {
  private readonly laws: Laws
  private readonly sessions = new WeakMap<Wire, string>()
  private readonly readers = new Map<Wire, Reader>()

  constructor(laws: Laws) {
    this.laws = laws
  }

  /** A client says hello. */
  greets(wire: Wire, hello: string): void {
    const session = /"session":"([^"]*)"/.exec(hello)?.[1]
    if (session !== undefined && !this.sessions.has(wire)) this.sessions.set(wire, session)
  }

  /** A server says welcome, and has looked after the lines that it had. */
  welcomes(wire: Wire, welcome: string): void {
    const session = this.sessions.get(wire)
    const server = /"server":"([^"]*)"/.exec(welcome)?.[1]
    if (session === undefined || server === undefined) return
    for (const [other, reader] of this.readers) {
      if (!other.reachesServer) this.readers.delete(other)
      if (reader.session !== session || reader.server !== server || other === wire) continue
      const broken = (): string => `${server} welcomes ${wire.name} and goes on reading ${other.name}`
      this.laws.must('I15', !other.reachesServer, broken)
    }
    this.readers.set(wire, { session, server })
  }
}
