/**
 * One run of a script: its steps, the quiet after them in which everything must come to rest, and the leaving.
 */
import { createHash } from 'node:crypto'
import { type Folded, START } from '../simulation/fold.ts'
import { check } from './check.ts'
import type { Act, Scenario } from './scenario.ts'
import { type Deaths, Scene } from './scene.ts'
import { perform } from './steps.ts'

export interface Outcome {
  readonly failure: Error | undefined
  /** How many boundaries each side passed since its last planned death. */
  readonly passed: { readonly client: number; readonly server: number }
  /** The names of the boundaries at which somebody died. */
  readonly deaths: readonly string[]
  /** From the end of the script until everything was at rest, in virtual milliseconds. */
  readonly restMs: number
  /** What the script had laid for somebody, and nobody had walked into at its end. */
  readonly unsprung: readonly Act[]
  /** Of every frame and every boundary, and of nothing that was only written down; empty unless it was asked for. */
  readonly hash: string
}

export interface PlayOptions {
  readonly trace?: ((line: string) => void) | undefined
  readonly hashes?: boolean
}

/** A minute's wait, a handshake and a replay are well below it. */
const RESTS_WITHIN = 75_000
/** What a script has laid is walked into by then; after a planned death it may be too late for that. */
const SPRINGS_WITHIN = 10_000
/** Late acknowledgements and trims are done by then. */
const STAYS_FOR = 1000
const NOBODY: Deaths = { client: [], server: [] }

export async function playScenario(
  scenario: Scenario,
  deaths: Deaths = NOBODY,
  { trace, hashes = false }: PlayOptions = {},
): Promise<Outcome> {
  const hash = hashes ? createHash('sha256') : undefined
  const print =
    trace === undefined && hash === undefined
      ? undefined
      : (line: string, happens: boolean): void => {
          if (happens) hash?.update(line)
          trace?.(line)
        }
  const scene = new Scene(scenario, deaths, print)
  const stray = (error: unknown): void => scene.fail(error)
  process.on('unhandledRejection', stray)
  let restMs = 0
  let unsprung: readonly Act[] = []
  try {
    await act(scene, scenario)
    unsprung = [...scene.traps]
    restMs = await end(scene)
  } catch (error) {
    scene.fail(error)
  } finally {
    process.off('unhandledRejection', stray)
  }
  const { client, server } = scene
  return {
    failure: scene.failure,
    passed: { client: client.boundaries.passed, server: server.boundaries.passed },
    deaths: [...client.boundaries.deaths, ...server.boundaries.deaths],
    restMs,
    unsprung,
    hash: hash?.digest('hex').slice(0, 16) ?? '',
  }
}

async function act(scene: Scene, { steps }: Scenario): Promise<void> {
  scene.server.one.start()
  scene.client.one.start()
  let end = 0
  for (const { at, ...step } of steps) {
    end = Math.max(end, at)
    void scene.timeline.pause(at).then(() => perform(scene, step))
  }
  await scene.run(end + 1)
  await scene.run(SPRINGS_WITHIN, () => scene.traps.size === 0)
}

async function end(scene: Scene): Promise<number> {
  let restMs = 0
  // Who dies while it leaves comes again, has to find everything in order, and leaves once more.
  for (let isOver = false; !isOver && scene.failure === undefined;) {
    restMs = Math.max(restMs, await comeToRest(scene))
    isOver = scene.failure !== undefined || (await leave(scene))
  }
  return restMs
}

/** Everything is well from now on: then everything must come in order, and stay so. */
async function comeToRest(scene: Scene): Promise<number> {
  scene.note('QUIET')
  const began = scene.timeline.now
  scene.client.one.troubles.clear()
  scene.client.one.trap = undefined
  scene.server.one.troubles.clear()
  scene.replayTrap = undefined
  scene.door.forgive()
  for (;;) {
    const { deaths } = scene
    let left: string | undefined = ''
    while (left !== undefined && scene.timeline.now - began < RESTS_WITHIN && scene.failure === undefined) {
      await scene.run(100)
      left = whatIsLeft(scene)
    }
    if (scene.failure !== undefined) return 0
    check(left === undefined, `it does not come to rest: ${left ?? ''} [I22]`)
    const restMs = scene.timeline.now - began
    await scene.run(STAYS_FOR)
    if (scene.deaths > deaths) continue
    if (scene.failure === undefined) compareStates(scene)
    return restMs
  }
}

function whatIsLeft(scene: Scene): string | undefined {
  const client = scene.client.one
  const server = scene.server.one
  const { running, books } = client
  // One that was to start again, by the script or after its death, does so in its own time.
  if (running === undefined) return 'the client is not running'
  if (scene.door.open === undefined) return 'the server is not running'
  const { session, life } = running
  if (session.status.kind !== 'online') return `the client is ${session.status.kind}`
  if (client.isWaiting || server.isWaiting) return 'not everything was said'
  if (session.pending > 0) return `${session.pending} are pending`
  if (life.handled < life.last) return `${life.handled} of ${life.last} are handled`
  if (books.cursor < life.handled) return `${books.cursor} of ${life.handled} are stored`
  const { connections } = scene.door.open.core
  if (connections !== 1) return `the server holds ${connections} connections`
  try {
    books.settle()
  } catch (error) {
    return String(error)
  }
  return undefined
}

/** Each message stands in the state once and in its place, whoever died how often. */
function compareStates(scene: Scene): void {
  const { clientFolds, serverFolds } = scene.circumstances
  const { books, running } = scene.client.one
  if (running === undefined) return
  const { up, down } = running.session.state ?? START
  if (clientFolds) {
    const ups = inOrder(books.ups.values(), ({ isLogged }) => isLogged)
    const downs = inOrder(books.downs.values(), ({ token }) => books.kept.has(token))
    check(up.join() === ups.join(), `the client has folded of its own ${up.join()}, not ${ups.join()} [I4]`)
    check(down.join() === downs.join(), `the client has folded ${down.join()}, not ${downs.join()} [I4]`)
  }
  if (!clientFolds || !serverFolds) return
  const served = scene.server.one.current?.session.state as Folded | undefined
  check(served !== undefined, 'the server has no state of the session')
  check(JSON.stringify(served) === JSON.stringify({ up, down }), 'the two have folded differently')
}

function inOrder<Entry extends { readonly token: string; readonly seq: number | undefined }>(
  entries: Iterable<Entry>,
  counts: (entry: Entry) => boolean,
): readonly string[] {
  return [...entries]
    .filter((entry) => counts(entry))
    .sort((one, other) => (one.seq ?? 0) - (other.seq ?? 0))
    .map(({ token }) => token)
}

/** Everybody leaves, and leaves nothing behind. @returns whether nobody died of it */
async function leave(scene: Scene): Promise<boolean> {
  const { deaths } = scene
  const { one: client, boundaries } = scene.client
  const lives = boundaries.deaths.length
  let isClosed = false
  void client.close().then((isOver) => (isClosed = isOver))
  // A server that dies meanwhile keeps nobody from leaving.
  await scene.run(7000, () => isClosed || boundaries.deaths.length > lives)
  if (boundaries.deaths.length > lives) return false
  check(isClosed, 'close() does not come to an end [I12]')
  await scene.run(STAYS_FOR)
  if (scene.deaths > deaths) {
    client.start()
    return false
  }
  const { open } = scene.door
  check(open?.core.connections === 0, `the server keeps ${open?.core.connections ?? 0} connections of nobody`)
  await open.core.close()
  await scene.run(STAYS_FOR)
  if (scene.deaths > deaths) {
    scene.server.one.crashAll('fin')
    scene.server.one.revive()
    client.start()
    return false
  }
  check(open.host.alarms === 0, `a closed server leaves ${open.host.alarms} alarms`)
  return true
}
