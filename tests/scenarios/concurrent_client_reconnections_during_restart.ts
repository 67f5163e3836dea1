import { comeBack, crash, downFor, script } from 'holdfast/testing'
import { expect } from 'vitest'
import { type Cast, print } from './cast.ts'

export const NAME = 'concurrent_client_reconnections_during_restart'

/** Many clients at once: all come back, and each to its own session. */
export async function play(cast: Cast, count: number): Promise<void> {
  const { stage, client } = cast
  const clients = [
    client,
    ...Array.from({ length: count - 1 }, (_, index) => cast.addClient(`client ${index}`)),
  ]
  for (const one of clients) one.start()
  await stage.until('everybody online', () => clients.every(({ status }) => status === 'online'))
  const speak = (what: string): void => clients.forEach((one, index) => one.send(`${index} says ${what}`))
  speak('before')
  await stage.perform(script(crash()))
  await stage.until('nobody online', () => clients.every(({ status }) => status !== 'online'))
  speak('while nobody listens')
  await stage.perform(script(downFor(1000), comeBack()))
  const from = stage.now
  await stage.until('everybody online again', () => clients.every(({ status }) => status === 'online'))
  const backAt = stage.now
  speak('after')
  await cast.balance()
  expect(new Set(clients.map(({ session }) => session)).size).toBe(count)
  for (const [index, one] of clients.entries())
    for (const { data } of one.received) expect(data).toMatch(new RegExp(`^echo of ${index} says `))
  expect(backAt - from).toBeLessThan(30_000)
  print(
    NAME,
    cast,
    `${count} clients all back ${Math.round(backAt - from)} ms after the server (target < 30 s)`,
  )
}
