/**
 * What a log owes to those who write and read: one writer, each number once, in order, until it may go.
 */
import {
  type GenerationLog,
  equal,
  FENCED,
  filled,
  GONE,
  granted,
  greeting,
  like,
  numbered,
  reads,
  texts,
  truth,
  WRITTEN,
} from './log-contract-steps.ts'
import type { LogLaw } from './session-log-contract.ts'
import type { Grant } from '../server/session-log.ts'

/** Every way to write. */
async function writes(log: GenerationLog, session: string, by: number | Grant): Promise<readonly unknown[]> {
  return [
    await log.appendUp(session, by, { from: 1, texts: ['1'] }),
    await log.appendUp(session, by, { from: 1, givenUpTo: 9 }),
    await log.appendDown(session, by, 0, ['1']),
    await log.acknowledge(session, by, 1),
    await log.markProcessed(session, by, 1),
    await log.touch(session, by),
    await log.saveState(session, by, { state: '1', up: 1, down: 1 }),
    await log.end(session, by),
  ]
}

export const entryLaws: readonly LogLaw[] = [
  {
    name: 'no write of an older generation changes anything, whichever log it comes through',
    holds: async ({ log, other = log }) => {
      const { epoch } = await granted(log, greeting(1))
      await granted(other, greeting(2))
      for (const answer of await writes(log, 's', 1)) equal(answer, FENCED, 'an older write')
      for (const answer of await writes(log, 's', 3)) equal(answer, GONE, 'a write of a generation to come')
      like(
        await granted(log, greeting(4)),
        { outcome: 'created', epoch, up: 0, head: 0, hasState: true },
        'the session',
      )
    },
  },
  {
    name: 'no write of another epoch changes anything, be it under the generation of now',
    holds: async ({ log, other = log }) => {
      const { epoch } = await granted(log, greeting(2))
      for (const answer of await writes(other, 's', { epoch: 'another', generation: 2 }))
        equal(answer, GONE, 'a write of another epoch')
      like(
        await granted(log, greeting(3)),
        { outcome: 'created', epoch, up: 0, head: 0, hasState: true },
        'the session',
      )
    },
  },
  {
    name: 'a session that is not there takes no write, and reads as empty',
    holds: async ({ log }) => {
      for (const answer of await writes(log, 'nobody', 1)) equal(answer, GONE, 'a write')
      await reads(log.readDown('nobody', 1, 9), [], 'its down messages')
      await reads(log.readUp('nobody', 1, 9), [], 'its up messages')
    },
  },
  {
    name: 'up messages are appended once, in order, and never over a hole',
    holds: async ({ log }) => {
      await granted(log, greeting(1))
      equal(await log.appendUp('s', 1, { from: 2, texts: ['2'] }), { kind: 'hole', last: 0 }, 'a hole')
      equal(
        await log.appendUp('s', 1, { from: 1, texts: texts('u', 1, 3) }),
        { kind: 'appended', last: 3 },
        'the first',
      )
      equal(
        await log.appendUp('s', 1, { from: 1, texts: texts('u', 1, 3) }),
        { kind: 'appended', last: 3 },
        'a repetition',
      )
      equal(
        await log.appendUp('s', 1, { from: 2, texts: texts('u', 2, 5) }),
        { kind: 'appended', last: 5 },
        'an overlap',
      )
      equal(await log.appendUp('s', 1, { from: 7, texts: ['7'] }), { kind: 'hole', last: 5 }, 'another hole')
      await reads(log.readUp('s', 1, 9), numbered('u', 1, 5), 'what is there')
    },
  },
  {
    name: 'numbers that were given up count as stored, and are never read',
    holds: async ({ log }) => {
      await filled(log, 0, 1)
      equal(await log.appendUp('s', 1, { from: 2, givenUpTo: 4 }), { kind: 'appended', last: 4 }, 'the gap')
      equal(
        await log.appendUp('s', 1, { from: 2, givenUpTo: 3 }),
        { kind: 'appended', last: 4 },
        'its repetition',
      )
      equal(
        await log.appendUp('s', 1, { from: 5, texts: texts('u', 5, 5) }),
        { kind: 'appended', last: 5 },
        'the next',
      )
      await reads(log.readUp('s', 1, 9), [...numbered('u', 1, 1), ...numbered('u', 5, 5)], 'what is there')
    },
  },
  {
    name: 'down messages are appended only behind the number that the writer knows',
    holds: async ({ log }) => {
      await granted(log, greeting(1))
      equal(await log.appendDown('s', 1, 0, texts('d', 1, 2)), { kind: 'appended', last: 2 }, 'the first')
      equal(await log.appendDown('s', 1, 0, texts('d', 1, 2)), { kind: 'hole', last: 2 }, 'what landed late')
      equal(await log.appendDown('s', 1, 3, ['4']), { kind: 'hole', last: 2 }, 'what came early')
      await reads(log.readDown('s', 1, 9), numbered('d', 1, 2), 'what is there')
    },
  },
  {
    name: 'of appends behind the same number exactly one is done',
    holds: async ({ log, other = log }) => {
      await granted(log, greeting(1))
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? log : other).appendDown('s', 1, 0, [`${index}`]),
        ),
      )
      equal(answers.filter(({ kind }) => kind === 'appended').length, 1, 'how many were done')
      equal((await log.readDown('s', 1, 99)).length, 1, 'how many are there')
    },
  },
  {
    name: 'reading starts anywhere, is bounded, and sees what another writer appended',
    holds: async ({ log, other = log }) => {
      await filled(log, 10, 0)
      await reads(other.readDown('s', 4, 3), numbered('d', 4, 6), 'from the middle')
      await reads(other.readDown('s', 9, 9), numbered('d', 9, 10), 'at the end')
      await reads(other.readDown('s', 11, 9), [], 'beyond the end')
    },
  },
  {
    name: 'a read of large messages is cut short, but never empty',
    holds: async ({ log }) => {
      await granted(log, greeting(1))
      const large = JSON.stringify('x'.repeat(900_000))
      await log.appendDown('s', 1, 0, [large, large, large])
      const read = await log.readDown('s', 1, 9)
      truth(read.length >= 1 && read.length < 3, `one or two large messages, not ${read.length}`)
    },
  },
  {
    name: 'what is acknowledged may go, what is not stays',
    holds: async ({ log }) => {
      const { epoch } = await filled(log, 6, 0)
      equal(await log.acknowledge('s', 1, 4), WRITTEN, 'the ack')
      equal(await log.acknowledge('s', 1, 2), WRITTEN, 'an older ack')
      await reads(log.readDown('s', 5, 9), numbered('d', 5, 6), 'what is left')
      const { oldest, head } = await granted(log, greeting(2, { epoch, received: 4 }))
      truth(oldest <= 5, `nothing unacknowledged is forgotten, but ${oldest} is the oldest`)
      equal(head, 6, 'the head')
    },
  },
  {
    name: 'an ack beyond the head is one of the head',
    holds: async ({ log }) => {
      await filled(log, 2, 0)
      await log.acknowledge('s', 1, 99)
      await log.appendDown('s', 1, 2, texts('d', 3, 3))
      await reads(log.readDown('s', 3, 9), numbered('d', 3, 3), 'what came after')
    },
  },
  {
    name: 'what is not processed is read again after a restart; what is processed is counted',
    holds: async ({ log, other = log }) => {
      const { epoch } = await filled(log, 0, 5)
      await log.markProcessed('s', 1, 3)
      like(await granted(other, greeting(2, { epoch, acked: 5 })), { up: 5, processed: 3 }, 'the answer')
      await reads(other.readUp('s', 4, 9), numbered('u', 4, 5), 'what is left')
    },
  },
]
