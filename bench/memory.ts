/** Memory of an idle client: what a thousand of them add to their process, ours against raw `ws`. */
import { startChild } from './children.ts'

export interface Memory {
  readonly kind: 'raw' | 'holdfast'
  /** Kilobytes per client. */
  readonly rss: number
  readonly heap: number
}

export async function measureMemory(kind: 'raw' | 'holdfast', clients: number): Promise<Memory> {
  const { child: server, port } = await startChild('./peer.ts', ['server', kind])
  const { child: client } = await startChild('./peer.ts', ['client', kind])
  // A few first, so that code and buffers that all share are not counted to each.
  await client.ask({ type: 'connect', port, clients: 20 })
  const before = await client.ask({ type: 'memory' })
  await client.ask({ type: 'connect', port, clients })
  const after = await client.ask({ type: 'memory' })
  await Promise.all([server.end(), client.end()])
  const each = (one: number | undefined, other: number | undefined) =>
    ((other ?? 0) - (one ?? 0)) / clients / 1024
  return { kind, rss: each(before.rss, after.rss), heap: each(before.heap, after.heap) }
}
