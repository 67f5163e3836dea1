/** What a client has folded, beside what the ledger says it must have. */
import type { Client } from './client.ts'
import type { Laws } from './laws.ts'
import { START } from './fold.ts'

/** Each message stands in the state once, whatever was delivered twice. */
export function compareStates(client: Client, serverFolds: boolean, laws: Laws): void {
  const { process, name } = client
  if (!client.folds || process?.life === undefined) return
  // Another tab may have a session of its own, in memory.
  const { ledger = client.ledger } = process
  const { up, down } = process.session.state ?? START
  const isOnceUp = new Set(up).size === up.length
  laws.must('I4', isOnceUp, () => `${name} has folded something of its own twice`)
  const isOnceDown = new Set(down).size === down.length
  laws.must('I4', isOnceDown, () => `${name} has folded something of the server's twice`)
  const folded = new Set([...up, ...down])
  // A state that the server gave after a reset or a gap stands for what the server knows.
  if (ledger.resets + ledger.gaps > 0 && serverFolds) return
  // Its store went back, and the log lost what it had: then a number may have been another message's.
  if (ledger.isSplit && ledger.resets > 0) return
  const { committed } = process.life
  for (const { token, seq = Infinity, keptOn, isExcused } of ledger.downs.values()) {
    const isKept = keptOn === client.device && !isExcused && seq <= committed
    laws.must('I4', !isKept || folded.has(token), () => `${token} was processed and is not in the state`)
  }
  for (const { token, isLogged, isForgotten } of ledger.ups.values()) {
    const isIn = !isLogged || isForgotten || folded.has(token)
    laws.must('I4', isIn, () => `${token} was sent and is not in the state`)
  }
}
