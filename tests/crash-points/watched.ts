/**
 * A store and a log that tell what has landed in them, so that the books need not believe either end; and that
 * take their time, before the effect and after it, so that other things happen meanwhile.
 */
import type { Commit, Journal, SessionStore } from '../../src/ports/session-store.ts'
import type { SessionLog } from '../../src/server/session-log.ts'

/** Resolves when it is time to go on; absent where no time passes. */
export type Pause = (() => Promise<void>) | undefined

/** @param landed - told what each commit holds: the cursor, if it has one, and messages of ours */
export function watchedStore(
  inner: SessionStore,
  pause: Pause,
  landed: (cursor: number | undefined, tokens: readonly string[]) => void,
): SessionStore {
  // Who was killed meanwhile has lost the journal: the store refuses, and nothing lands.
  const slowly = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    await pause?.()
    const answer = await work()
    await pause?.()
    return answer
  }
  const watched = (journal: Journal): Journal => ({
    read: () => slowly(() => journal.read()),
    commit: (commit) =>
      slowly(async () => {
        await journal.commit(commit)
        landed(cursorIn(commit), tokensIn(commit))
      }),
    reopen: () => slowly(() => journal.reopen()),
    erase: () => slowly(() => journal.erase()),
    close: () => journal.close(),
    lost: journal.lost,
  })
  return {
    durability: inner.durability,
    open: async (name, request) => watched(await inner.open(name, request)),
  }
}

/** The last cursor that a commit writes. Our messages hold no such key. */
function cursorIn({ records, snapshot }: Commit): number | undefined {
  for (const text of [snapshot, ...records.toReversed()]) {
    const found = text === undefined ? undefined : /"c":(\d+)/.exec(text)?.[1]
    if (found !== undefined) return Number(found)
  }
  return undefined
}

/** Messages have a field that nothing else has. */
function tokensIn({ records, snapshot = '' }: Commit): readonly string[] {
  return [...records, snapshot].flatMap((text) =>
    [...text.matchAll(/"t":"(u\d+)"/g)].map(([, token = '']) => token),
  )
}

export interface LogWatcher {
  /** Whether the process that asks has died meanwhile. */
  isDead(): boolean
  greeted(up: number): void
  appendedUp(seq: number, text: string): void
  appendedDown(seq: number, text: string): void
  /** An operation has had its effect, and who asked for it does not know yet. */
  done(type: string): void
}

type Watched = Pick<SessionLog, 'greet' | 'appendUp' | 'appendDown'>

/** @param state - of the watching, which all processes of the server share as they share the log */
export function watchedLog(
  inner: SessionLog,
  state: { up: number },
  pause: Pause,
  watcher: LogWatcher,
): SessionLog {
  const watched: Watched = {
    async greet(greeting) {
      const answer = await inner.greet(greeting)
      if (answer.kind !== 'granted') return answer
      state.up = answer.up
      watcher.greeted(answer.up)
      return answer
    },
    async appendUp(session, generation, up) {
      const answer = await inner.appendUp(session, generation, up)
      if (answer.kind !== 'appended') return answer
      const before = state.up
      state.up = answer.last
      if ('texts' in up)
        for (let seq = before + 1; seq <= answer.last; seq += 1)
          watcher.appendedUp(seq, up.texts[seq - up.from] ?? '')
      return answer
    },
    async appendDown(session, generation, after, texts) {
      const answer = await inner.appendDown(session, generation, after, texts)
      if (answer.kind === 'appended')
        texts.forEach((text, index) => watcher.appendedDown(after + 1 + index, text))
      return answer
    },
  }
  return new Proxy(inner, {
    get(target, name) {
      const found: unknown = name in watched ? watched[name as keyof Watched] : Reflect.get(target, name)
      if (typeof found !== 'function') return found
      const method = found as (...asked: unknown[]) => unknown
      return async (...asked: unknown[]): Promise<unknown> => {
        await pause?.()
        if (watcher.isDead()) return new Promise(() => undefined)
        const answer = await method.apply(target, asked)
        watcher.done(String(name))
        await pause?.()
        return answer
      }
    },
  })
}
