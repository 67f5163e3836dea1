/**
 * All crash points of one script, one by one; or all pairs of those of the client.
 */
import { type Outcome, playScenario } from './play.ts'
import type { Scenario } from './scenario.ts'
import type { Deaths } from './scene.ts'

export interface Failure {
  readonly script: string
  readonly deaths: Deaths
  /** The boundaries' names. */
  readonly at: readonly string[]
  readonly message: string
}

export interface Sweep {
  readonly script: string
  /** Of the run in which nobody dies. */
  readonly hash: string
  readonly clientPoints: number
  readonly serverPoints: number
  /** Points that were tried; each was one run. */
  readonly played: number
  readonly failures: readonly Failure[]
  /** The longest that it took until everything was at rest, in virtual milliseconds. */
  readonly restMs: number
}

/** After so many failures the rest of a script tells nothing new. */
const AT_MOST = 5

/** @param options.wants - whether to play this point; all are, if absent */
export async function sweep(
  script: Scenario,
  { wants = () => true }: { readonly wants?: (side: 'client' | 'server', number: number) => boolean } = {},
): Promise<Sweep> {
  const book = new Book(script)
  const base = await book.play({ client: [], server: [] }, { hashes: true })
  const points: readonly Deaths[] = [
    ...numbersTo(base.passed.client)
      .filter((number) => wants('client', number))
      .map((number) => ({ client: [number], server: [] })),
    ...numbersTo(base.passed.server)
      .filter((number) => wants('server', number))
      .map((number) => ({ client: [], server: [number] })),
  ]
  let played = 0
  for (const deaths of points) {
    if (base.failure !== undefined || book.failures.length >= AT_MOST) break
    played += 1
    await book.play(deaths)
  }
  return book.close(base, played)
}

/**
 * Every crash of the client, and after each every second one.
 *
 * @param options.wants - whether to begin, or to go on, with a crash at this point; with all, if absent
 */
export async function sweepPairs(
  script: Scenario,
  { wants = () => true }: { readonly wants?: (number: number) => boolean } = {},
): Promise<Sweep> {
  const book = new Book(script)
  const base = await book.play({ client: [], server: [] }, { hashes: true })
  let pairs = 0
  const firsts = base.failure === undefined ? numbersTo(base.passed.client) : []
  for (const first of firsts.filter((number) => wants(number))) {
    if (book.failures.length >= AT_MOST) break
    const alone = await book.play({ client: [first], server: [] })
    const seconds = alone.failure === undefined ? numbersTo(alone.passed.client) : []
    for (const second of seconds.filter((number) => wants(number))) {
      if (book.failures.length >= AT_MOST) break
      pairs += 1
      await book.play({ client: [first, second], server: [] })
    }
  }
  return book.close(base, pairs)
}

/** Plays, and keeps what went wrong. */
class Book {
  readonly failures: Failure[] = []
  private readonly script: Scenario
  private restMs = 0

  constructor(script: Scenario) {
    this.script = script
  }

  async play(deaths: Deaths, options: { readonly hashes?: boolean } = {}): Promise<Outcome> {
    const { script } = this
    const outcome = await playScenario(script, deaths, options)
    this.restMs = Math.max(this.restMs, outcome.restMs)
    const planned = deaths.client.length + deaths.server.length
    const message =
      outcome.failure?.message ??
      (outcome.deaths.length < planned
        ? 'the run is not the same twice: a boundary was not reached'
        : undefined)
    if (message !== undefined)
      this.failures.push({ script: script.name, deaths, at: outcome.deaths, message })
    return outcome
  }

  close({ hash, passed }: Outcome, played: number): Sweep {
    const { script, failures, restMs } = this
    const { client, server } = passed
    return { script: script.name, hash, clientPoints: client, serverPoints: server, played, failures, restMs }
  }
}

/** The line that plays a failure again, with everything that happens. */
export function replayLine({ script, deaths: { client, server } }: Failure): string {
  const words = [
    `--script ${script}`,
    ...(client.length > 0 ? [`--client ${client.join(',')}`] : []),
    ...(server.length > 0 ? [`--server ${server.join(',')}`] : []),
  ]
  return `npm run crash-points -- ${words.join(' ')} --trace`
}

function numbersTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, index) => index + 1)
}
