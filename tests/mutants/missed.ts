/**
 * Mutants that the simulation does not find yet, by what it would take: a fault that it does not know, or a law
 * that it does not look at. They are not counted. Whoever teaches it more takes their names out.
 */
const BY_LACK: Readonly<Record<string, readonly string[]>> = {
  'states larger than one frame, cut off between their pieces': ['pieces-of-two-states', 'first-piece-only'],
  'a law that a message being processed at a drain is offered nowhere else': ['drain-without-waiting'],
  'clients that do not hear the notice': ['drain-without-an-end'],
  'logs that fail in the middle of a replay, after which nobody speaks': ['read-failure-is-final'],
  'a law that a gap covers only what the bounds of the log or a loss can have taken': [
    'gap-without-reason',
    'read-one-too-far',
    'read-beside-a-hole',
  ],
  'a law on what is in flight on the way down': ['no-window-down'],
  'a law that neither end ever refuses what the other really sent': [
    'live-before-the-replay',
    'numbers-of-the-lost-again',
  ],
  'a law that what was marked as processed is not offered again': ['processed-is-never-told'],
  'a law at the log and the application: marked as processed, or followed by the next offer, only when the listener is done':
    ['offer-without-waiting', 'processed-before-done'],
  'strangers with the number of a session': ['anybody-s-session'],
  'sessions that are ended, and clients that come all the same': ['the-ended-come-back'],
  'sessions that expire within minutes, and a law that none does while somebody is connected or too early': [
    'expired-numbers-again',
    'expire-too-early',
    'expire-the-living',
  ],
  'a comparison of both states at rest, also after resets': [
    'server-loses-what-came-meanwhile',
    'server-begins-in-the-middle',
    'no-snapshot-at-a-reset',
    'adopt-only-in-memory',
    'adopt-without-our-own',
    'fold-what-was-adopted',
  ],
  'tabs that share a store in memory': ['two-holders'],
  'stores that are damaged in the middle, written by a newer version, or gone for longer than healing takes':
    [
      'read-what-is-newer',
      'throw-the-unreadable-away',
      'append-to-the-unreadable',
      'revive-without-a-snapshot',
    ],
  'a law that what has failed is not sent by a later process': ['given-up-comes-back'],
  'a law that each reset answers a loss, and each loss is answered once': [
    'no-epoch-in-the-record',
    'forget-the-first-welcome',
    'forget-how-the-epoch-began',
  ],
  'a law at each line that a server cuts off: nothing came for two intervals while it ran': [
    'server-judges-after-its-own-sleep',
  ],
  'a law on hand-offs that nothing disturbs: no loss, no other status, nothing sent on the old line after the hello on the new one':
    ['both-lines-at-once', 'loss-in-the-round-trip', 'drop-before-handing-off'],
  'a law that nobody leaves before the window of a notice': ['leave-before-the-window'],
  'a law that no dial comes before the time that a busy server named': ['appointments-cut-short'],
  'sessions that go from one server to another and back': ['adopt-what-others-had'],
  'a law that a server lets go of a session when the log says that it is fenced': ['ignore-being-fenced'],
  'close() in the middle of a batch, and a law that nothing is delivered after it': ['deliver-after-the-end'],
  'gaps that overlap what was delivered: trimmed logs and hand-offs at once': ['gap-from-the-server-s-start'],
  'frames that decode and cannot be meant: acks for what never was, fractions, frames doubled or dropped': [
    'believe-any-ack',
    'numbers-below-zero',
    'accept-a-hole',
  ],
  'hand-offs while the server speaks in bursts over a slow line': ['do-not-cut-the-known-part'],
  'listeners that are done between the two commits of a dial': ['hello-acks-what-was-handled'],
  'logs that tell late of an append and have trimmed what was never saved, more often': [
    'reload-what-was-trimmed',
  ],
  'tokens that are refused, expire, and are fetched slowly': [
    'welcome-before-asking-who',
    'give-up-at-the-first-refusal',
    'the-same-refused-token',
  ],
}

/** What it takes to find a mutant that is missed, by its name. */
export const MISSED: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(BY_LACK).flatMap(([lack, names]) => names.map((name) => [name, lack])),
)
