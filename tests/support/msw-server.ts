/** A `holdfast.v1` server in msw's words: small enough to read, and whole enough to hold a session. */
import { ws } from 'msw'
import { decodeClientFrame } from '../../src/protocol/decode-client-frame.ts'
import { encode } from '../../src/protocol/encode.ts'
import type { ServerFrame } from '../../src/protocol/frames.ts'
import { welcome } from './frames.ts'

export const MOCKED = 'wss://mocked.example/chat'

interface Kept {
  generation: number
  /** Messages of the client, in order. */
  readonly up: unknown[]
  /** Messages for the client, in order. */
  readonly down: unknown[]
}

export function mockServer() {
  const link = ws.link(MOCKED)
  const sessions = new Map<string, Kept>()
  const lines = new Set<{ say(frame: ServerFrame): void; close(code: number): void }>()
  const server = {
    lines,
    sessions,
    epoch: 'e1',
    connections: 0,
    /** What each hello is answered with instead of a welcome. */
    refusal: undefined as { readonly frame?: ServerFrame; readonly code: number } | undefined,
    /** Sends a message down to every session, and keeps it for those who are away. */
    broadcast(data: unknown): void {
      for (const { down } of sessions.values()) down.push(data)
      for (const line of lines) line.say({ type: 'messages', from: sessionOf().down.length, data: [data] })
    },
    dropAll(code: number): void {
      for (const line of [...lines]) line.close(code)
    },
    sayAll(frame: ServerFrame): void {
      for (const line of lines) line.say(frame)
    },
    handlers: [
      link.addEventListener('connection', ({ client }) => {
        server.connections += 1
        let session: Kept | undefined
        const line = {
          say: (frame: ServerFrame) => client.send(encode(frame)),
          close(code: number) {
            lines.delete(line)
            client.close(code)
          },
        }
        client.addEventListener('close', () => lines.delete(line))
        client.addEventListener('message', ({ data }) => {
          const decoded = decodeClientFrame(data)
          if ('fault' in decoded) return line.close(4400)
          const { frame } = decoded
          if (frame.type === 'hello') {
            const { refusal } = server
            if (refusal !== undefined) {
              if (refusal.frame !== undefined) line.say(refusal.frame)
              // A mocked close overtakes what was sent in the same turn; a real one never does.
              setTimeout(() => line.close(refusal.code))
              return
            }
            const known = sessions.get(frame.session)
            session = known ?? { generation: 0, up: [], down: [] }
            if (frame.generation <= session.generation) return line.close(4409)
            session.generation = frame.generation
            sessions.set(frame.session, session)
            lines.add(line)
            const [from, to] = [(frame.seen ?? frame.received) + 1, session.down.length]
            const outcome = known === undefined ? 'created' : 'resumed'
            line.say(welcome({ outcome, epoch: server.epoch, received: session.up.length, from, to }))
            if (to >= from) line.say({ type: 'messages', from, data: session.down.slice(from - 1) })
            return line.say({ type: 'live', seq: to })
          }
          if (frame.type === 'messages' && session !== undefined) {
            session.up.push(...frame.data.slice(session.up.length + 1 - frame.from))
            line.say({ type: 'ack', received: session.up.length })
          }
          if (frame.type === 'ping')
            line.say({ type: 'pong', id: frame.id, received: session?.up.length ?? 0 })
        })
      }),
    ],
  }
  const sessionOf = (): Kept => [...sessions.values()].at(-1) ?? { generation: 0, up: [], down: [] }
  return server
}
