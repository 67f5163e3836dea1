/**
 * Kills a real client and a real server with -9, many times, under traffic both ways, and checks the books.
 *
 *     npm run kill-test -- --kills 200 [--seed 1]
 *
 * The parent keeps the log and the ledger. Some kills take the log's memory with the server; then the client
 * gives back what it stored. At the end every number must have been counted once, answered once and in order,
 * at both ends; and whatever the client was told is stored or acknowledged must be among them.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createNetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { memoryLog, serveLog } from 'holdfast/server'
import { optionsOf, whole } from '../../scripts/options.mjs'
import { bundleTs } from '../../scripts/run-ts.mjs'
import type { Tally } from './tally.ts'

export interface KillReport {
  readonly kills: {
    readonly client: number
    readonly server: number
    readonly serverWithMemory: number
    readonly both: number
  }
  readonly final: Tally
  readonly stored: number
  readonly acknowledged: number
  /** Everything that must not be: empty if the promise was kept. */
  readonly broken: readonly string[]
  readonly seconds: number
}

export interface KillOptions {
  readonly kills: number
  readonly seed: number
  readonly progress?: (done: number, counted: number) => void
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))

export async function killMany({ kills, seed, progress }: KillOptions): Promise<KillReport> {
  const started = Date.now()
  const world = await openWorld()
  const random = generator(seed)
  const counts = { client: 0, server: 0, serverWithMemory: 0, both: 0 }
  try {
    await world.startServer()
    await world.startClient()
    for (let done = 0; done < kills; done += 1) {
      await pause(40 + random() * 460)
      const kind = random()
      if (kind < 0.4) {
        counts.client += 1
        await world.killClient()
      } else if (kind < 0.75) {
        counts.server += 1
        await world.killServer(false, random() * 150)
      } else if (kind < 0.9) {
        counts.serverWithMemory += 1
        await world.killServer(true, random() * 150)
      } else {
        counts.both += 1
        await Promise.all([world.killClient(), world.killServer(random() < 0.5, random() * 150)])
      }
      progress?.(done + 1, world.counted())
    }
    const final = await world.finish()
    return {
      kills: counts,
      final,
      ...world.told(),
      broken: world.check(final),
      seconds: (Date.now() - started) / 1000,
    }
  } finally {
    await world.close()
  }
}

async function openWorld() {
  const [clientFile, serverFile] = await Promise.all([
    bundleTs(here('./counting-client.ts')),
    bundleTs(here('./answering-server.ts')),
  ])
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-kill-'))
  const log = memoryLog()
  const served = await serveLog(log, { port: 0 })
  const port = await freePort()
  const ledger = { stored: 0, acknowledged: 0, restored: 0, errors: [] as string[] }
  let instance = 0
  let client: ChildProcess | undefined
  let server: ChildProcess | undefined
  let onFinal: (final: Tally) => void = () => undefined

  const hear = (message: unknown) => {
    const { stored, acknowledged, restored, error, final } = message as {
      stored?: number
      acknowledged?: number
      restored?: number
      error?: string
      final?: Tally
    }
    if (stored !== undefined) ledger.stored = Math.max(ledger.stored, stored)
    if (acknowledged !== undefined) ledger.acknowledged = Math.max(ledger.acknowledged, acknowledged)
    // What had been told as stored must be there after the death that followed.
    if (restored !== undefined && restored < ledger.stored)
      ledger.errors.push(`restored to ${restored} after ${ledger.stored} was stored`)
    if (error !== undefined && !isExpected(error)) ledger.errors.push(error)
    if (final !== undefined) onFinal(final)
  }
  const start = async (file: string, args: readonly string[]) => {
    const child = fork(file, [...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    child.on('message', hear)
    await new Promise((resolve) => child.once('message', resolve))
    return child
  }
  const startClient = async () => {
    client = await start(clientFile, [`ws://127.0.0.1:${port}`, directory])
  }
  const startServer = async () => {
    instance += 1
    server = await start(serverFile, [String(port), String(served.port), `server-${instance}`])
  }
  return {
    startClient,
    startServer,
    counted: () => ledger.stored,
    told: () => ({ stored: ledger.stored, acknowledged: ledger.acknowledged }),
    async killClient() {
      await kill(client)
      await startClient()
    },
    async killServer(withMemory: boolean, downFor: number) {
      await kill(server)
      if (withMemory) log.forget()
      await pause(downFor)
      await startServer()
    },
    async finish(): Promise<Tally> {
      const final = new Promise<Tally>((resolve, reject) => {
        onFinal = resolve
        setTimeout(
          () => reject(new Error(`not finished within a minute; ${JSON.stringify(ledger)}`)),
          60_000,
        ).unref()
      })
      client?.send('stop')
      return final
    },
    check: (final: Tally): string[] => [
      ...ledger.errors,
      ...final.wrong,
      ...(final.answered === final.counted ? [] : [`${final.counted} counted, ${final.answered} answered`]),
      ...(final.counted >= ledger.stored ? [] : [`${ledger.stored} stored, ${final.counted} counted`]),
      ...(final.counted >= ledger.acknowledged
        ? []
        : [`${ledger.acknowledged} acknowledged, ${final.counted} counted`]),
    ],
    async close() {
      await Promise.all([kill(client), kill(server)])
      await served.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** A torn tail is what a kill in mid-write leaves: told, and no loss. */
const isExpected = (error: string): boolean => error.startsWith('store-corrupt') && error.includes('torn')

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

async function freePort(): Promise<number> {
  const probe = createNetServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A linear congruential generator: the same kills for the same seed, as far as real processes allow. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 0x1_0000_0000
}

if (process.argv[1]?.endsWith('kill-test.ts') === true) {
  const { kills, seed } = optionsOf('npm run kill-test --', {
    kills: whole({ least: 1, otherwise: 50 }, 'how many processes are killed, one after the other'),
    seed: whole({ least: 1, otherwise: 1 }, 'where chance begins'),
  })
  const report = await killMany({
    kills,
    seed,
    progress: (done, counted) => {
      if (done % 10 === 0) console.log(`${done} of ${kills} kills, ${counted} messages stored`)
    },
  })
  const { client, server, serverWithMemory, both } = report.kills
  console.log(
    `killed: client ${client}, server ${server}, server and its memory ${serverWithMemory}, both ends at once ${both}`,
  )
  console.log(
    `messages up ${report.final.counted}, down ${report.final.answered}; told as stored ${report.stored}, as acknowledged ${report.acknowledged}; ${report.seconds.toFixed(0)} s`,
  )
  console.log(
    report.broken.length === 0 ? 'lost 0, doubled 0, out of order 0' : `BROKEN:\n${report.broken.join('\n')}`,
  )
  process.exit(report.broken.length === 0 ? 0 : 1)
}
