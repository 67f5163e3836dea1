/**
 * Every phase and every input: where it leads, and what is asked for.
 *
 * A row reads: from this phase, to that phase with those effects, by these inputs. Announcements are written
 * with an exclamation mark. What stands in no row leaves the very same state and asks for nothing.
 */
import { describe, expect, test } from 'vitest'
import type { Effect } from '../../src/core/effect.ts'
import type { Mind } from '../support/mind.ts'
import { INPUTS } from '../support/inputs.ts'
import { PHASES } from '../support/phases.ts'

const TABLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'restoring | restoring, blocked': {
    'connecting persist persist dial': 'restored',
    restoring: 'blocked, persisted, hint hidden',
    'closed closed! finish': 'close, end, barred',
  },
  waiting: {
    'connecting persist dial': 'tick at the deadline, reconnect',
    waiting: 'persisted, hint hidden',
    'waiting persist attempt!': 'submit',
    'waiting attempt!': 'hint online, hint visible, hint resumed',
    suspended: 'hint frozen',
    'closed closed! finish': 'close, end, barred',
  },
  'waiting, appointed': {
    'connecting persist dial': 'tick at the deadline, reconnect',
    waiting: 'persisted, hint hidden',
    'waiting persist': 'submit',
    suspended: 'hint frozen',
    'closed closed! finish': 'close, end, barred',
  },
  connecting: {
    'waiting hang-up attempt!':
      'tick at the deadline, shutdown, error overloaded, error unauthorized, error protocol',
    connecting: 'persisted, opened, hint hidden',
    'waiting garbled! hang-up attempt!':
      'welcome, messages, messages with a hole, ack, ack for what was never sent, gap, live, snapshot, ping, pong, garbled',
    'closed hang-up closed! finish': 'error superseded, error forked, error ended, close, end, barred',
    'waiting attempt!': 'dropped 1006, dropped 1012, dropped 4400, dropped 4401',
    'closed closed! finish': 'dropped 4403, dropped 4409, dropped 4410',
    'connecting persist': 'submit',
    'suspended hang-up': 'hint frozen',
    'connecting hang-up persist dial': 'reconnect',
  },
  'connecting, opened': {
    'waiting hang-up attempt!':
      'tick at the deadline, shutdown, error overloaded, error unauthorized, error protocol',
    'connecting transmit': 'persisted',
    connecting: 'opened, hint hidden',
    'waiting garbled! hang-up attempt!':
      'welcome, messages, messages with a hole, ack, ack for what was never sent, gap, live, snapshot, ping, pong, garbled',
    'closed hang-up closed! finish': 'error superseded, error forked, error ended, close, end, barred',
    'waiting attempt!': 'dropped 1006, dropped 1012, dropped 4400, dropped 4401',
    'closed closed! finish': 'dropped 4403, dropped 4409, dropped 4410',
    'connecting persist': 'submit',
    'suspended hang-up': 'hint frozen',
    'connecting hang-up persist dial': 'reconnect',
  },
  'connecting, greeted': {
    'waiting hang-up attempt!':
      'tick at the deadline, shutdown, error overloaded, error unauthorized, error protocol',
    connecting: 'persisted, opened, hint hidden',
    'online persist online!': 'welcome',
    'waiting garbled! hang-up attempt!':
      'messages, messages with a hole, ack, ack for what was never sent, gap, live, snapshot, ping, pong, garbled',
    'closed hang-up closed! finish': 'error superseded, error forked, error ended, close, end, barred',
    'waiting attempt!': 'dropped 1006, dropped 1012, dropped 4400, dropped 4401',
    'closed closed! finish': 'dropped 4403, dropped 4409, dropped 4410',
    'connecting persist': 'submit',
    'suspended hang-up': 'hint frozen',
    'connecting hang-up persist dial': 'reconnect',
  },
  'online | online, replaying': {
    'online persist': 'tick at the deadline, submit',
    online: 'persisted, ack, pong, hint hidden',
    'waiting garbled! hang-up lost! attempt!':
      'welcome, messages with a hole, ack for what was never sent, garbled',
    'online deliver': 'messages, gap',
    'online live!': 'live',
    'online adopt-state': 'snapshot',
    'online transmit': 'ping, hint online, hint offline, hint visible, hint resumed',
    'draining notice!': 'shutdown, reconnect',
    'waiting hang-up lost! attempt!': 'error overloaded, error unauthorized, error protocol',
    'closed hang-up closed! finish': 'error superseded, error forked, error ended, close, barred',
    'waiting lost! attempt!': 'dropped 1006, dropped 1012, dropped 4400, dropped 4401',
    'closed closed! finish': 'dropped 4403, dropped 4409, dropped 4410',
    'suspended hang-up': 'hint frozen',
    'closed transmit hang-up closed! finish': 'end',
  },
  'online, probing': {
    'waiting hang-up lost! attempt!':
      'tick at the deadline, error overloaded, error unauthorized, error protocol',
    online: 'persisted, ack, pong, hint hidden',
    'waiting garbled! hang-up lost! attempt!':
      'welcome, messages with a hole, ack for what was never sent, garbled',
    'online deliver': 'messages, gap',
    'online live!': 'live',
    'online adopt-state': 'snapshot',
    'online transmit': 'ping',
    'draining notice!': 'shutdown, reconnect',
    'closed hang-up closed! finish': 'error superseded, error forked, error ended, close, barred',
    'waiting lost! attempt!': 'dropped 1006, dropped 1012, dropped 4400, dropped 4401',
    'closed closed! finish': 'dropped 4403, dropped 4409, dropped 4410',
    'online persist': 'submit',
    'suspended hang-up': 'hint frozen',
    'closed transmit hang-up closed! finish': 'end',
  },
  'draining, no hand-off': {
    'connecting hang-up lost! persist dial': 'tick at the deadline',
    draining: 'persisted, ack, pong, shutdown, hint hidden',
    'waiting garbled! hang-up lost! attempt!':
      'welcome, messages with a hole, ack for what was never sent, garbled',
    'draining deliver': 'messages, gap',
    'draining live!': 'live',
    'draining adopt-state': 'snapshot',
    'draining transmit': 'ping, hint online, hint offline, hint visible, hint resumed',
    'waiting hang-up lost! attempt!': 'error overloaded, error unauthorized, error protocol',
    'closed hang-up closed! finish': 'error superseded, error forked, error ended, close, barred',
    'waiting lost! attempt!': 'dropped 1006, dropped 1012, dropped 4400, dropped 4401',
    'closed closed! finish': 'dropped 4403, dropped 4409, dropped 4410',
    'draining persist': 'submit',
    'suspended hang-up': 'hint frozen',
    'draining persist dial': 'reconnect',
    'closed transmit hang-up closed! finish': 'end',
  },
  'draining, hand-off': {
    'draining persist dial': 'tick at the deadline, reconnect',
    draining: 'persisted, ack, pong, shutdown, hint hidden',
    'connecting garbled! hang-up lost! persist dial':
      'welcome, messages with a hole, ack for what was never sent, garbled',
    'draining deliver': 'messages, gap',
    'draining live!': 'live',
    'draining adopt-state': 'snapshot',
    'draining transmit': 'ping, hint online, hint offline, hint visible, hint resumed',
    'waiting hang-up lost! attempt!': 'error overloaded, error unauthorized, error protocol',
    'closed hang-up closed! finish': 'error superseded, error forked, error ended, close, barred',
    'connecting lost! persist dial': 'dropped 1006, dropped 1012',
    'waiting lost! attempt!': 'dropped 4400, dropped 4401',
    'closed closed! finish': 'dropped 4403, dropped 4409, dropped 4410',
    'draining persist': 'submit',
    'suspended hang-up': 'hint frozen',
    'closed transmit hang-up closed! finish': 'end',
  },
  'draining, successor': {
    'draining hang-up':
      'tick at the deadline, welcome, messages, messages with a hole, ack, ack for what was never sent, gap, live, snapshot, ping, pong, shutdown, error overloaded, error unauthorized, error protocol, error superseded, garbled',
    draining:
      'persisted, opened, dropped 1006, dropped 1012, dropped 4400, dropped 4401, dropped 4403, dropped 4409, dropped 4410, hint hidden',
    'closed hang-up hang-up closed! finish': 'error forked, error ended, close, barred',
    'draining persist': 'submit',
    'draining transmit': 'hint online, hint offline, hint visible, hint resumed',
    'suspended hang-up hang-up': 'hint frozen',
    'closed transmit hang-up hang-up closed! finish': 'end',
  },
  'draining, successor greeted': {
    'draining hang-up':
      'tick at the deadline, messages, messages with a hole, ack, ack for what was never sent, gap, live, snapshot, ping, pong, shutdown, error overloaded, error unauthorized, error protocol, error superseded, garbled',
    draining:
      'persisted, opened, dropped 1006, dropped 1012, dropped 4400, dropped 4401, dropped 4403, dropped 4409, dropped 4410, hint hidden',
    'online hang-up persist handoff! online!': 'welcome',
    'closed hang-up hang-up closed! finish': 'error forked, error ended, close, barred',
    'draining persist': 'submit',
    'draining transmit': 'hint online, hint offline, hint visible, hint resumed',
    'suspended hang-up hang-up': 'hint frozen',
    'closed transmit hang-up hang-up closed! finish': 'end',
  },
  'draining, old line gone': {
    'connecting lost!': 'tick at the deadline',
    draining: 'persisted, opened, hint hidden',
    'online persist handoff! online!': 'welcome',
    'waiting hang-up lost! attempt!':
      'messages, messages with a hole, ack, ack for what was never sent, gap, live, snapshot, ping, pong, shutdown, error overloaded, error unauthorized, error protocol, error superseded, garbled',
    'closed hang-up closed! finish': 'error forked, error ended, close, end, barred',
    'waiting lost! attempt!':
      'dropped 1006, dropped 1012, dropped 4400, dropped 4401, dropped 4403, dropped 4409, dropped 4410',
    'draining persist': 'submit',
    'suspended hang-up': 'hint frozen',
  },
  'suspended, frozen': {
    'connecting persist dial': 'tick at the deadline, hint online, hint visible, hint resumed, reconnect',
    suspended: 'persisted, hint hidden',
    'suspended persist': 'submit',
    'closed closed! finish': 'close, end, barred',
  },
  'suspended, needs-auth': {
    suspended: 'persisted, hint hidden',
    'suspended persist': 'submit',
    'connecting persist dial': 'reconnect',
    'closed closed! finish': 'close, end, barred',
  },
  closed: {},
}

const NOTHING = 'the same'

const nameOf = (effect: Effect): string => (effect.type === 'announce' ? `${effect.news.type}!` : effect.type)

function outcome(mind: Mind, input: string): string {
  const before = mind.state
  const told = INPUTS[input]?.(mind)
  if (told === undefined) throw new Error(`no input ${input}`)
  const effects = mind.tell(told)
  if (mind.state === before && effects.length === 0) return NOTHING
  return [mind.phase.kind, ...effects.map(nameOf)].join(' ')
}

function expected(phase: string, input: string): string {
  const [, row] = Object.entries(TABLE).find(([names]) => names.split(' | ').includes(phase)) ?? []
  if (row === undefined) throw new Error(`no row ${phase}`)
  const [result = NOTHING] =
    Object.entries(row).find(([, inputs]) => inputs.split(', ').includes(input)) ?? []
  return result
}

describe.each(Object.entries(PHASES))('from %s', (phase, make) => {
  test.each(Object.keys(INPUTS))('[CL-11] %s leads where the table says', (input) => {
    expect(outcome(make(), input)).toBe(expected(phase, input))
  })

  const ofConnections = Object.keys(INPUTS).filter((input) => 'connection' in (INPUTS[input]?.(make()) ?? {}))

  test.each(ofConnections)('[CL-2] %s of a connection that was given up changes nothing', (input) => {
    const mind = make()
    const before = mind.state
    for (const stale of [0, -1, mind.connection + 1, 99]) {
      const told = { ...INPUTS[input]?.(mind), connection: stale } as Parameters<Mind['tell']>[0]
      expect(mind.tell(told)).toEqual([])
      expect(mind.state).toBe(before)
    }
  })
})

test('[CL-11] the table names no phase and no input that does not exist', () => {
  const phases = Object.keys(TABLE).flatMap((names) => names.split(' | '))
  expect(phases).toEqual(Object.keys(PHASES))
  const inputs = Object.values(TABLE).flatMap((row) =>
    Object.values(row).flatMap((names) => names.split(', ')),
  )
  expect(inputs.filter((input) => !(input in INPUTS))).toEqual([])
})
