/** A mind in every phase, in each of the states that a phase can be told apart by. */
import { shutdown, welcome } from './frames.ts'
import { Mind, online } from './mind.ts'

function draining(handoff: boolean): Mind {
  const mind = online()
  mind.pass(11_000)
  mind.hear({ type: 'ping', id: 1, received: 0 })
  mind.hear(shutdown({ handoff, reconnect: { afterMs: 1000, withinMs: 0 } }))
  return mind
}

function withSuccessor(): Mind {
  const mind = draining(true)
  mind.pass(1000)
  return mind
}

function greeted(): Mind {
  const mind = withSuccessor()
  mind.open()
  return mind
}

function fenced(): Mind {
  const mind = greeted()
  mind.drop(4409, mind.connection - 1)
  return mind
}

function refused(): Mind {
  const mind = new Mind().restore()
  mind.drop(4401)
  mind.pass(250)
  mind.drop(4401)
  return mind
}

function frozen(): Mind {
  const mind = online()
  mind.tell({ type: 'hint', hint: 'frozen' })
  return mind
}

function closed(): Mind {
  const mind = online()
  mind.tell({ type: 'close', forGood: false })
  return mind
}

function waiting(code: number, retryAfterMs?: number): Mind {
  const mind = new Mind().restore()
  mind.tell({ type: 'dropped', connection: mind.connection, code, reason: '', retryAfterMs })
  return mind
}

function opened(): Mind {
  const mind = new Mind().restore()
  mind.tell({ type: 'opened', connection: mind.connection })
  return mind
}

function greeting(): Mind {
  const mind = new Mind().restore()
  mind.open()
  return mind
}

function probing(): Mind {
  const mind = online()
  mind.pass(12_000)
  return mind
}

function blocked(): Mind {
  const mind = new Mind()
  mind.tell({ type: 'blocked' })
  return mind
}

function replaying(): Mind {
  const mind = new Mind().restore({ isNew: false, epoch: 'e1', generation: 4 })
  mind.open()
  mind.hear(welcome({ outcome: 'resumed', from: 1, to: 5 }))
  return mind
}

export const PHASES: Readonly<Record<string, () => Mind>> = {
  restoring: () => new Mind(),
  'restoring, blocked': blocked,
  waiting: () => waiting(1006),
  'waiting, appointed': () => waiting(1013, 5000),
  connecting: () => new Mind().restore(),
  'connecting, opened': opened,
  'connecting, greeted': greeting,
  online: () => online(),
  'online, replaying': replaying,
  'online, probing': probing,
  'draining, no hand-off': () => draining(false),
  'draining, hand-off': () => draining(true),
  'draining, successor': withSuccessor,
  'draining, successor greeted': greeted,
  'draining, old line gone': fenced,
  'suspended, frozen': frozen,
  'suspended, needs-auth': refused,
  closed,
}
