/** The books of a conversation, compared at the end: what was said, stored, heard, answered and received. */
import { expect } from 'vitest'
import type { Servers } from './servers.ts'
import type { Tab } from './tab.ts'
import type { Snapshot } from './words.ts'

/**
 * Lets a session come to rest, and expects that nothing was lost, doubled or out of order on any account.
 *
 * @returns how it stands
 */
export async function expectBalance(tab: Tab, servers: Servers, name: string): Promise<Snapshot> {
  const final = await tab.rest(name)
  const { id = '', counted, answered, wrong } = final
  const { ledger } = tab
  const answers = ledger.of('received', name).map(({ answer }) => answer)
  expect({
    wrong: [...wrong, ...ledger.disorder(name), ...servers.disorder(id)],
    failures: tab.failures,
    heard: servers.last(id),
    answered,
    received: Math.max(0, ...answers),
  }).toEqual({ wrong: [], failures: [], heard: counted, answered: counted, received: counted })
  expect(ledger.highest('stored', name)).toBeLessThanOrEqual(counted)
  expect(ledger.highest('acknowledged', name)).toBeLessThanOrEqual(counted)
  return final
}

/** Both directions are busy: more of both has come since. */
export async function expectTraffic(tab: Tab, name: string, messages = 5): Promise<void> {
  const from = tab.ledger.here
  let received = 0
  await tab.ledger.next('received', () => (received += 1) >= messages, { from, session: name })
}

/** One line for the reader of the test run. */
export function figure(scenario: string, text: string): void {
  process.stdout.write(`      ${scenario}: ${text}\n`)
}

export const ms = (length: number): string => `${Math.round(length)} ms`
