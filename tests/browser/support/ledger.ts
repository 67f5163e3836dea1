/**
 * What was told by the page, kept outside it, and the questions that a test asks of it.
 *
 * Nothing here polls: whoever waits is woken by the line that it waits for.
 */
import type { Told } from './words.ts'

type Kind = Told['kind']
export type Line<K extends Kind = Kind> = Extract<Told, { readonly kind: K }>

export class Ledger {
  readonly lines: Told[] = []
  private readonly waiting = new Set<(line: Told) => void>()

  write(line: Told): void {
    this.lines.push(line)
    for (const wake of [...this.waiting]) wake(line)
  }

  of<K extends Kind>(kind: K, session?: string): Line<K>[] {
    return this.lines.filter((line): line is Line<K> => isOf(line, kind, session))
  }

  /** A place in the ledger, to ask for what comes after it. */
  get here(): number {
    return this.lines.length
  }

  /** The first line of a kind from a place on, waited for if it is not there yet. */
  async next<K extends Kind>(
    kind: K,
    wanted: (line: Line<K>) => boolean = () => true,
    { from = this.here, session, withinMs = 60_000 }: NextOptions = {},
  ): Promise<Line<K>> {
    const fits = (line: Told): line is Line<K> => isOf(line, kind, session) && wanted(line)
    const found = this.lines.slice(from).find(fits)
    if (found !== undefined) return found
    return new Promise((resolve, reject) => {
      const wake = (line: Told): void => {
        if (!fits(line)) return
        clearTimeout(alarm)
        this.waiting.delete(wake)
        resolve(line)
      }
      const alarm = setTimeout(() => {
        this.waiting.delete(wake)
        reject(new Error(`no ${kind} in ${withinMs} ms; the last lines: ${this.tail()}`))
      }, withinMs)
      this.waiting.add(wake)
    })
  }

  status(wanted: Line<'status'>['status'], options: NextOptions = {}): Promise<Line<'status'>> {
    return this.next('status', ({ status }) => status === wanted, options)
  }

  /** The statuses that a session went through since a place, in order. */
  statuses(session: string, from = 0): string[] {
    return this.lines
      .slice(from)
      .filter((line): line is Line<'status'> => isOf(line, 'status', session))
      .map(({ status }) => status)
  }

  /**
   * What the page was given that it should not have been: a number out of its turn, or a second time
   * although no page died in between.
   */
  disorder(session: string): string[] {
    let last = 0
    const wrong: string[] = []
    for (const { answer, redelivered } of this.of('received', session)) {
      if (answer === last + 1) last = answer
      else if (!redelivered || answer > last + 1) wrong.push(`received ${answer} after ${last}`)
    }
    for (const { from, to } of this.of('gap', session)) wrong.push(`a gap from ${from} to ${to}`)
    for (const { code, message } of this.of('error', session)) wrong.push(`${code}: ${message}`)
    return wrong
  }

  highest(kind: 'stored' | 'acknowledged', session: string): number {
    return this.of(kind, session).reduce((highest, { count }) => Math.max(highest, count), 0)
  }

  private tail(): string {
    return this.lines
      .slice(-12)
      .map((line) => JSON.stringify(line))
      .join('\n')
  }
}

export interface NextOptions {
  readonly from?: number
  readonly session?: string
  readonly withinMs?: number
}

function isOf<K extends Kind>(line: Told, kind: K, session: string | undefined): line is Line<K> {
  return line.kind === kind && (session === undefined || ('session' in line && line.session === session))
}
