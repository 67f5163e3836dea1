/**
 * Every phase of the client's core with every input that can meet it.
 *
 * Not on the list is what cannot be, each with its reason.
 */
const PHASES = ['restoring', 'waiting', 'connecting', 'online', 'draining', 'suspended', 'closed'] as const
const INPUTS = [
  'tick',
  'restored',
  'blocked',
  'persisted',
  'opened',
  'received',
  'garbled',
  'dropped',
  'submit',
  'handled',
  'hint',
  'reconnect',
  'close',
  'barred',
] as const

const IMPOSSIBLE: ReadonlySet<string> = new Set([
  // A store is read once, and it is what ends this phase.
  ...without('restored', 'waiting', 'connecting', 'online', 'draining', 'suspended', 'closed'),
  // Who waits for the store has not read it; once it was read, nobody waits.
  ...without('blocked', 'waiting', 'connecting', 'online', 'draining', 'suspended'),
  // Nothing is dialed before the store was read, and a connection that was left is not listened to any more.
  ...without('opened', 'restoring', 'waiting', 'suspended', 'closed'),
  ...without('received', 'restoring', 'waiting', 'suspended', 'closed'),
  ...without('garbled', 'restoring', 'waiting', 'suspended', 'closed'),
  ...without('dropped', 'restoring', 'waiting', 'suspended', 'closed'),
  // A socket opens once, before its welcome.
  'online opened',
  // These two have no deadline.
  ...without('tick', 'restoring', 'closed'),
  // Nothing is stored or delivered, and no store lost, before the store was read; what is sent is held back.
  ...without('persisted', 'restoring'),
  ...without('handled', 'restoring', 'closed'),
  ...without('submit', 'restoring', 'closed'),
  ...without('barred', 'restoring'),
  // A closed session has let go of its surroundings.
  ...without('hint', 'closed'),
])

function without(input: (typeof INPUTS)[number], ...phases: readonly (typeof PHASES)[number][]): string[] {
  return phases.map((phase) => `${phase} ${input}`)
}

export const CELLS: readonly string[] = PHASES.flatMap((phase) =>
  INPUTS.map((input) => `${phase} ${input}`).filter((cell) => !IMPOSSIBLE.has(cell)),
)
