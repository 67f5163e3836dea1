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

/** On the way between the two. */
const NETWORK = [
  'late winner ignored',
  'closing socket orphaned',
  'close event of a minute later ignored',
  'message after close ignored',
  'messages came twice',
  'both sockets delivered the same message',
  'probe saved a connection',
  'dead line found by silence',
  'dead line found by one that ran all the time',
  'line dead one way found by silence',
  'dead line found by reset',
  'dead line found by end',
  'old line cut before the first frame of the new one',
  'old line cut after the first frame of the new one',
  'refused, and the hint for when was honoured',
  'connect timeout',
  'client hung up on nonsense',
  'server hung up on nonsense',
  'stranger turned away',
  'half-open line cleaned up by the server',
  'flapping throttled by the allowance',
  'idle line cut by a proxy',
  'welcome lost after the server had taken the session',
  'backoff reached its cap',
] as const

export const SITUATIONS = [...CLIENT, ...NETWORK] as const

export type Situation = (typeof SITUATIONS)[number]
