import { deploy, script } from 'holdfast/testing'
import { expect } from 'vitest'
import { type Cast, print } from './cast.ts'
import { busyWhile } from './traffic.ts'

export const NAME = 'rolling_deployment_reconnection'

/** A new instance comes first, then the old one goes: nobody sees a disconnect, and delivery has no hole. */
export async function play(cast: Cast): Promise<void> {
  const { stage, client } = cast
  client.start()
  await stage.until('online', () => client.status === 'online')
  const before = client.statuses.length
  const from = stage.now
  let handedOffAt = 0
  await busyWhile(cast, async () => {
    const deploying = stage.perform(script(deploy({ closesInMs: 10_000, afterMs: 0, withinMs: 1000 })))
    if (cast.kind === 'socket')
      await stage.until('a hand-off', () => client.handoffs === 1).then(() => (handedOffAt = stage.now))
    await deploying
    if (cast.kind === 'virtual') handedOffAt = stage.now
    await stage.advance(500)
  })
  await cast.balance()
  expect(client.handoffs).toBe(1)
  expect(client.statuses.slice(before).filter((kind) => kind !== 'draining' && kind !== 'online')).toEqual([])
  expect(handedOffAt - from).toBeLessThan(5000)
  print(
    NAME,
    cast,
    `${Math.round(handedOffAt - from)} ms from the start of the deployment to the hand-off, no disconnect (target < 5 s)`,
  )
}
