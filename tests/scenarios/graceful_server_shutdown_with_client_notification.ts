import { after, comeBack, notice, script } from 'holdfast/testing'
import { expect } from 'vitest'
import { type Cast, print } from './cast.ts'
import { busyWhile } from './traffic.ts'

export const NAME = 'graceful_server_shutdown_with_client_notification'

/** The server says when it will stop and when to come back, stops, and starts again. */
export async function play(cast: Cast): Promise<void> {
  const { stage, client } = cast
  client.start()
  await stage.until('online', () => client.status === 'online')
  const from = stage.now
  let backAt = 0
  await busyWhile(cast, async () => {
    await stage.perform(
      script(notice({ closesInMs: 2000, afterMs: 200, withinMs: 400 }), after(1500), comeBack()),
    )
    await stage.until('online again', () => client.status === 'online')
    backAt = stage.now
  })
  await cast.balance()
  expect(client.notices).toBe(1)
  expect(client.statuses).toContain('draining')
  // Told, then truly gone, then back.
  expect(client.statuses.slice(client.statuses.indexOf('draining'))).toContain('connecting')
  expect(backAt - from).toBeLessThan(10_000)
  print(NAME, cast, `${Math.round(backAt - from)} ms from the notice to online again (target < 10 s)`)
}
