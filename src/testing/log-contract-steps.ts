/**
 * The few steps that the cases of the log contract are made of, and the questions they ask.
 */
import type { Grant, Greeting, GreetingAnswer, Numbered, SessionLog } from '../server/session-log.ts'

export type Granted = Extract<GreetingAnswer, { kind: 'granted' }>

type Writing = 'appendUp' | 'appendDown' | 'acknowledge' | 'markProcessed' | 'touch' | 'saveState' | 'end'

type ByGeneration<Write> = Write extends (session: string, grant: Grant, ...rest: infer Rest) => infer Answer
  ? (session: string, by: number | Grant, ...rest: Rest) => Answer
  : never

/** A log that can be written to by the generation alone. */
export type GenerationLog = Omit<SessionLog, Writing> & {
  readonly [Name in Writing]: ByGeneration<SessionLog[Name]>
}

/** By session: the epoch in which each generation was let in, and the newest. */
export type Epochs = Map<string, { newest: string; readonly letIn: Map<number, string> }>

const NO_EPOCH = 'none'

/**
 * Writes in the epoch in which a generation was let in; one that never was writes in that of now.
 *
 * @param epochs - shared by those who use one log
 */
export function byGeneration(log: SessionLog, epochs: Epochs = new Map()): GenerationLog {
  const of = (session: string, by: number | Grant): Grant => {
    if (typeof by === 'object') return by
    const known = epochs.get(session)
    return { epoch: known?.letIn.get(by) ?? known?.newest ?? NO_EPOCH, generation: by }
  }
  return {
    durability: log.durability,
    shared: log.shared,
    async greet(hello) {
      const answer = await log.greet(hello)
      if (answer.kind !== 'granted') return answer
      const { letIn } = epochs.get(hello.session) ?? { letIn: new Map<number, string>() }
      letIn.set(hello.generation, answer.epoch)
      epochs.set(hello.session, { newest: answer.epoch, letIn })
      return answer
    },
    appendUp: (session, by, up) => log.appendUp(session, of(session, by), up),
    appendDown: (session, by, after, texts) => log.appendDown(session, of(session, by), after, texts),
    acknowledge: (session, by, received) => log.acknowledge(session, of(session, by), received),
    markProcessed: (session, by, upTo) => log.markProcessed(session, of(session, by), upTo),
    touch: (session, by) => log.touch(session, of(session, by)),
    saveState: (session, by, state) => log.saveState(session, of(session, by), state),
    end: (session, by) => log.end(session, of(session, by)),
    readDown: (session, from, limit) => log.readDown(session, from, limit),
    readUp: (session, from, limit) => log.readUp(session, from, limit),
    readState: (session) => log.readState(session),
    close: () => log.close(),
  }
}

/** A greeting of one session's owner; `more` says what is different about it. */
export function greeting(generation: number, more: Partial<Greeting> = {}): Greeting {
  return { session: 's', generation, received: 0, acked: 0, secretHash: 'hash', subject: 'ada', ...more }
}

/** Greets, and must be let in. */
export async function granted(log: Pick<SessionLog, 'greet'>, hello: Greeting): Promise<Granted> {
  const answer = await log.greet(hello)
  if (answer.kind !== 'granted') throw new Error(`the log refused: ${answer.kind}`)
  return answer
}

/** Greets, and must be turned away for this reason. */
export async function refused(
  log: Pick<SessionLog, 'greet'>,
  hello: Greeting,
  kind: GreetingAnswer['kind'],
): Promise<void> {
  equal(await log.greet(hello), { kind }, 'the answer')
}

/** A session of generation 1 that holds some messages of each direction: `d1`, … and `u1`, …. */
export async function filled(log: GenerationLog, downs: number, ups: number): Promise<Granted> {
  const first = await granted(log, greeting(1))
  if (downs > 0) await log.appendDown('s', 1, 0, texts('d', 1, downs))
  if (ups > 0) await log.appendUp('s', 1, { from: 1, texts: texts('u', 1, ups) })
  return first
}

export function texts(letter: string, from: number, to: number): string[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) =>
    JSON.stringify(`${letter}${from + index}`),
  )
}

/** What a read must give for the numbers from `from` to `to`. */
export function numbered(letter: string, from: number, to: number): { seq: number; text: string }[] {
  return texts(letter, from, to).map((text, index) => ({ seq: from + index, text }))
}

/** Reads, and must find these; a log may say more of each than it must. */
export async function reads(
  reading: Promise<readonly Numbered[]>,
  wanted: readonly Numbered[],
  what: string,
): Promise<void> {
  const found = await reading
  equal(
    found.map(({ seq, text }) => ({ seq, text })),
    wanted,
    what,
  )
}

export const FENCED = { kind: 'fenced' }
export const GONE = { kind: 'gone' }
export const WRITTEN = { kind: 'written' }

/** Fails unless both are the same as JSON, whatever the order of their fields. */
export function equal(found: unknown, wanted: unknown, what: string): void {
  const [one, other] = [canonical(found), canonical(wanted)]
  if (one !== other) throw new Error(`${what}: ${brief(one)}, where ${brief(other)} was due`)
}

/** Fails unless the fields that are named are as they should be. */
export function like(found: object, wanted: object, what: string): void {
  const fields = Object.entries(found).filter(([name]) => name in wanted)
  equal(Object.fromEntries(fields), wanted, what)
}

export function truth(isSo: boolean, law: string): void {
  if (!isSo) throw new Error(law)
}

function canonical(value: unknown): string {
  const sorted = (_: string, one: unknown): unknown =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one
  return JSON.stringify(value, sorted) ?? 'undefined'
}

function brief(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`
}
