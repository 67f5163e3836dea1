/**
 * Every phase of the client's core with every input that can meet it.
 *
 * Not on the list is what cannot be: a connection's news in a phase that has none still comes (it is old news),
 * but a store is read once, in `restoring`, and after that nobody reads it again.
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

const IMPOSSIBLE: ReadonlySet<string> = new Set<string>([])

export const CELLS: readonly string[] = PHASES.flatMap((phase) =>
  INPUTS.map((input) => `${phase} ${input}`).filter((cell) => !IMPOSSIBLE.has(cell)),
)
