/**
 * What a log owes over time: a state to fold on from, bounds, an end, and an expiry that nobody takes for a loss.
 */
import {
  equal,
  filled,
  GONE,
  granted,
  greeting,
  like,
  numbered,
  reads,
  refused,
  texts,
  truth,
  WRITTEN,
} from './log-contract-steps.ts'
import type { LogLaw } from './session-log-contract.ts'

export const lifetimeLaws: readonly LogLaw[] = [
  {
    name: 'without a saved state, everything since the beginning is there to fold, in the order of the log',
    holds: async ({ log }) => {
      await granted(log, greeting(1))
      await log.appendDown('s', 1, 0, ['"d1"'])
      await log.appendUp('s', 1, { from: 1, texts: ['"u1"', '"u2"'] })
      await log.appendDown('s', 1, 1, ['"d2"'])
      const { saved, entries } = await log.readState('s')
      equal(saved, undefined, 'the saved state')
      equal(
        entries.map(({ direction, seq }) => `${direction} ${seq}`),
        ['down 1', 'up 1', 'up 2', 'down 2'],
        'the entries',
      )
    },
  },
  {
    name: 'a saved state stands for what it says, and what came after it is kept until it is saved too',
    holds: async ({ log, other = log }) => {
      const { epoch } = await filled(log, 3, 3)
      equal(await log.saveState('s', 1, { state: '"one"', up: 2, down: 1 }), WRITTEN, 'the save')
      await log.acknowledge('s', 1, 3)
      await log.markProcessed('s', 1, 3)
      const { saved, entries } = await other.readState('s')
      equal(saved, { state: '"one"', up: 2, down: 1 }, 'the saved state')
      equal(
        entries,
        [
          { direction: 'down', seq: 2, text: '"d2"' },
          { direction: 'down', seq: 3, text: '"d3"' },
          { direction: 'up', seq: 3, text: '"u3"' },
        ],
        'the entries',
      )
      like(
        await granted(log, greeting(2, { epoch, received: 3, acked: 3 })),
        { hasState: true },
        'the answer',
      )
    },
  },
  {
    name: 'a session whose past was forgotten has no state until one is saved',
    holds: async ({ log }) => {
      const lost = { epoch: 'lost', received: 4, acked: 3 }
      like(await granted(log, greeting(1, lost)), { hasState: false }, 'the answer')
      await log.saveState('s', 1, { state: '{}', up: 3, down: 4 })
      await log.appendDown('s', 1, 4, ['5'])
      like(await granted(log, greeting(2, lost)), { hasState: true }, 'the answer after a save')
      equal((await log.readState('s')).entries, [{ direction: 'down', seq: 5, text: '5' }], 'the entries')
    },
  },
  {
    name: 'a state that stands for down messages which the log does not have is not saved, and its writer is told',
    holds: async ({ log, other = log }) => {
      const { epoch } = await filled(log, 2, 1)
      equal(await log.saveState('s', 1, { state: '"lost"', up: 1, down: 3 }), GONE, 'the save')
      equal((await other.readState('s')).saved, undefined, 'the saved state')
      // A client’s own state has what it has not sent yet.
      equal(await log.saveState('s', 1, { state: '"ahead"', up: 9, down: 2 }), WRITTEN, 'another save')
      like(await granted(log, greeting(2, { epoch })), { outcome: 'resumed', up: 1, head: 2 }, 'the answer')
    },
  },
  {
    name: 'an ended session is ended for its owner, forbidden to others, and takes no write',
    holds: async ({ log, other = log }) => {
      const { epoch } = await filled(log, 2, 2)
      equal(await log.end('s', 1), WRITTEN, 'the end')
      equal(await other.appendDown('s', 1, 2, ['3']), GONE, 'a write')
      await refused(other, greeting(2, { epoch, received: 2, acked: 2 }), 'ended')
      await refused(log, greeting(3), 'ended')
      await refused(log, greeting(3, { subject: 'eve' }), 'forbidden')
      await reads(log.readDown('s', 1, 9), [], 'its messages')
    },
  },
  {
    name: 'beyond its bound the oldest messages go first, and the next greeting says from where on they are kept',
    wishes: { messagesPerSession: 10 },
    holds: async ({ log }) => {
      const { epoch } = await filled(log, 0, 0)
      await log.appendDown('s', 1, 0, texts('d', 1, 25))
      const answer = await granted(log, greeting(2, { epoch }))
      like(answer, { outcome: 'resumed', head: 25, trimmedBy: 'trimmed', hasState: false }, 'the answer')
      truth(answer.oldest > 1 && answer.oldest <= 16, `ten are kept, from 16 on, not from ${answer.oldest}`)
      await reads(log.readDown('s', 1, 99), numbered('d', answer.oldest, 25), 'what is kept')
    },
  },
  {
    name: 'no bound makes a log forget a message that was not processed',
    wishes: { messagesPerSession: 5 },
    holds: async ({ log }) => {
      await filled(log, 20, 12)
      await reads(log.readUp('s', 1, 99), numbered('u', 1, 12), 'the up messages')
    },
  },
  {
    name: 'a session that nobody connects to expires, is told so, and its numbers are never used again',
    wishes: { retainMs: 1000 },
    holds: async ({ log, pass }) => {
      const { epoch } = await filled(log, 5, 4)
      await pass(600)
      equal(await log.touch('s', 1), WRITTEN, 'somebody is connected')
      await pass(600)
      equal(await log.appendDown('s', 1, 5, ['6']), { kind: 'appended', last: 6 }, 'a write in time')
      await pass(600)
      equal(await log.appendDown('s', 1, 6, ['7']), GONE, 'a write too late')
      const answer = await granted(log, greeting(2, { epoch, received: 2, acked: 4 }))
      like(
        answer,
        {
          outcome: 'reset',
          reason: 'expired',
          up: 4,
          head: 6,
          oldest: 7,
          trimmedBy: 'expired',
          retainMs: 1000,
        },
        'the answer',
      )
      truth(answer.epoch !== epoch, 'a new epoch has a new name')
    },
  },
  {
    name: 'an expired session keeps its owner and its generation while it is remembered, and is a stranger after that',
    wishes: { retainMs: 1000 },
    holds: async ({ log, pass }) => {
      const { epoch } = await filled(log, 2, 2)
      await pass(1100)
      await refused(log, greeting(2, { epoch, subject: 'eve' }), 'forbidden')
      await refused(log, greeting(1, { epoch }), 'forked')
      await pass(5000)
      const answer = await granted(log, greeting(2, { epoch, received: 2, acked: 2 }))
      truth(answer.outcome === 'reset', `a reset, not ${answer.outcome}`)
    },
  },
  {
    name: 'a state that is saved late, after what it does not stand for was forgotten, is no state to fold on from',
    holds: async ({ log }) => {
      const { epoch } = await filled(log, 2, 0)
      await log.acknowledge('s', 1, 1)
      await log.saveState('s', 1, { state: '{}', up: 0, down: 0 })
      const { hasState, oldest } = await granted(log, greeting(2, { epoch, received: 1 }))
      equal(hasState, oldest === 1, 'whether there is a state')
    },
  },
  {
    name: 'texts come back to the character, and sessions and subjects are never confused',
    holds: async ({ log }) => {
      const odd = ['"\\\n\r\t\0\u2028', '\ufeff漢😀', '__proto__', '{"a":1,"a":2}', 'x'.repeat(300_000)]
      const names = [
        'a',
        'a:b',
        'a*',
        '*',
        'a\r\nb',
        'a\0b',
        '__proto__',
        'constructor',
        '../a',
        '{a}',
        'x'.repeat(300),
      ]
      const values = odd.map((text) => JSON.stringify(text))
      for (const session of names) await granted(log, greeting(1, { session, subject: `b:${session}` }))
      for (const session of names) await log.appendDown(session, 1, 0, [JSON.stringify(session), ...values])
      for (const session of names) {
        const read = await log.readDown(session, 1, 99)
        equal(
          read.map(({ text }) => text),
          [JSON.stringify(session), ...values],
          `the messages of ${session}`,
        )
      }
    },
  },
]
