/** Every kind of input, one of each and more where the kinds differ inside; aimed at the connection dialed last. */
import { deadline } from '../../src/core/deadline.ts'
import { NEVER } from '../../src/base/time.ts'
import { shutdown, welcome } from './frames.ts'
import { KEPT, type Mind, type Told } from './mind.ts'

const frame = (one: Extract<Told, { type: 'received' }>['frame']) => (mind: Mind) =>
  ({ type: 'received', connection: mind.connection, frame: one }) as const

const hint = (one: Extract<Told, { type: 'hint' }>['hint']) => () => ({ type: 'hint', hint: one }) as const

const dropped = (code: number) => (mind: Mind) =>
  ({ type: 'dropped', connection: mind.connection, code, reason: '' }) as const

export const INPUTS: Readonly<Record<string, (mind: Mind) => Told>> = {
  'early tick': () => ({ type: 'tick' }),
  'tick at the deadline': (mind) => {
    const due = deadline(mind.state)

    if (due !== NEVER) mind.now = due
    return { type: 'tick' }
  },
  restored: () => ({ type: 'restored', kept: KEPT }),
  blocked: () => ({ type: 'blocked' }),
  persisted: (mind) => ({
    type: 'persisted',
    revision: mind.state.revision,
    cursor: mind.state.inbox.handled,
    last: mind.state.outbox.last,
  }),
  opened: (mind) => ({ type: 'opened', connection: mind.connection }),
  welcome: frame(welcome({ outcome: 'resumed', epoch: 'e1' })),
  messages: frame({ type: 'messages', from: 1, data: ['x'] }),
  'messages with a hole': frame({ type: 'messages', from: 9, data: ['x'] }),
  ack: frame({ type: 'ack', received: 0 }),
  'ack for what was never sent': frame({ type: 'ack', received: 99 }),
  gap: frame({ type: 'gap', from: 1, to: 2, reason: 'trimmed' }),
  live: frame({ type: 'live', seq: 0 }),
  snapshot: frame({ type: 'snapshot', part: 0, of: 0, text: '', digest: '', up: 0, down: 0 }),
  ping: frame({ type: 'ping', id: 1, received: 0 }),
  pong: frame({ type: 'pong', id: 1, received: 0 }),
  shutdown: frame(shutdown()),
  'error overloaded': frame({ type: 'error', code: 'overloaded', message: '', retryAfterMs: 1000 }),
  'error unauthorized': frame({ type: 'error', code: 'unauthorized', message: '' }),
  'error protocol': frame({ type: 'error', code: 'protocol', message: '' }),
  'error superseded': frame({ type: 'error', code: 'superseded', message: '' }),
  'error forked': frame({ type: 'error', code: 'forked', message: '' }),
  'error ended': frame({ type: 'error', code: 'ended', message: '' }),
  garbled: (mind) => ({ type: 'garbled', connection: mind.connection, fault: 'not JSON' }),
  'dropped 1006': dropped(1006),
  'dropped 1012': dropped(1012),
  'dropped 4400': dropped(4400),
  'dropped 4401': dropped(4401),
  'dropped 4403': dropped(4403),
  'dropped 4409': dropped(4409),
  'dropped 4410': dropped(4410),
  submit: () => ({ type: 'submit', text: '"x"' }),
  handled: (mind) => ({ type: 'handled', upTo: mind.state.inbox.received }),
  'hint online': hint('online'),
  'hint offline': hint('offline'),
  'hint visible': hint('visible'),
  'hint hidden': hint('hidden'),
  'hint frozen': hint('frozen'),
  'hint resumed': hint('resumed'),
  reconnect: () => ({ type: 'reconnect' }),
  close: () => ({ type: 'close', forGood: false }),
  end: () => ({ type: 'close', forGood: true }),
  barred: () => ({ type: 'barred', code: 'store-fenced', message: 'gone' }),
}
