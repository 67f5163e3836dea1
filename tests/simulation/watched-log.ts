/**
 * A session log that tells what has landed in it, so that the ledger need not believe the server.
 */
import type { SessionLog } from '../../src/server/session-log.ts'

export interface LogWatcher {
  /** The log knows the session, and has so many up messages. */
  greeted(session: string, up: number): void
  appendedUp(session: string, seq: number, text: string): void
  appendedDown(session: string, seq: number, text: string): void
}

export function watchedLog<Log extends SessionLog>(inner: Log, watcher: LogWatcher): Log {
  const ups = new Map<string, number>()
  const watched: Partial<SessionLog> = {
    async greet(greeting) {
      const answer = await inner.greet(greeting)
      if (answer.kind !== 'granted') return answer
      ups.set(greeting.session, answer.up)
      watcher.greeted(greeting.session, answer.up)
      return answer
    },
    async appendUp(session, generation, up) {
      const before = ups.get(session) ?? 0
      const answer = await inner.appendUp(session, generation, up)
      if (answer.kind !== 'appended') return answer
      ups.set(session, answer.last)
      // Numbers that were given up count, and are nobody's.
      if (!('texts' in up)) watcher.greeted(session, answer.last)
      else
        for (let seq = before + 1; seq <= answer.last; seq += 1)
          watcher.appendedUp(session, seq, up.texts[seq - up.from] ?? '')
      return answer
    },
    async appendDown(session, generation, after, texts) {
      const answer = await inner.appendDown(session, generation, after, texts)
      if (answer.kind === 'appended')
        texts.forEach((text, index) => watcher.appendedDown(session, after + 1 + index, text))
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
