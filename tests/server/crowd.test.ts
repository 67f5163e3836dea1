/** How long a crowd is given to come back, after a loss and after a notice. */
import { expect, test } from 'vitest'
import { spreadMs, windowMs } from '../../src/server/admissions.ts'
import { planOf } from '../../src/server/drain.ts'
import { world } from './virtual.ts'

test('[SV-13] a crowd is given a tenth longer than it takes to let it in, and never more than a minute', () => {
  const spreads = [1, 100, 363, 364, 2000, 100_000, 1_000_000].map((clients) => spreadMs(clients, 2000))
  expect(spreads).toEqual([200, 200, 200, 200, 1100, 55_000, 60_000])
})

test('[SV-99] a drain gives its clients as long as it takes to let them all in, and a fifth more', () => {
  expect(windowMs(100_000, 2000)).toBe(60_000)
  expect(planOf({}, 100_000, 2000)).toEqual({ closesInMs: 65_000, afterMs: 0, withinMs: 60_000 })
  expect(planOf({}, 8_000, 2000)).toEqual({ closesInMs: 10_000, afterMs: 0, withinMs: 5_000 })
  expect(planOf({ reconnect: { afterMs: 3_000 } }, 100_000, 2000)).toEqual({
    closesInMs: 68_000,
    afterMs: 3_000,
    withinMs: 60_000,
  })
  expect(planOf({}, 10_000_000, 2000)).toEqual({ closesInMs: 305_000, afterMs: 0, withinMs: 300_000 })
})

test('[SV-99] a small crowd, too, has all of the window that it is to come back in', () => {
  expect(planOf({ reconnect: { afterMs: 20_000 } }, 10, 2000)).toEqual({
    closesInMs: 30_000,
    afterMs: 20_000,
    withinMs: 5_000,
  })
  expect(planOf({ reconnect: { withinMs: 60_000 } }, 10, 2000)).toEqual({
    closesInMs: 65_000,
    afterMs: 0,
    withinMs: 60_000,
  })
})

test('[SV-99] what was asked for stays as it is, and the window ends when the server closes', () => {
  expect(planOf({ closesInMs: 20_000 }, 100_000, 2000)).toEqual({
    closesInMs: 20_000,
    afterMs: 0,
    withinMs: 20_000,
  })
  expect(planOf({ reconnect: { withinMs: 1_000 } }, 10, 2000).withinMs).toBe(1_000)
  expect(planOf({ closesInMs: 0 }, 10, 2000)).toEqual({ closesInMs: 0, afterMs: 0, withinMs: 0 })
  expect(planOf({ closesInMs: 1_000, reconnect: { afterMs: 5_000 } }, 10, 2000).withinMs).toBe(0)
})

test('[SV-99] its clients are told so', async () => {
  const { greet, core, clock } = world({ limits: { admissionsPerSecond: 10 } })
  const clients = []
  for (let i = 0; i < 60; i += 1) {
    clients.push(await greet())
    await clock.pass(100)
  }
  void core.drain()
  await clock.pass(1)
  const notice = clients[0]!.last('shutdown')
  expect(notice.reconnect).toEqual({ afterMs: 0, withinMs: 7_200 })
  expect(notice.closesInMs).toBe(12_200)
})
