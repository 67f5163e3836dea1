/**
 * What a log owes at a handshake: the five rules, and that an answer which was lost changes nothing.
 */
import { filled, granted, greeting, like, refused, equal, truth, WRITTEN } from './log-contract-steps.ts'
import type { LogLaw } from './session-log-contract.ts'

export const handshakeLaws: readonly LogLaw[] = [
  {
    name: 'a first greeting creates the session, empty',
    holds: async ({ log }) => {
      const answer = await granted(log, greeting(1))
      like(
        answer,
        { outcome: 'created', up: 0, processed: 0, head: 0, oldest: 1, hasState: true },
        'the answer',
      )
      truth(answer.epoch.length > 0 && answer.epoch.length <= 64, 'an epoch has a name')
    },
  },
  {
    name: 'a greeting that was never answered is answered again, alike, under the next generation',
    holds: async ({ log }) => {
      const { epoch } = await granted(log, greeting(1))
      await log.appendDown('s', 1, 0, ['1', '2'])
      like(await granted(log, greeting(2)), { outcome: 'created', epoch, head: 2, oldest: 1 }, 'the answer')
    },
  },
  {
    name: 'a greeting with the epoch, and cursors that fit, resumes',
    holds: async ({ log }) => {
      const { epoch } = await filled(log, 5, 3)
      await log.markProcessed('s', 1, 2)
      const answer = await granted(log, greeting(2, { epoch, received: 4, seen: 5, acked: 3 }))
      like(answer, { outcome: 'resumed', epoch, up: 3, processed: 2, head: 5 }, 'the answer')
    },
  },
  {
    name: 'an answer tells which generation could write until now, so that a server knows whether another was in between',
    holds: async ({ log, other = log }) => {
      like(await granted(log, greeting(3)), { previous: 0 }, 'the first answer')
      like(await granted(other, greeting(5)), { previous: 3 }, 'the second')
      await refused(log, greeting(4), 'forked')
      like(await granted(log, greeting(9)), { previous: 5 }, 'the third')
    },
  },
  {
    name: 'a wrong secret and a foreign subject are refused alike, and raise no generation',
    holds: async ({ log }) => {
      await granted(log, greeting(1))
      await refused(log, greeting(9, { secretHash: 'hasx' }), 'forbidden')
      await refused(log, greeting(9, { secretHash: '' }), 'forbidden')
      await refused(log, greeting(9, { subject: 'eve' }), 'forbidden')
      await refused(log, greeting(0, { subject: 'eve' }), 'forbidden')
      equal(await log.touch('s', 1), WRITTEN, 'the owner writes on')
    },
  },
  {
    name: 'a generation at or below the newest is forked, and changes nothing',
    holds: async ({ log }) => {
      await granted(log, greeting(5))
      await refused(log, greeting(5), 'forked')
      await refused(log, greeting(4), 'forked')
      equal(await log.touch('s', 5), WRITTEN, 'the newest writes on')
    },
  },
  {
    name: 'a session that the log does not know is reset, and its numbers go on where the client stands',
    holds: async ({ log }) => {
      const hello = greeting(7, { epoch: 'lost', received: 4, seen: 6, acked: 3 })
      const answer = await granted(log, hello)
      like(
        answer,
        { outcome: 'reset', reason: 'unknown', up: 3, processed: 3, head: 6, oldest: 7, hasState: false },
        'the answer',
      )
      truth(answer.epoch !== 'lost', 'a new epoch has a new name')
      equal(await log.appendDown('s', 7, 6, ['1']), { kind: 'appended', last: 7 }, 'the next down number')
      equal(
        await log.appendUp('s', 7, { from: 4, texts: ['1'] }),
        { kind: 'appended', last: 4 },
        'the next up number',
      )
    },
  },
  {
    name: 'cursors alone, without an epoch, are enough to be reset',
    holds: async ({ log }) => {
      like(
        await granted(log, greeting(1, { received: 1 })),
        { outcome: 'reset', reason: 'unknown' },
        'received',
      )
      like(await granted(log, greeting(1, { session: 't', acked: 1 })), { outcome: 'reset' }, 'acked')
      like(await granted(log, greeting(1, { session: 'u', seen: 1 })), { outcome: 'reset', head: 1 }, 'seen')
      like(
        await granted(log, greeting(1, { session: 'v', stands: 1 })),
        { outcome: 'reset', head: 1 },
        'stands',
      )
    },
  },
  {
    name: 'a reset that was never answered is answered again, alike, with what was sent since',
    holds: async ({ log }) => {
      const hello = { epoch: 'lost', received: 4, acked: 3 }
      const { epoch } = await granted(log, greeting(7, hello))
      await log.appendDown('s', 7, 4, ['5'])
      const again = await granted(log, greeting(8, hello))
      like(
        again,
        { outcome: 'reset', reason: 'unknown', epoch, begunAt: 4, up: 3, head: 5, oldest: 5 },
        'the answer',
      )
      const known = await granted(log, greeting(9, { epoch, received: 5, acked: 3 }))
      like(known, { outcome: 'resumed', epoch, begunAt: 4 }, 'the answer to who knows the epoch')
    },
  },
  {
    name: 'a reset is not answered again to who has met more since, from the epoch before',
    holds: async ({ log }) => {
      const hello = { epoch: 'lost', received: 4, acked: 3 }
      const { epoch } = await granted(log, greeting(7, hello))
      await log.appendDown('s', 7, 4, ['another 5'])
      const again = await granted(log, greeting(8, { ...hello, seen: 5 }))
      like(again, { outcome: 'reset', reason: 'regressed', head: 5 }, 'the answer')
      truth(again.epoch !== epoch, 'a new epoch has a new name')
      like(await granted(log, greeting(9, { ...hello, seen: 5 })), { epoch: again.epoch }, 'and then it is')
      const third = await granted(log, greeting(10, { ...hello, stands: 7 }))
      like(
        third,
        { outcome: 'reset', reason: 'regressed', head: 7 },
        'the answer to who has more in its state',
      )
    },
  },
  {
    name: 'a client that is ahead of the log is reset, and no number is used twice',
    holds: async ({ log }) => {
      const { epoch } = await filled(log, 2, 2)
      const answer = await granted(log, greeting(2, { epoch, received: 2, seen: 9, acked: 7 }))
      like(answer, { outcome: 'reset', reason: 'regressed', up: 7, head: 9 }, 'the answer')
      truth(answer.epoch !== epoch, 'a new epoch has a new name')
      equal(await log.appendDown('s', 2, 9, ['1']), { kind: 'appended', last: 10 }, 'the next down number')
      equal(
        await log.appendUp('s', 2, { from: 8, texts: ['1'] }),
        { kind: 'appended', last: 8 },
        'the next up number',
      )
    },
  },
  {
    name: 'a client whose last welcome the log does not know is reset',
    holds: async ({ log }) => {
      const { epoch } = await granted(log, greeting(4))
      like(await granted(log, greeting(6, { epoch, welcomed: 4 })), { outcome: 'resumed' }, 'what it knows')
      const answer = await granted(log, greeting(9, { epoch, welcomed: 7 }))
      like(answer, { outcome: 'reset', reason: 'regressed' }, 'what it has lost')
    },
  },
  {
    name: 'a client is ahead by any one of its cursors',
    holds: async ({ log }) => {
      for (const [session, ahead] of [
        ['a', { received: 3 }],
        ['b', { received: 2, seen: 3 }],
        ['c', { received: 1, seen: 2, stands: 3 }],
        ['d', { acked: 3 }],
      ] as const) {
        const { epoch } = await granted(log, greeting(1, { session }))
        await log.appendDown(session, 1, 0, ['1', '2'])
        await log.appendUp(session, 1, { from: 1, texts: ['1', '2'] })
        const answer = await granted(log, greeting(2, { session, epoch, ...ahead }))
        like(answer, { outcome: 'reset', reason: 'regressed' }, `the answer to ${JSON.stringify(ahead)}`)
      }
    },
  },
  {
    name: 'what was stored and not processed survives a reset',
    holds: async ({ log }) => {
      const { epoch } = await filled(log, 3, 2)
      await granted(log, greeting(2, { epoch, received: 1, acked: 7 }))
      equal(
        (await log.readUp('s', 1, 9)).map(({ seq }) => seq),
        [1, 2],
        'the up numbers',
      )
      equal(
        (await log.readDown('s', 2, 9)).map(({ seq }) => seq),
        [2, 3],
        'the down numbers',
      )
    },
  },
  {
    name: 'an epoch that is not the one of now is reset',
    holds: async ({ log }) => {
      await filled(log, 2, 2)
      like(
        await granted(log, greeting(2, { epoch: 'other' })),
        { outcome: 'reset', reason: 'regressed' },
        'the answer',
      )
    },
  },
  {
    name: 'no epoch is called `lost`, so that who greets with that name is reset',
    holds: async ({ log }) => {
      const answers = [await filled(log, 2, 2)]
      for (const generation of [2, 3]) {
        const hello = { epoch: 'lost', received: 1, seen: 2, acked: 2 }
        answers.push(await granted(log, greeting(generation, hello)))
        answers.push(await granted(log, greeting(generation, { session: 'unknown', ...hello })))
      }
      equal(
        answers.map(({ outcome }) => outcome),
        ['created', 'reset', 'reset', 'reset', 'reset'],
        'the outcomes',
      )
      for (const { epoch } of answers) truth(epoch !== 'lost', 'an epoch has another name')
    },
  },
  {
    name: 'of many greetings at once the newest that was let in may write, and no other',
    holds: async ({ log, other = log }) => {
      const generations = Array.from({ length: 30 }, (_, index) => ((index * 7) % 30) + 1)
      const answers = await Promise.all(
        generations.map((generation, index) => (index % 2 === 0 ? log : other).greet(greeting(generation))),
      )
      const admitted = generations.filter((_, index) => answers[index]?.kind === 'granted')
      equal(Math.max(...admitted), 30, 'the newest')
      const writes = await Promise.all(admitted.map((generation) => log.touch('s', generation)))
      equal(
        writes.map(({ kind }, index) => kind === 'written' && admitted[index]),
        admitted.map((generation) => generation === 30 && generation),
        'who may write',
      )
    },
  },
]
