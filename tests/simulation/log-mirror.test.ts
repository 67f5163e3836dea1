/** The oracle of the log: what a gap may be told for, over the incarnations of one session. */
import { expect, test } from 'vitest'
import { memoryLog } from '../../src/server/memory-log.ts'
import type { Greeting } from '../../src/server/session-log.ts'
import { Laws } from './laws.ts'
import { type Granted, LogMirror } from './log-mirror.ts'
import { watchedLog } from './watched-log.ts'

const ID = 'session'

function mirror(): LogMirror {
  return new LogMirror({ laws: new Laws(), now: () => 0, messages: 3, retainMs: 1000 })
}

const greeting = (generation: number, epoch: string | undefined, seen: number): Greeting => ({
  session: ID,
  secretHash: '',
  subject: '',
  generation,
  received: 0,
  seen,
  acked: 1,
  ...(epoch !== undefined && { epoch }),
})

const answer = (about: Pick<Granted, 'outcome' | 'epoch' | 'head' | 'oldest'>): Granted => ({
  kind: 'granted',
  previous: 0,
  up: 0,
  processed: 0,
  trimmedBy: 'trimmed',
  hasState: false,
  retainMs: 1000,
  ...(about.outcome === 'reset' && { reason: 'regressed' as const }),
  ...about,
})

test('what an incarnation has told as gone stays told after a reset, as far as the client had met it', () => {
  const log = mirror()
  log.granted(greeting(1, undefined, 0), answer({ outcome: 'created', epoch: 'a', head: 0, oldest: 1 }))
  log.appended(ID, 'down', 9)
  log.read(ID, 'down', 4, 7)
  expect(log.hasToldGone(ID, 6)).toBe(true)
  log.granted(greeting(2, 'a', 5), answer({ outcome: 'reset', epoch: 'b', head: 9, oldest: 4 }))
  expect(log.hasToldGone(ID, 5)).toBe(true)
  expect(log.hasToldGone(ID, 6)).toBe(false)
})

test('what an epoch has told as gone stays told to whoever is still in it, whatever a copy has begun meanwhile', () => {
  const log = mirror()
  log.granted(greeting(1, undefined, 0), answer({ outcome: 'created', epoch: 'a', head: 0, oldest: 1 }))
  log.appended(ID, 'down', 9)
  log.read(ID, 'down', 4, 7)
  log.forget(ID)
  log.granted(greeting(2, 'a', 0), answer({ outcome: 'reset', epoch: 'b', head: 0, oldest: 1 }))
  expect([6, 7].map((to) => log.hasToldGone(ID, to, 'a'))).toEqual([true, false])
  expect([1, 6].map((to) => log.hasToldGone(ID, to, 'b'))).toEqual([false, false])
})

test('a state that stands for messages which the log does not have is not to be saved', () => {
  const log = mirror()
  log.granted(greeting(1, undefined, 0), answer({ outcome: 'created', epoch: 'a', head: 0, oldest: 1 }))
  log.appended(ID, 'down', 2)
  const grant = log.grantOf(ID)
  const standing = log.wrote(ID, grant, grant, { kind: 'written' })
  log.saved(standing, { state: '', up: 9, down: 2 })
  expect(() => log.saved(standing, { state: '', up: 0, down: 3 })).toThrow('I4: a state of 3 is saved')
})

test('what is said while an append is said once more is followed in the order in which it lands', async () => {
  const laws = new Laws()
  const log = memoryLog({ messagesPerSession: 2, now: () => 0 })
  const broken: unknown[] = []
  const watched = watchedLog(log, {
    mirror: new LogMirror({ laws, now: () => 0, messages: 2, retainMs: 1000 }),
    guard(work) {
      try {
        work()
      } catch (error) {
        broken.push(error)
      }
    },
    greets: () => undefined,
    granted: () => undefined,
    repeats: () => true,
    given: () => undefined,
    appendedUp: () => undefined,
    appendedDown: () => undefined,
    refused: (kind) => broken.push(kind),
  })
  const granted = await watched.greet({ ...greeting(1, undefined, 0), acked: 0 })
  const grant = { epoch: granted.kind === 'granted' ? granted.epoch : '', generation: 1 }
  await watched.appendUp(ID, grant, { from: 1, texts: ['a'] })
  await watched.appendDown(ID, grant, 0, ['x'])
  // For `b` there is room only without `x`, for `a` is processed a moment too late.
  await Promise.all([
    watched.appendUp(ID, grant, { from: 2, texts: ['b'] }),
    watched.markProcessed(ID, grant, 1),
  ])
  expect(await watched.readDown(ID, 1, 1)).toEqual([])
  expect(broken).toEqual([])
})
