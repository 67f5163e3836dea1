/**
 * What a session log must have, followed from outside by what it was asked and what it answered.
 *
 * It knows no code of the log. It says at once when the log takes a write from a generation that it does not
 * hold, lets go of what it must keep, or answers a greeting as if nothing had happened when something had.
 */
import type {
  Appended,
  Grant,
  Greeting,
  GreetingAnswer,
  StatePoint,
  Written,
} from '../../src/server/session-log.ts'
import type { Laws } from './laws.ts'

export type Granted = Extract<GreetingAnswer, { kind: 'granted' }>

export interface Level {
  readonly up: number
  readonly processed: number
  readonly head: number
}

interface Standing {
  generation: number
  /** Its incarnation began as a session that was new, and not by a reset. */
  wasCreated: boolean
  epoch: string
  up: number
  head: number
  processed: number
  acked: number
  saved: { up: number; down: number } | undefined
  /** What it must still have, in order: all that was not let go of for a reason. */
  ups: readonly Kept[]
  downs: readonly Kept[]
  metAt: number
}

interface Kept {
  readonly seq: number
  readonly order: number
}

const NOBODY: Grant = { epoch: '', generation: 0 }

export const isSameGrant = (one: Grant, other: Grant): boolean =>
  one.epoch === other.epoch && one.generation === other.generation

const nameOf = ({ generation, epoch }: Grant): string => `generation ${generation} of ${epoch}`

interface Peak {
  readonly epoch: string
  readonly head: number
  readonly acked: number
}

export interface MirrorRule {
  readonly laws: Laws
  readonly now: () => number
  /** What the log was told to keep. */
  readonly messages: number
  readonly retainMs: number
}

/** Milliseconds, with the time that a slow check of a token takes. */
const ARRIVES_WITHIN = 15_000

export class LogMirror {
  /** Sessions whose end the application asked for. */
  readonly mayEnd = new Set<string>()
  private sessions = new Map<string, Standing>()
  /** Highest down number of which the log has told that it is gone. */
  private readonly goneTo = new Map<string, number>()
  /** The same of the incarnations before, as far as the client had met them: what they have told may wait there. */
  private readonly goneBefore = new Map<string, number>()
  /** The same by epoch: a copy of the client may have begun another while this is on its way to the first one. */
  private readonly goneIn = new Map<string, number>()
  private readonly droppedTo = new Map<string, number>()
  /** The most that an incarnation of the log ever knew, which it does not when it has stepped back. */
  private readonly highest = new Map<string, Peak>()
  /** How far it was told so in each epoch. */
  private readonly ackedIn = new Map<string, number>()
  private readonly rule: MirrorRule
  private order = 0

  constructor(rule: MirrorRule) {
    this.rule = rule
  }

  /** Puts it back to this moment, together with the log. */
  keep(): () => void {
    const copy = (from: ReadonlyMap<string, Standing>): Map<string, Standing> =>
      new Map([...from].map(([id, one]) => [id, { ...one }]))
    const kept = copy(this.sessions)
    return () => (this.sessions = copy(kept))
  }

  forget(id?: string): void {
    if (id === undefined) this.sessions.clear()
    else this.sessions.delete(id)
  }

  /** Who may write. */
  grantOf = (id: string): Grant => this.sessions.get(id) ?? NOBODY

  generationOf = (id: string): number => this.sessions.get(id)?.generation ?? 0

  epochOf = (id: string): string => this.sessions.get(id)?.epoch ?? ''

  /** Whether the log must know the session still when somebody who sets out now has arrived. */
  isKept(id: string): boolean {
    const { metAt } = this.sessions.get(id) ?? {}
    return metAt !== undefined && this.rule.now() + ARRIVES_WITHIN < metAt + this.rule.retainMs
  }

  /** Whether the log must know the session at this moment. */
  isThere(id: string): boolean {
    const { metAt } = this.sessions.get(id) ?? {}
    return metAt !== undefined && this.rule.now() <= metAt + this.rule.retainMs
  }

  upOf = (id: string): number => this.sessions.get(id)?.up ?? 0

  /** How much of each direction it has, and how far each reader has got. */
  levelOf = (id: string): Level => this.sessions.get(id) ?? { up: 0, processed: 0, head: 0 }

  /**
   * How far the log was ever told that the client has its messages: one that stepped back hears it with the next hello.
   *
   * @param epoch - the client's own: a log may have stepped back to before that one began
   */
  toldAcked = (id: string, epoch = ''): number =>
    Math.max(this.highest.get(id)?.acked ?? 0, this.ackedIn.get(epoch) ?? 0)

  /**
   * Whether the log has said of everything to here that it is gone.
   *
   * @param epoch - of whoever was told so
   */
  hasToldGone = (id: string, to: number, epoch = ''): boolean =>
    to <= Math.max(this.goneToOf(id), this.goneBefore.get(id) ?? 0, this.goneIn.get(epoch) ?? 0)

  goneToOf = (id: string): number => this.goneTo.get(id) ?? 0

  granted(greeting: Greeting, answer: Granted): void {
    const { laws, now, retainMs } = this.rule
    const { session: id, generation, epoch } = greeting
    const known = this.sessions.get(id)
    const seen = Math.max(greeting.received, greeting.seen ?? 0)
    const claimed = Math.max(seen, greeting.stands ?? 0)
    const isOver = known !== undefined && now() - known.metAt > retainMs
    // With a session whose time is over its generations may be forgotten, too.
    laws.must('I13', known === undefined || isOver || generation > known.generation, () => {
      return `generation ${generation} is let in after ${known?.generation}`
    })
    if (answer.outcome === 'resumed') {
      const { welcomed = 0 } = greeting
      laws.must('I13', welcomed <= (known?.generation ?? 0), () => {
        return `${welcomed} was welcomed, and a log that knows of ${known?.generation} resumes`
      })
      const isSame = epoch === answer.epoch && known?.epoch === epoch
      laws.must('I7', isSame, () => `${epoch} is resumed as ${answer.epoch}, and was ${known?.epoch}`)
      laws.must(
        'I7',
        claimed <= answer.head,
        () => `${claimed} was met, and a log that ends at ${answer.head} resumes`,
      )
    }
    const begins = known?.epoch !== answer.epoch
    const isNew = known === undefined || (begins && answer.reason !== 'regressed')
    if (isNew && known !== undefined)
      laws.must('I6', isOver, () => `the log has lost a session that it must keep: ${answer.reason}`)
    if (known !== undefined && begins && !isNew) {
      // A first welcome may be lost, and is said again; no other is owed to who knows of none.
      const isForeign = epoch === undefined ? !known.wasCreated : epoch !== known.epoch
      const hasLostGreeting = (greeting.welcomed ?? 0) > known.generation
      const isAhead = isForeign || hasLostGreeting || claimed > known.head || greeting.acked > known.up
      laws.must('I15', isAhead, () => `${id} is reset, and the log has all that its client knows of`)
    }
    const standing = isNew ? fresh(greeting, answer) : known
    if (begins) standing.wasCreated = answer.outcome === 'created'
    Object.assign(standing, {
      generation,
      epoch: answer.epoch,
      up: answer.up,
      head: answer.head,
      metAt: now(),
    })
    standing.acked = Math.max(standing.acked, greeting.received)
    standing.processed = Math.max(standing.processed, answer.processed)
    this.sessions.set(id, standing)
    this.rise(id, standing)
    free(standing)
    const due = standing.downs[0]?.seq ?? answer.head + 1
    laws.must('I6', answer.oldest <= due, () => `the log begins at ${answer.oldest}, and must at ${due}`)
    if (begins) this.beginAnew(id, seen, answer)
    else this.tellGone(id, answer.oldest - 1)
  }

  /** @param held - the grant that the log held when it was asked */
  wrote(id: string, held: Grant, grant: Grant, answer: Written | Appended): Standing | undefined {
    if (answer.kind !== 'written' && answer.kind !== 'appended') return undefined
    const broken = (): string => `the log takes a write of ${nameOf(grant)} while it holds ${nameOf(held)}`
    this.rule.laws.must('I13', isSameGrant(grant, held), broken)
    return this.sessions.get(id)
  }

  /** However often it is asked, the log has each number once: it ends where it did, or where the batch does. */
  joinsOn(id: string, to: number, last: number): void {
    const due = Math.max(to, this.upOf(id))
    this.rule.laws.must(
      'I9',
      last === due,
      () => `messages to ${to} are appended, and the log ends at ${last}`,
    )
  }

  appended(id: string, way: 'up' | 'down', last: number, isEntry = true): void {
    const standing = this.sessions.get(id)
    if (standing === undefined) return
    const before = way === 'up' ? standing.up : standing.head
    const entries: Kept[] = []
    for (let seq = before + 1; isEntry && seq <= last; seq += 1)
      entries.push({ seq, order: (this.order += 1) })
    if (way === 'up') [standing.up, standing.ups] = [last, [...standing.ups, ...entries]]
    else [standing.head, standing.downs] = [last, [...standing.downs, ...entries]]
    this.rise(id, standing)
    free(standing)
    const { downs } = standing
    confine(standing, this.rule.messages)
    const oldest = standing.downs[0]?.seq ?? Infinity
    // What was acknowledged was kept for the state alone.
    const dropped = downs.findLast(({ seq }) => seq < oldest)?.seq ?? 0
    if (dropped > standing.acked) this.droppedTo.set(id, dropped)
  }

  /** The last message that it has dropped, for want of room, though the client had not acknowledged it; 0: none. */
  droppedToOf = (id: string): number => this.droppedTo.get(id) ?? 0

  acknowledged(id: string, standing: Standing | undefined, received: number): void {
    if (standing === undefined) return
    standing.acked = Math.max(standing.acked, Math.min(received, standing.head))
    this.rise(id, standing)
    free(standing)
  }

  processed(standing: Standing | undefined, upTo: number): void {
    if (standing === undefined) return
    standing.processed = Math.max(standing.processed, Math.min(upTo, standing.up))
    free(standing)
  }

  saved(standing: Standing | undefined, { up, down }: StatePoint): void {
    if (standing === undefined) return
    const { head } = standing
    this.rule.laws.must('I4', down <= head, () => `a state of ${down} is saved in a log that ends at ${head}`)
    if (standing.saved === undefined || up + down >= standing.saved.up + standing.saved.down)
      standing.saved = { up, down }
    free(standing)
  }

  met(standing: Standing | undefined): void {
    if (standing !== undefined) standing.metAt = this.rule.now()
  }

  /** What is read from a number on begins with that number, unless it may be gone. */
  read(id: string, way: 'up' | 'down', from: number, first: number | undefined): void {
    const standing = this.sessions.get(id)
    if (standing === undefined) return
    // One whose time is over may be gone, and nobody has been told yet.
    if (first === undefined && this.rule.now() - standing.metAt > this.rule.retainMs) return
    const kept = way === 'up' ? standing.ups : standing.downs
    const due = kept.find(({ seq }) => seq >= from)?.seq
    const isThere = due === undefined || (first !== undefined && first <= due)
    this.rule.laws.must('I6', isThere, () => `${due} is not in the log any more, which gives ${first}`)
    if (way === 'up') return
    // Whoever asks a log that has stepped back, and does not know it, is told that all it knew of is gone.
    const begins = first ?? (this.highest.get(id)?.head ?? 0) + 1
    if (begins > from) this.tellGone(id, begins - 1)
  }

  ended(id: string): void {
    this.rule.laws.must('I17', this.mayEnd.has(id), () => `the log forgets ${id}, and nobody asked for it`)
    this.sessions.delete(id)
  }

  private rise(id: string, { epoch, head, acked }: Standing): void {
    const known = this.highest.get(id)
    const before = known?.epoch === epoch ? known : { head: 0, acked: 0 }
    this.highest.set(id, {
      epoch,
      head: Math.max(before.head, head),
      acked: Math.max(before.acked, acked),
    })
    this.ackedIn.set(epoch, Math.max(this.ackedIn.get(epoch) ?? 0, acked))
  }

  /** What an incarnation before has told says nothing of this one, whose numbers begin above all that its client met. */
  private beginAnew(id: string, seen: number, { epoch, oldest }: Granted): void {
    const before = Math.max(this.goneToOf(id), this.goneBefore.get(id) ?? 0)
    this.goneBefore.set(id, Math.min(before, seen))
    this.goneTo.set(id, oldest - 1)
    this.goneIn.set(epoch, oldest - 1)
  }

  private tellGone(id: string, to: number): void {
    const gone = Math.max(this.goneToOf(id), to)
    this.goneTo.set(id, gone)
    const { epoch } = this.sessions.get(id) ?? {}
    if (epoch !== undefined) this.goneIn.set(epoch, gone)
  }
}

function fresh(greeting: Greeting, { epoch, up, head, processed }: Granted): Standing {
  const { generation, received } = greeting
  const at = { generation, wasCreated: false, epoch, up, head, processed, acked: received, metAt: 0 }
  return { ...at, saved: undefined, ups: [], downs: [] }
}

/** What was acknowledged, or processed, and is in the saved state if there is one, nobody needs any more. */
function free(standing: Standing): void {
  const { saved, acked, processed } = standing
  const down = Math.min(acked, saved?.down ?? Infinity)
  const up = Math.min(processed, saved?.up ?? Infinity)
  if ((standing.downs[0]?.seq ?? Infinity) <= down)
    standing.downs = standing.downs.filter(({ seq }) => seq > down)
  if ((standing.ups[0]?.seq ?? Infinity) <= up) standing.ups = standing.ups.filter(({ seq }) => seq > up)
}

/** Beyond its bound the log forgets the oldest, but never what was not processed. */
function confine(standing: Standing, most: number): void {
  const { processed } = standing
  const [ups, downs] = [[...standing.ups], [...standing.downs]]
  if (ups.length + downs.length <= most) return
  while (ups.length + downs.length > most) {
    const [up, down] = [ups[0], downs[0]]
    const isUpFree = up !== undefined && up.seq <= processed
    if (down !== undefined && (!isUpFree || down.order < up.order)) downs.shift()
    else if (isUpFree) ups.shift()
    else break
  }
  Object.assign(standing, { ups, downs })
}
