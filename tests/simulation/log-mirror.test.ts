/** The oracle of the log: what a gap may be told for, over the incarnations of one session. */
import { expect, test } from 'vitest'
import type { Greeting } from '../../src/server/session-log.ts'
import { Laws } from './laws.ts'
import { type Granted, LogMirror } from './log-mirror.ts'

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

test('a state that stands for messages which the log does not have is not to be saved', () => {
  const log = mirror()
  log.granted(greeting(1, undefined, 0), answer({ outcome: 'created', epoch: 'a', head: 0, oldest: 1 }))
  log.appended(ID, 'down', 2)
  const grant = log.grantOf(ID)
  const standing = log.wrote(ID, grant, grant, { kind: 'written' })
  log.saved(standing, { state: '', up: 9, down: 2 })
  expect(() => log.saved(standing, { state: '', up: 0, down: 3 })).toThrow('I4: a state of 3 is saved')
})
