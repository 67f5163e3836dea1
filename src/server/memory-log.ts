/**
 * Sessions in this process's memory: the log of a server that stands alone, and of every test.
 *
 * A restart forgets everything, and the handshake says so to each client. Nothing here ticks: what is over is
 * found when somebody looks, and the maps are bounded, so that a log without visitors costs nothing.
 */
import type { Durability } from '../protocol/frames.ts'
import { isOwner, judge, judgeStranger, type Judgement } from './handshake-rules.ts'
import { type MemoryLogOptions, type MemoryRule, ruleOf } from './memory-options.ts'
import { MemorySession } from './memory-session.ts'
import type {
  Appended,
  Grant,
  Greeting,
  GreetingAnswer,
  Refused,
  SessionLog,
  Written,
} from './session-log.ts'
import { Tombstones } from './tombstones.ts'

export interface MemoryLog extends SessionLog {
  /** Loses a session, or all of them, as a restart would: for tests and demonstrations. */
  forget(session?: string): void
}

const WRITTEN: Written = { kind: 'written' }
const FENCED: Refused = { kind: 'fenced' }
const GONE: Refused = { kind: 'gone' }
/**
 * Why the log refuses a write under this grant; `undefined` if it is the one in force.
 *
 * [LOG-11] [LOG-13] A generation that was never let in here, or not in this epoch, was let in by a log that has lost it
 * since: for whoever wrote under it the session is gone.
 */
function refusalOf(held: MemorySession, { generation, epoch }: Grant): Refused | undefined {
  if (generation < held.generation) return FENCED
  return generation > held.generation || epoch !== held.epoch ? GONE : undefined
}

const NOTHING = Promise.resolve<readonly never[]>([])

/**
 * Keeps sessions in this process's memory: a restart forgets them all, and the clients are told of it.
 *
 * Give one log to several servers of this process, or lend it to other processes by `serveLog`, with
 * `shared: true`; then sessions can move from server to server.
 *
 * @throws {@link HoldfastError} `invalid-option`
 */
export function memoryLog(options: MemoryLogOptions = {}): MemoryLog {
  return new SessionsInMemory(options)
}

class SessionsInMemory implements MemoryLog {
  readonly durability: Durability = 'memory'
  readonly shared: boolean
  private readonly rule: MemoryRule
  /** In the order in which they were met last. */
  private readonly sessions = new Map<string, MemorySession>()
  private readonly tombstones: Tombstones

  constructor(options: MemoryLogOptions) {
    this.rule = ruleOf(options)
    this.shared = this.rule.shared
    this.tombstones = new Tombstones(this.rule.sessions)
  }

  greet(greeting: Greeting): Promise<GreetingAnswer> {
    this.sweep()
    const known = this.sessions.get(greeting.session)
    if (known !== undefined) return Promise.resolve(this.answer(greeting, known, judge(known, greeting)))
    const tombstone = this.tombstones.get(greeting.session)
    if (tombstone !== undefined) {
      if (!isOwner(tombstone, greeting)) return Promise.resolve({ kind: 'forbidden' })
      if (tombstone.kind === 'ended') return Promise.resolve({ kind: 'ended' })
      if (greeting.generation <= tombstone.generation) return Promise.resolve({ kind: 'forked' })
    }
    const session = new MemorySession(greeting)
    if (tombstone !== undefined) session.rise(tombstone)
    const judgement = judgeStranger(greeting, tombstone)
    this.tombstones.delete(greeting.session)
    return Promise.resolve(this.answer(greeting, session, judgement))
  }

  appendUp(id: string, grant: Grant, up: Parameters<SessionLog['appendUp']>[2]): Promise<Appended> {
    return this.write<Appended>(id, grant, (session) => {
      if (!session.appendUp(up)) return { kind: 'hole', last: session.up }
      session.confine(this.rule.bounds)
      return { kind: 'appended', last: session.up }
    })
  }

  appendDown(id: string, grant: Grant, after: number, texts: readonly string[]): Promise<Appended> {
    return this.write<Appended>(id, grant, (session) => {
      if (session.head !== after) return { kind: 'hole', last: session.head }
      session.appendDown(texts)
      session.confine(this.rule.bounds)
      return { kind: 'appended', last: session.head }
    })
  }

  acknowledge(id: string, grant: Grant, received: number): Promise<Written> {
    return this.write<Written>(id, grant, (session) => {
      session.acked = Math.max(session.acked, Math.min(received, session.head))
      session.trim()
      return WRITTEN
    })
  }

  markProcessed(id: string, grant: Grant, upTo: number): Promise<Written> {
    return this.write<Written>(id, grant, (session) => {
      session.processed = Math.max(session.processed, Math.min(upTo, session.up))
      session.trim()
      return WRITTEN
    })
  }

  touch(id: string, grant: Grant): Promise<Written> {
    return this.write<Written>(id, grant, (session) => {
      this.meet(id, session)
      return WRITTEN
    })
  }

  saveState(id: string, grant: Grant, state: Parameters<SessionLog['saveState']>[2]): Promise<Written> {
    return this.write<Written>(id, grant, (session) => {
      // [LOG-14] It was folded from entries that have been lost here, and whose numbers will be others'.
      if (state.down > session.head) return GONE
      session.save(state)
      return WRITTEN
    })
  }

  end(id: string, grant: Grant): Promise<Written> {
    return this.write<Written>(id, grant, (session) => {
      this.bury(id, session, 'ended')
      return WRITTEN
    })
  }

  readDown(id: string, from: number, limit: number): ReturnType<SessionLog['readDown']> {
    const session = this.find(id)
    return session === undefined ? NOTHING : Promise.resolve(session.readDown(from, limit))
  }

  readUp(id: string, from: number, limit: number): ReturnType<SessionLog['readUp']> {
    const session = this.find(id)
    return session === undefined ? NOTHING : Promise.resolve(session.readUp(from, limit))
  }

  readState(id: string): ReturnType<SessionLog['readState']> {
    return Promise.resolve(this.find(id)?.readState() ?? { saved: undefined, entries: [] })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  forget(id?: string): void {
    if (id === undefined) {
      this.sessions.clear()
      this.tombstones.clear()
    } else {
      this.sessions.delete(id)
      this.tombstones.delete(id)
    }
  }

  private answer(greeting: Greeting, session: MemorySession, judgement: Judgement): GreetingAnswer {
    if (judgement.kind === 'forbidden' || judgement.kind === 'forked') return judgement
    const { random, retainMs } = this.rule
    if (judgement.kind === 'new') session.begin(random.secret(8), judgement.origin, greeting)
    this.meet(greeting.session, session)
    return session.grant(greeting, judgement.kind === 'new' ? judgement.origin : judgement, retainMs)
  }

  /** Lets the one who holds the grant write. */
  private write<Answer>(
    id: string,
    grant: Grant,
    work: (session: MemorySession) => Answer,
  ): Promise<Answer | Refused> {
    const session = this.find(id)
    if (session === undefined) return Promise.resolve(GONE)
    return Promise.resolve(refusalOf(session, grant) ?? work(session))
  }

  private find(id: string): MemorySession | undefined {
    const session = this.sessions.get(id)
    if (session === undefined || !this.isOver(session)) return session
    this.bury(id, session, 'expired')
    return undefined
  }

  private isOver(session: MemorySession): boolean {
    return this.rule.now() - session.metAt > this.rule.retainMs
  }

  /** Puts a session at the end of the line of those that will expire. */
  private meet(id: string, session: MemorySession): void {
    session.metAt = this.rule.now()
    this.sessions.delete(id)
    this.sessions.set(id, session)
  }

  private bury(id: string, session: MemorySession, kind: 'ended' | 'expired'): void {
    this.sessions.delete(id)
    this.tombstones.add(id, session, kind, this.rule.now() + this.rule.retainMs)
  }

  /** Buries who is over or too much, starting with who was met longest ago. */
  private sweep(): void {
    for (const [id, session] of this.sessions) {
      if (this.sessions.size < this.rule.sessions && !this.isOver(session)) break
      this.bury(id, session, 'expired')
    }
    this.tombstones.sweep(this.rule.now())
  }
}
