/** How much a client says that nobody asked for. */
import type { World } from '../world.ts'
import type { Party } from './party.ts'

const WINDOW_MS = 10_000
/** Heartbeats, acknowledgements and greetings in a window in which nothing comes. */
const CONTROL = 60

/** In each stretch of ten seconds a client says little that nobody asked for. */
export function countFrame(party: Party, what: 'control' | 'heard', { now, laws }: World): void {
  const { traffic } = party
  if (now - traffic.since > WINDOW_MS) {
    const { control, heard } = traffic
    laws.must(
      'I24',
      control <= CONTROL + heard,
      () => `${party.name} said ${control} things to ${heard} in ten seconds`,
    )
    Object.assign(traffic, { since: now, control: 0, heard: 0 })
  }
  traffic[what] += 1
}
