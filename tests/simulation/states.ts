/** What a client has folded, beside what the ledger says it must have. */
import type { Client } from './client.ts'
import { type Folded, START } from './fold.ts'
import type { Ledger } from './ledger.ts'
import type { Tab } from './tab.ts'

/** Each message stands in the state once, whatever was delivered twice. */
export function compareStates(client: Client): void {
  const { process, name } = client
  const { laws, backend } = client.world
  if (!client.folds || process?.life === undefined) return
  // Another tab may have a session of its own, in memory.
  const { ledger = client.ledger } = process
  const { up, down } = process.session.state ?? START
  compareWithServer(process, ledger, { up, down })
  const isOnceUp = new Set(up).size === up.length
  laws.must('I4', isOnceUp, () => `${name} has folded something of its own twice`)
  const isOnceDown = new Set(down).size === down.length
  laws.must('I4', isOnceDown, () => `${name} has folded something of the server's twice`)
  const folded = new Set([...up, ...down])
  // A state that the server gave after a reset or a gap stands for what the server knows.
  if (ledger.resets + ledger.gaps > 0 && backend.folds) return
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

/** Both ends have folded the same, in the same order. */
function compareWithServer({ name, session, client }: Tab, ledger: Ledger, { up, down }: Folded): void {
  const { laws, backend } = client.world
  const id = session.id ?? ''
  const served = backend.sessions.get(id)?.session.state as Folded | undefined
  // It was asked for while the server had none, and came too late, or not at all: the server began without.
  if (served === undefined || ledger.isStateAsked) return
  // What a store has forgotten, or a copy of it has sent, the server may have.
  if (ledger.isSplit) return
  // One of them has a message of a number that was lost, and the other what got it since.
  if (ledger.isMistaken) return
  // A gap that was told while the server had no state, and asked for the client's, cannot be made up for by one.
  const [has, hasServed] = [new Set(down), new Set(served.down)]
  // What the log dropped for want of room, while it was being read onto the client's state, the client may have met.
  const droppedTo = ledger.wasStateAsked ? client.world.mirror.droppedToOf(id) : 0
  const isOwed = (token: string): boolean =>
    has.has(token) || !ledger.wasStateAsked || ledger.downs.get(token)?.isExcused !== true
  const isHeld = (token: string): boolean =>
    hasServed.has(token) || (ledger.downs.get(token)?.seq ?? Infinity) > droppedTo
  const isSame = (one: readonly string[], other: readonly string[]): boolean => one.join() === other.join()
  const broken = (way: string): string => `${name} and its server have folded differently ${way}`
  laws.must('I4', isSame(up, served.up), () => broken('up'))
  laws.must('I4', isSame(down.filter(isHeld), served.down.filter(isOwed)), () => broken('down'))
}
