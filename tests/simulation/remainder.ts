/**
 * What is left to be done in a world in which all is well, and how long that may take.
 */
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

/** In this time at the latest a window of messages has come, was stored and acknowledged, and the next one begins. */
const ROUND_MS = 500

/** @returns one thing that is not done yet, in words */
export function whatIsLeft(world: World): string | undefined {
  const { clients, fleet, mirror } = world
  for (const instance of fleet.alive)
    if (fleet.draining.has(instance)) return `${instance.core.name} is being drained`
  for (const { name, process, ledgers, device } of clients) {
    if (process === undefined) return `${name} is not running`
    const { session, life } = process
    if (session.status.kind !== 'online' || life === undefined) return `${name} is ${session.status.kind}`
    // A store that could not be read is let go of for good; any other is tried again.
    if (process.isInMemory && process.stored.found !== undefined)
      return `${name} stores nothing, and its store is well`
    if (session.pending > 0) return `${name} has ${session.pending} pending`
    const { up, processed } = mirror.levelOf(session.id ?? '')
    const due = dueTo(process, world)
    if (processed < up && process.ledger?.mayLag !== true)
      return `the server has gone through ${processed} of ${up} of ${name}`
    if (life.handled < due) return `${name} has handled ${life.handled} of ${due}`
    if (!process.isInMemory && device.shelf.cursor < life.handled)
      return `${name} has stored ${device.shelf.cursor} of ${life.handled}`
    const acked = mirror.toldAcked(session.id ?? '', life.epoch)
    if (acked < due) return `${name} has acknowledged ${acked} of ${due}`
    try {
      for (const ledger of ledgers) if (!ledger.isOver) ledger.settle()
    } catch (error) {
      return String(error)
    }
  }
  return undefined
}

/**
 * The last message that the client must have. A server whose append failed does not know that it has landed all
 * the same; it finds out by its next append, or when the client comes back.
 */
function dueTo({ session, ledger }: Tab, { mirror, backend }: World): number {
  const { head } = mirror.levelOf(session.id ?? '')
  const bySeq = new Map<number | undefined, string>()
  for (const { seq, token } of ledger?.downs.values() ?? []) bySeq.set(seq, token)
  let due = head
  while (backend.doubted.has(bySeq.get(due) ?? '')) due -= 1
  return due
}

/** How many messages the one who is furthest behind has to send and to take, with an answer to each that is sent. */
export const owedBy = (world: World): number =>
  Math.max(0, ...world.clients.map(({ process }) => (process === undefined ? 0 : owedOf(process, world))))

function owedOf({ session, life }: Tab, { mirror }: World): number {
  const { up, processed, head } = mirror.levelOf(session.id ?? '')
  return 2 * session.pending + 2 * (up - processed) + head - (life?.handled ?? 0)
}

/** Window by window, one after the other. */
export const timeFor = (messages: number, { options }: World): number =>
  Math.ceil(messages / options.window) * ROUND_MS
