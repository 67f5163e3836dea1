import { comeBack, crash, type CrashSign, downFor, script } from 'holdfast/testing'
import { expect } from 'vitest'
import { type Cast, print } from './cast.ts'
import { busyWhile } from './traffic.ts'

export const NAME = 'unexpected_server_crash_recovery'

/** The server dies in the middle of a sentence; clients see a FIN, a reset, or nothing at all. */
export async function play(cast: Cast, sign: CrashSign): Promise<void> {
  const { stage, client } = cast
  client.start()
  await stage.until('online', () => client.status === 'online')
  let from = 0
  let backAt = 0
  let waited = 0
  await busyWhile(cast, async () => {
    await stage.advance(500)
    from = stage.now
    await stage.perform(script(crash(sign), downFor(1000)))
    if (sign !== 'silence') expect(client.status).not.toBe('online')
    await stage.perform(script(comeBack({ memory: 'kept' })))
    const returnedAt = stage.now
    await stage.until('a lost line', () => client.statuses.includes('waiting'))
    await stage.until('online again', () => client.status === 'online')
    backAt = stage.now
    waited = backAt - returnedAt
  })
  await cast.balance()
  expect(backAt - from).toBeLessThan(30_000)
  print(
    NAME,
    cast,
    `${sign}: ${Math.round(backAt - from)} ms from the crash to online again, ${Math.round(waited)} ms of it after the server's return (target < 30 s)`,
  )
}
