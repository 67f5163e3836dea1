/** The way down, at the client: off the wire, into the application, into the store, and acknowledged. */
import type { Mutant } from '../mutant.ts'

export const downstream: readonly Mutant[] = [
  {
    name: 'ack-before-commit',
    about: 'acknowledges what the application is done with, before it is in the store',
    file: 'src/core/line.ts',
    find: `function sendAck(state: State, line: Line): Progress {
  const received = state.inbox.committed`,
    replace: `function sendAck(state: State, line: Line): Progress {
  const received = state.inbox.handled`,
    expects: 'I5',
  },
  {
    name: 'pong-acks-what-came',
    about: 'acknowledges in its pongs what has only arrived',
    file: 'src/core/line.ts',
    find: `function answer(state: State, line: Line, id: number, now: Instant): Progress {
  const received = state.inbox.committed`,
    replace: `function answer(state: State, line: Line, id: number, now: Instant): Progress {
  const received = state.inbox.received`,
    expects: 'I5',
  },
  {
    name: 'ping-acks-what-came',
    about: 'acknowledges in its pings what has only arrived',
    file: 'src/core/line.ts',
    find: `const id = Math.floor(now)
  const received = state.inbox.committed`,
    replace: `const id = Math.floor(now)
  const received = state.inbox.received`,
    expects: 'I5',
  },
  {
    name: 'hello-acks-what-was-handled',
    about: 'acknowledges in its hello what the store may still lose',
    file: 'src/core/approach.ts',
    find: 'received: inbox.committed,',
    replace: 'received: inbox.handled,',
    expects: 'I5',
  },
  {
    name: 'cursor-before-handler',
    about: 'stores that a message is processed before the application has begun with it',
    file: 'src/driver/deliverer.ts',
    find: '        await pending',
    replace: `        this.tell(parcel, told, seq)
        told = Math.max(told, seq)
        await pending`,
    expects: 'I5',
  },
  {
    name: 'do-not-await-the-handler',
    about: 'goes on to the next message while the application is still busy with this one',
    file: 'src/driver/deliverer.ts',
    find: '        await pending',
    replace: '        void pending',
    expects: 'I5',
  },
  {
    name: 'two-deliveries-at-once',
    about: 'begins to deliver what arrives although a delivery is under way',
    file: 'src/driver/deliverer.ts',
    find: 'if (!this.isBusy && this.parcels.length > 0) void this.run()',
    replace: 'if (this.parcels.length > 0) void this.run()',
    expects: 'I1',
  },
  {
    name: 'take-duplicates-for-news',
    about: 'delivers again what a second connection brings again',
    file: 'src/core/parts/inbox.ts',
    find: "if (from + count - 1 <= inbox.received) return { kind: 'duplicate' }",
    replace: "if (from + count - 1 <= inbox.received) return { kind: 'news', skip: 0 }",
    expects: 'I3',
  },
  {
    name: 'do-not-cut-the-known-part',
    about: 'delivers a batch from its beginning although its first messages are known',
    file: 'src/core/parts/inbox.ts',
    find: 'skip: inbox.received + 1 - from',
    replace: 'skip: 0',
    expects: 'I3',
  },
  {
    name: 'accept-a-hole',
    about: 'goes on behind a number that is missing, as if it had never been',
    file: 'src/core/parts/inbox.ts',
    find: "if (from > inbox.received + 1) return { kind: 'hole' }",
    replace: '',
    expects: 'I2',
  },
  {
    name: 'swallow-gaps',
    about: 'does not tell the application of numbers that will never come',
    file: 'src/driver/deliverer.ts',
    find: '        this.consumer.missed(parcel)\n',
    replace: '',
    expects: 'I2',
  },
  {
    name: 'gap-from-the-server-s-start',
    about: 'tells a gap as the server drew it, although part of it has been delivered',
    file: 'src/core/line.ts',
    find: "parcel: { kind: 'gap', from: next, to: gap.to, reason: gap.reason }",
    replace: "parcel: { kind: 'gap', from: gap.from, to: gap.to, reason: gap.reason }",
    expects: 'I2',
  },
  {
    name: 'redelivery-not-marked',
    about: 'does not say that a message may have been delivered by the process before this one',
    file: 'src/driver/deliverer.ts',
    find: 'redelivered: seq <= parcel.redelivered',
    replace: 'redelivered: false',
    expects: 'I4',
  },
  {
    name: 'redelivery-known-too-early',
    about: 'takes the stored cursor for all that the process before this one delivered',
    file: 'src/core/phases/restoring.ts',
    find: "offeredBefore: kept.isNew ? 'none' : 'until-welcome'",
    replace: 'offeredBefore: kept.cursor',
    expects: 'I4',
  },
  {
    name: 'cursor-that-counts-arrivals',
    about: 'goes on after a restart from what had arrived, not from what was committed',
    file: 'src/core/transition.ts',
    find: `const stored = persist(withInbox(state, { received, handled: input.upTo, committed, stands }), {
        cursor: input.upTo,
      })`,
    replace: `const stored = persist(withInbox(state, { received, handled: input.upTo, committed, stands }), {
        cursor: received,
      })`,
    expects: 'I5',
  },
  {
    name: 'deliver-after-the-end',
    about: 'goes on delivering the rest of a batch after the session was closed',
    file: 'src/driver/deliverer.ts',
    find: '      if (this.isStopped) return this.tell(parcel, told, seq - 1)\n',
    replace: '',
    expects: 'I12',
  },
]
