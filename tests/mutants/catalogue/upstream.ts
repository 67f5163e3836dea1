/** The way up, at the client: from `send()` into the store, onto the wire, and out of the outbox. */
import type { Mutant } from '../mutant.ts'

export const upstream: readonly Mutant[] = [
  {
    name: 'transmit-before-stored',
    about: 'transmits what is not in the store yet: after a crash its number is given to another message',
    file: 'src/core/parts/outbox.ts',
    find: 'const to = Math.min(outbox.stored, outbox.acked + window)',
    replace: 'const to = Math.min(outbox.last, outbox.acked + window)',
    expects: 'I8',
  },
  {
    name: 'no-window',
    about: 'transmits all it has, whatever the server said that it can bear',
    file: 'src/core/parts/outbox.ts',
    find: 'const to = Math.min(outbox.stored, outbox.acked + window)',
    replace: 'const to = outbox.stored',
    expects: 'I24',
  },
  {
    name: 'no-rewind',
    about: 'does not send again over a new connection what was lost with the old one',
    file: 'src/core/parts/outbox.ts',
    find: '({ ...outbox, sent: outbox.acked })',
    replace: 'outbox',
    expects: 'I22',
  },
  {
    name: 'settle-one-too-many',
    about: 'forgets with each ack one message more than was acknowledged',
    file: 'src/core/parts/outbox.ts',
    find: 'const head = Math.min(queue.head + count, queue.texts.length)',
    replace: 'const head = Math.min(queue.head + count + 1, queue.texts.length)',
    expects: 'I8',
  },
  {
    name: 'settle-in-the-wrong-place',
    about: 'cuts the dead front off the queue and forgets that everything has moved',
    file: 'src/core/parts/outbox.ts',
    find: `queue.texts.splice(0, queue.head)
    queue.head = 0`,
    replace: 'queue.texts.splice(0, queue.head)',
    expects: 'I8',
  },
  {
    name: 'no-gap-for-given-up',
    about: 'passes over numbers that were given up without a word: the server waits for them for ever',
    file: 'src/core/parts/outbox.ts',
    find: "runs.push({ kind: 'gap', from, to: seq - 1 })",
    replace: '',
    expects: 'I22',
  },
  {
    name: 'renumber-on-reset',
    about:
      'counts from one again when the server has forgotten the session: the server takes it for repetition',
    file: 'src/core/welcome.ts',
    find: 'const settled = rewind(settle(state.outbox, welcome.received))',
    replace: `const before = rewind(settle(state.outbox, welcome.received))
  const { stored: low, last: high, acked: base } = before
  const settled =
    welcome.outcome === 'reset'
      ? { ...before, acked: 0, sent: 0, wired: 0, stored: low - base, last: high - base }
      : before`,
    expects: 'I10',
  },
  {
    name: 'silent-about-unknown-fate',
    about: 'sends again after a reset what may have arrived, and tells nobody that it may arrive twice',
    file: 'src/core/welcome.ts',
    find: "welcome.outcome === 'reset' ? textsBetween(settled, settled.acked + 1, settled.wired) : []",
    replace: 'textsBetween(settled, 1, 0)',
    expects: 'I11',
  },
  {
    name: 'all-are-of-unknown-fate',
    about: 'takes messages that were never on a wire for ones that may have arrived',
    file: 'src/core/welcome.ts',
    find: 'settled.acked + 1, settled.wired',
    replace: 'settled.acked + 1, settled.last',
    expects: 'I11',
  },
  {
    name: 'silent-about-what-was-left',
    about: 'tells nobody that a message of an earlier process has failed',
    file: 'src/client/deliveries.ts',
    find: 'return tracked !== undefined',
    replace: 'return true',
    expects: 'I22',
  },
  {
    name: 'failed-twice-over',
    about: 'tells of a message whose sender holds its delivery as of one that an earlier process sent',
    file: 'src/client/deliveries.ts',
    find: 'return tracked !== undefined',
    replace: 'return false',
    expects: 'I12',
  },
  {
    name: 'forget-that-it-travelled',
    about: 'does not store that a message may have been on a wire: the next process thinks its store was cut',
    file: 'src/core/transition.ts',
    find: 'mayTravel ? { up, wired: outbox.last } : { up }',
    replace: '{ up }',
    expects: 'I11',
  },
  {
    name: 'dial-without-wired',
    about: 'does not store at the dial that what waits may soon be on a wire',
    file: 'src/core/approach.ts',
    find: '{ generation, failures, ...(!isUnproven(state) && { wired: outbox.last }) }',
    replace: '{ generation, failures }',
    expects: 'I11',
  },
  {
    name: 'welcome-acks-nothing',
    about: 'does not take the welcome for the acknowledgement that it is, and sends everything again',
    file: 'src/core/welcome.ts',
    find: 'rewind(settle(state.outbox, welcome.received))',
    replace: 'rewind(state.outbox)',
    expects: 'I22',
  },
  {
    name: 'believe-any-ack',
    about: 'believes an ack for what was never sent, and forgets it',
    file: 'src/core/line.ts',
    find: 'if (received > state.outbox.wired)\n    return',
    replace: 'if (received > state.outbox.wired && state.outbox.wired < 0)\n    return',
    expects: 'I8',
  },
  {
    name: 'both-ends-of-a-split-batch-alike',
    about: 'numbers each frame of a large batch from the first number of the batch',
    file: 'src/driver/connections.ts',
    find: 'encodeMessages(from + start, texts.slice(start, start + count))',
    replace: 'encodeMessages(from, texts.slice(start, start + count))',
    expects: 'I9',
  },
]
