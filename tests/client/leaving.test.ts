/** Closing from inside a listener, where the rest of a batch waits behind it. */
import { memoryStore } from 'holdfast'
import { expect, test } from 'vitest'
import { settled } from '../support/clock.ts'
import { begin } from '../support/session.ts'

type Listener = (seq: number, leave: { close(): void; end(): void; abort(): void }) => unknown

/** Hands a batch of five and a gap to a session that leaves in the middle of it, and looks into the next one. */
async function leaving(listener: Listener) {
  const abort = new AbortController()
  const options = {
    store: memoryStore(),
    name: 'n',
    state: {
      initial: 0,
      reduce: (sum: number, { direction }: { direction: string }) => sum + Number(direction === 'down'),
    },
  }
  const { session, online } = begin({ ...options, signal: abort.signal })
  const leave = {
    close: () => void session.close(),
    end: () => void session.end(),
    abort: () => abort.abort(),
  }
  const told: string[] = []
  session.on('message', ({ seq }) => {
    told.push(`${seq} while ${session.status.kind}`)
    return listener(seq, leave)
  })
  session.on('gap', () => told.push('gap'))
  session.on('error', ({ code }) => told.push(code))
  const socket = await online()
  socket.say({ type: 'messages', from: 1, data: [1, 2, 3, 4, 5] })
  socket.say({ type: 'gap', from: 6, to: 7, reason: 'trimmed' })
  await session.closed
  await settled()
  const next = begin(options)
  const [hello] = (await next.online()).of('hello')
  return { told, next: { received: hello?.received, state: next.session.state } }
}

const HANDED = ['1 while online', '2 while online', '3 while online']

test.each<readonly [string, Listener]>([
  ['close()', (seq, { close }) => seq === 3 && close()],
  ['an abort', (seq, { abort }) => seq === 3 && abort()],
  ['close() in an async one', async (seq, { close }) => seq === 3 && close()],
])('[SU-10] %s in a listener is its last, and the next session goes on behind it', async (_way, listener) => {
  expect(await leaving(listener)).toEqual({ told: HANDED, next: { received: 3, state: 3 } })
})

test('[SU-10] end() in a listener is its last, and leaves nothing behind', async () => {
  const listener: Listener = (seq, { end }) => seq === 3 && end()
  expect(await leaving(listener)).toEqual({ told: HANDED, next: { received: 0, state: 0 } })
})

test('[SU-10] a listener that is not done with its message when the session leaves is offered it again', async () => {
  const listener: Listener = async (seq, { close }) => {
    if (seq < 3) return
    close()
    await settled()
  }
  expect(await leaving(listener)).toEqual({ told: HANDED, next: { received: 2, state: 2 } })
})
