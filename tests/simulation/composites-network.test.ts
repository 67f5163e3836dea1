/** The composite scripts of the fault menu in which the network, and how many there are, is what matters. */
import { connect, memoryStore } from 'holdfast'
import { comeBack, crash, downFor, script, virtualStage } from 'holdfast/testing'
import { expect, test } from 'vitest'

const CLIENTS = 2000
/** A tenth of them in a second. */
const ADMISSIONS = 200
const WHILE_AWAY = 'said while nobody listened'

test('S6 two thousand clients that lose a server at once all come back to one with room for a tenth of them a second', async () => {
  const stage = virtualStage({
    seed: 6,
    app: { message: (session, { data }) => void session.send(`${session.id} said: ${String(data)}`) },
    server: { limits: { admissionsPerSecond: ADMISSIONS } },
  })
  let [online, answered] = [0, 0]
  const clients = Array.from({ length: CLIENTS }, () => {
    const { world } = stage.machine()
    const session = connect<string, string>(stage.url, { world, store: memoryStore() })
    const client = { session, waits: [] as number[], heard: [] as string[] }
    session.on('message', ({ data }) => {
      client.heard.push(data)
      answered += 1
    })
    session.on('status', ({ kind }, before) => {
      online += Number(kind === 'online') - Number(before.kind === 'online')
    })
    session.on('attempt', ({ waitMs }) => client.waits.push(waitMs))
    return client
  })
  await stage.until('everybody online', () => online === CLIENTS, 120_000)

  await stage.perform(script(crash()))
  await stage.until('nobody online', () => online === 0)
  for (const { session } of clients) session.send(WHILE_AWAY)
  await stage.perform(script(downFor(3000), comeBack()))
  for (const one of clients) one.waits.length = 0
  const backAt = stage.now
  const dialsBefore = stage.dials.length
  await stage.until('everybody online again', () => online === CLIENTS, 120_000)
  const tookMs = stage.now - backAt
  await stage.until('every answer', () => answered >= CLIENTS)

  const dials = stage.dials.slice(dialsBefore).map(({ at }) => at - backAt)
  const peak = peakOf(dials, 100)
  const ideal = ((CLIENTS - ADMISSIONS) / ADMISSIONS) * 1000
  console.log(
    `S6: ${CLIENTS} clients, ${ADMISSIONS} let in a second: all back after ${(tookMs / 1000).toFixed(1)} s ` +
      `(at best ${ideal / 1000}), ${(dials.length / CLIENTS).toFixed(2)} dials each, at most ${peak} in 100 ms`,
  )
  // Everybody is back, each in its own session and with its own answer, once.
  expect(new Set(clients.map(({ session }) => session.id)).size).toBe(CLIENTS)
  for (const { session, heard } of clients) expect(heard).toEqual([`${session.id ?? ''} said: ${WHILE_AWAY}`])
  // What the server can take is used, and those who come too early come back when they were told to.
  expect(tookMs).toBeGreaterThan(ideal)
  expect(tookMs).toBeLessThan(5 * ideal)
  expect(dials.length / CLIENTS).toBeLessThan(3)
  expect(peak).toBeLessThan(CLIENTS / 5)
  for (const { waits } of clients) for (const wait of waits) expect(wait).toBeLessThanOrEqual(60_000)
  await stage.close()
})

/** The most of these moments in any stretch of that length. */
function peakOf(moments: readonly number[], ms: number): number {
  let most = 0
  for (let first = 0, last = 0; last < moments.length; last += 1) {
    while ((moments[last] ?? 0) - (moments[first] ?? 0) >= ms) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}
