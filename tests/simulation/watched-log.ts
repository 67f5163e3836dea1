/**
 * A session log that tells what has landed in it, so that the ledger need not believe the server.
 */
import type { Appended, Greeting, SessionLog } from '../../src/server/session-log.ts'
import type { Granted, LogMirror } from './log-mirror.ts'

export interface LogWatcher {
  readonly mirror: LogMirror
  /** A broken law must not become an answer to the server. */
  readonly guard: (work: () => void) => void
  /** Whoever greets is about to be heard. @returns the answer if they are not */
  greets(greeting: Greeting): 'forked' | 'forbidden' | undefined
  granted(greeting: Greeting, answer: Granted): void
  /** Whether the log's client, which has heard no answer, says by itself once more what it said. */
  repeats(): boolean
  /** Numbers to here were given up. */
  given(session: string, from: number, to: number): void
  appendedUp(session: string, seq: number, text: string): void
  appendedDown(session: string, seq: number, text: string): void
  /** The log would not: `fenced`, `forked` and so on. */
  refused(kind: string): void
}

export function watchedLog<Log extends SessionLog>(inner: Log, watcher: LogWatcher): Log {
  const { mirror, guard } = watcher
  const watched: Partial<SessionLog> = {
    async greet(greeting) {
      const kind = watcher.greets(greeting)
      if (kind !== undefined) return { kind }
      const answer = await inner.greet(greeting)
      guard(() => {
        if (answer.kind !== 'granted') return watcher.refused(answer.kind)
        mirror.granted(greeting, answer)
        watcher.granted(greeting, answer)
      })
      return answer
    },
    async appendUp(session, grant, up) {
      const append = async (): Promise<Appended> => {
        const held = mirror.grantOf(session)
        const answer = await inner.appendUp(session, grant, up)
        guard(() => {
          if (answer.kind !== 'appended') return watcher.refused(answer.kind)
          mirror.wrote(session, held, grant, answer)
          const before = mirror.upOf(session)
          mirror.joinsOn(session, 'texts' in up ? up.from + up.texts.length - 1 : up.givenUpTo, answer.last)
          mirror.appended(session, 'up', answer.last, 'texts' in up)
          // Numbers that were given up count, and are nobody's.
          if (!('texts' in up)) return watcher.given(session, before + 1, answer.last)
          for (let seq = before + 1; seq <= answer.last; seq += 1)
            watcher.appendedUp(session, seq, up.texts[seq - up.from] ?? '')
        })
        return answer
      }
      // Each is written down as it lands: what others say between the two lands between them.
      if (watcher.repeats()) await append()
      return append()
    },
    async appendDown(session, grant, after, texts) {
      const held = mirror.grantOf(session)
      const answer = await inner.appendDown(session, grant, after, texts)
      guard(() => {
        if (answer.kind !== 'appended') return watcher.refused(answer.kind)
        mirror.wrote(session, held, grant, answer)
        mirror.appended(session, 'down', answer.last)
        texts.forEach((text, index) => watcher.appendedDown(session, after + 1 + index, text))
      })
      return answer
    },
    async acknowledge(session, grant, received) {
      const held = mirror.grantOf(session)
      const answer = await inner.acknowledge(session, grant, received)
      guard(() => {
        if (answer.kind !== 'written') watcher.refused(answer.kind)
        mirror.acknowledged(session, mirror.wrote(session, held, grant, answer), received)
      })
      return answer
    },
    async markProcessed(session, grant, upTo) {
      const held = mirror.grantOf(session)
      const answer = await inner.markProcessed(session, grant, upTo)
      guard(() => mirror.processed(mirror.wrote(session, held, grant, answer), upTo))
      return answer
    },
    async touch(session, grant) {
      const held = mirror.grantOf(session)
      const answer = await inner.touch(session, grant)
      guard(() => mirror.met(mirror.wrote(session, held, grant, answer)))
      return answer
    },
    async saveState(session, grant, state) {
      const held = mirror.grantOf(session)
      const answer = await inner.saveState(session, grant, state)
      guard(() => mirror.saved(mirror.wrote(session, held, grant, answer), state))
      return answer
    },
    async readUp(session, from, limit) {
      const entries = await inner.readUp(session, from, limit)
      guard(() => mirror.read(session, 'up', from, entries[0]?.seq))
      return entries
    },
    async readDown(session, from, limit) {
      const entries = await inner.readDown(session, from, limit)
      guard(() => mirror.read(session, 'down', from, entries[0]?.seq))
      return entries
    },
    async end(session, grant) {
      const held = mirror.grantOf(session)
      const answer = await inner.end(session, grant)
      guard(() => {
        if (mirror.wrote(session, held, grant, answer) !== undefined) mirror.ended(session)
      })
      return answer
    },
  }
  return new Proxy(inner, {
    get(target, name) {
      const replaced: unknown = Reflect.get(watched, name)
      if (replaced !== undefined) return replaced
      const value: unknown = Reflect.get(target, name)
      // A method runs on the log itself, not on the proxy.
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
