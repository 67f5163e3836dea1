/** Beginning and leaving: what is taken over from the last process, what is let go of, and what is told of each message. */
import type { Mutant } from '../mutant.ts'

export const leaving: readonly Mutant[] = [
  {
    name: 'begin-without-the-outbox',
    about: 'begins with an empty outbox, whatever the last process left in its store',
    file: 'src/core/phases/restoring.ts',
    find: 'outbox: createOutbox(kept.outbox)',
    replace:
      'outbox: createOutbox({ acked: kept.outbox.acked + kept.outbox.texts.length, wired: 0, texts: [] })',
    expects: 'I8',
  },
  {
    name: 'begin-without-the-cursor',
    about: 'begins as if nothing had been processed yet',
    file: 'src/core/phases/restoring.ts',
    find: 'inbox: createInbox(kept.cursor, kept.stands)',
    replace: 'inbox: createInbox(0, kept.stands)',
    expects: 'I1',
  },
  {
    name: 'hang-up-in-name-only',
    about: 'forgets a connection without closing its socket',
    file: 'src/driver/connections.ts',
    find: '    entry?.socket?.close(code, reason)\n',
    replace: '',
    expects: 'I15',
  },
  {
    name: 'losses-untold',
    about: 'does not hear that a connection is over, and goes on showing that it is online',
    file: 'src/driver/connections.ts',
    find: '            this.listener.dropped(connection, loss, undefined)\n',
    replace: '',
    expects: 'I19',
  },
  {
    name: 'close-without-an-end',
    about: 'never lets go of the store when it was closed',
    file: 'src/core/enter.ts',
    find: "    { type: 'finish', erase },\n",
    replace: "    ...(erase ? [{ type: 'finish', erase } as const] : []),\n",
    expects: 'I12',
  },
  {
    name: 'keep-the-journal',
    about: 'does not give the store back when it was closed: the next process waits for it for ever',
    file: 'src/driver/driver.ts',
    find: '    await this.letGo((journal) => journal.close())\n',
    replace: '',
    expects: 'I22',
  },
  {
    name: 'an-alarm-for-nothing',
    about: 'leaves its alarm set when there is nothing more to wait for, which keeps a program alive',
    file: 'src/driver/alarm.ts',
    find: `    this.cancelAlarm?.()
    this.cancelAlarm = undefined
    this.alarmAt = due
    if (due === NEVER) return`,
    replace: `    if (due === NEVER) return
    this.cancelAlarm?.()
    this.cancelAlarm = undefined
    this.alarmAt = due`,
    expects: 'I24',
  },
  {
    name: 'a-message-left-open',
    about: 'closes, and lets whoever waits for an acknowledgement wait for ever',
    file: 'src/client/deliveries.ts',
    find: `    if (RANK[this.state] === RANK.failed) return
    this.failure = error
    this.whenAcknowledged?.settle(error)`,
    replace: `    if (RANK[this.state] === RANK.failed) return
    this.failure = error`,
    expects: 'I12',
  },
  {
    name: 'sent-is-acknowledged',
    about: 'tells the application that the server has what was only sent',
    file: 'src/client/deliveries.ts',
    find: 'seq <= upTo(outbox.acked)',
    replace: 'seq <= upTo(outbox.sent)',
    expects: 'I8',
  },
  {
    name: 'accepted-is-stored',
    about: 'tells the application that a message is safe which a crash would take along',
    file: 'src/client/deliveries.ts',
    find: 'seq <= upTo(outbox.stored)',
    replace: 'seq <= upTo(outbox.last)',
    expects: 'I8',
  },
  {
    name: 'server-counts-the-gone',
    about: 'counts connections that are over, until it takes itself for full',
    file: 'src/server/connection.ts',
    find: '    this.instance.connections.delete(this)\n',
    replace: '',
    expects: 'I15',
  },
  {
    name: 'server-listens-for-the-gone',
    about: 'goes on looking for signs of life of a connection that is over',
    file: 'src/server/line.ts',
    find: '    this.pulse.stop()\n',
    replace: '',
    expects: 'I24',
  },
  {
    name: 'server-watches-the-lost',
    about: 'goes on asking the log for a session that it has let go of',
    file: 'src/server/live-session.ts',
    find: '[this.offers, this.acks, this.vigil, this.mirror]',
    replace: '[this.offers, this.acks, this.mirror]',
    expects: 'I24',
  },
  {
    name: 'let-go-in-silence',
    about: 'lets go of a session without a word to its client, who talks on to nobody',
    file: 'src/server/live-session.ts',
    find: '    dismiss(this.current?.connection, reason)\n',
    replace: '',
    expects: 'I22',
  },
]
