/** Every log keeps the contract: in memory, and behind a real socket. */
import { describe, test } from 'vitest'
import { memoryLog, remoteLog, serveLog } from 'holdfast/server'
import { sessionLogContract } from '../../src/testing/session-log-contract.ts'

describe('memoryLog', () => {
  const cases = sessionLogContract((wishes) => {
    let now = 0
    return {
      log: memoryLog({ ...wishes, now: () => now }),
      pass: (milliseconds) => void (now += milliseconds),
    }
  })
  for (const { name, run } of cases) test(`[LOG-1] ${name}`, run)
})

describe('remoteLog', () => {
  const cases = sessionLogContract(async (wishes) => {
    let now = 0
    const served = await serveLog(memoryLog({ ...wishes, now: () => now }), { port: 0 })
    const [log, other] = [remoteLog({ port: served.port! }), remoteLog({ port: served.port! })]
    return {
      log,
      other,
      pass: (milliseconds) => void (now += milliseconds),
      dispose: async () => {
        await Promise.all([log.close(), other.close()])
        await served.close()
      },
    }
  })
  for (const { name, run } of cases) test(`[LOG-1] ${name}`, run)
})
