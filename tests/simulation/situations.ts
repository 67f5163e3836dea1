/** What must happen sometimes, or the simulation has not been where it says it was. */
/** Of a client's store, its processes and tabs, its page and its application. */
const CLIENT = [
  'resumed',
  'loop over messages left midway',
  'unknown fate surfaced',
  'unknown fate told as failed',
  'redelivered after a crash before commit',
  'mischief in a listener',
  'new session after a loss',
  'two copies alive',
  'one of two copies goes on',
  'forked session ended by the application',
  'waited for a tab',
  'took over from another tab',
  'held until there is a token',
  'fresh token asked for',
  'store fell back to memory',
  'lost commits told',
  'damaged store set aside',
  'unsynced commits lost',
  'unanswered commit torn off',
  'origin wiped',
  'old copy restored',
  'outbox full',
  'number taken',
  'closed before the store was read',
  'left behind at close with its number',
  'crash between accept and store',
  'crash between accept and first send',
  'crash between processing and commit',
] as const

export const SITUATIONS = [...CLIENT] as const

export type Situation = (typeof SITUATIONS)[number]
