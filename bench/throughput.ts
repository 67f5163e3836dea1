/**
 * Processor time per message, both ends together, against raw `ws` with JSON in both.
 *
 * Ours has exactly-once on and keeps its session in memory. Rounds alternate, so that a machine that slows down
 * slows both, and the median of the rounds' ratios is what counts.
 */
import { type Child, startChild } from './children.ts'
import { median } from './figures.ts'
import type { Pace } from './peer.ts'

export interface Throughput {
  readonly direction: 'up' | 'down'
  readonly pace: Pace
  /** Microseconds of processor time per message, both ends together. */
  readonly raw: number
  readonly ours: number
  readonly ratio: number
  readonly perSecond: { readonly raw: number; readonly ours: number }
}

interface Pair {
  readonly server: Child
  readonly client: Child
}

export async function measureThroughput(
  direction: 'up' | 'down',
  pace: Pace,
  count: number,
  rounds: number,
): Promise<Throughput> {
  const [raw, ours] = [await startPair('raw'), await startPair('holdfast')]
  const figures = { raw: [] as Round[], ours: [] as Round[] }
  // The first round warms both up and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    const one = {
      raw: await playRound(raw, direction, pace, count),
      ours: await playRound(ours, direction, pace, count),
    }
    if (round === 0) continue
    figures.raw.push(one.raw)
    figures.ours.push(one.ours)
  }
  await Promise.all([raw, ours].flatMap(({ server, client }) => [server.end(), client.end()]))
  return {
    direction,
    pace,
    raw: median(figures.raw.map(({ cpu }) => cpu)),
    ours: median(figures.ours.map(({ cpu }) => cpu)),
    ratio: median(figures.ours.map(({ cpu }, index) => cpu / (figures.raw[index]?.cpu ?? Number.NaN))),
    perSecond: {
      raw: median(figures.raw.map((one) => one.perSecond)),
      ours: median(figures.ours.map((one) => one.perSecond)),
    },
  }
}

interface Round {
  readonly cpu: number
  readonly perSecond: number
}

async function startPair(kind: 'raw' | 'holdfast'): Promise<Pair> {
  const { child: server, port } = await startChild('./peer.ts', ['server', kind])
  const { child: client } = await startChild('./peer.ts', ['client', kind])
  await client.ask({ type: 'connect', port, clients: 1 })
  return { server, client }
}

async function playRound(
  { server, client }: Pair,
  direction: 'up' | 'down',
  pace: Pace,
  count: number,
): Promise<Round> {
  const [sender, receiver] = direction === 'up' ? [client, server] : [server, client]
  const before = await cpuOf(server, client)
  const started = performance.now()
  await receiver.ask({ type: 'expect', count })
  const arrived = receiver.hears('received')
  await sender.ask({ type: 'send', count, pace })
  await arrived
  const seconds = (performance.now() - started) / 1000
  const cpu = ((await cpuOf(server, client)) - before) * 1000
  return { cpu: cpu / count, perSecond: count / seconds }
}

async function cpuOf(...children: readonly Child[]): Promise<number> {
  const answers = await Promise.all(children.map((child) => child.ask({ type: 'cpu' })))
  return answers.reduce((sum, { cpuMs = 0 }) => sum + cpuMs, 0)
}
