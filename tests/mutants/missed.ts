/**
 * Mutants that the simulation does not find yet, by what it would take: a fault that it does not know, or a law
 * that it does not look at. They are not counted. Whoever teaches it more takes their names out.
 */
const BY_LACK: Readonly<Record<string, readonly string[]>> = {
  'states larger than one frame, cut off between their pieces': ['pieces-of-two-states', 'first-piece-only'],
  'a law that a message being processed at a drain is offered nowhere else': ['drain-without-waiting'],
  'logs that fail in the middle of a replay, after which nobody speaks': ['read-failure-is-final'],
  'a log that answers a replay with nothing, to a server that has just lost the session': [
    'gap-without-reason',
  ],
  'sessions that are ended, and clients that come all the same': ['the-ended-come-back'],
  'a state that is asked for and comes late, while messages go by, more often': [
    'server-loses-what-came-meanwhile',
  ],
  'logs that tell late of an append and have trimmed what was never saved, more often': [
    'reload-what-was-trimmed',
  ],
  'logs that step back under servers that fold, while their clients are at something, more often': [
    'save-the-lost',
    'fold-the-lost-onto-the-server-s',
    'restore-without-what-is-in-hand',
  ],
  'lines that break between the welcome of a reset and the state that follows, more often': [
    'snapshot-with-the-reset-alone',
  ],
  'tabs that share a store in memory': ['two-holders'],
  'stores that are damaged in the middle, or written by a newer version': [
    'read-what-is-newer',
    'throw-the-unreadable-away',
    'append-to-the-unreadable',
  ],
  'a crash after a message was given up and before its gap went out, and a law that it does not go out then':
    ['given-up-comes-back'],
  'two welcomes of one reset that are lost, one after the other': [
    'forget-how-the-epoch-began',
    'no-epoch-in-the-record',
  ],
  'a law at each line that a server cuts off: nothing came for two intervals while it ran': [
    'server-judges-after-its-own-sleep',
  ],
  'gaps that overlap what was delivered: trimmed logs and hand-offs at once': ['gap-from-the-server-s-start'],
  'more frames that decode and cannot be meant': ['accept-a-hole'],
  'hand-offs while the server speaks in bursts over a slow line': ['do-not-cut-the-known-part'],
}

/** What it takes to find a mutant that is missed, by its name. */
export const MISSED: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(BY_LACK).flatMap(([lack, names]) => names.map((name) => [name, lack])),
)
