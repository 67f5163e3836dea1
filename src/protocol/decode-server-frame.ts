/**
 * Reading what a server sent.
 *
 * Total: any message yields a frame or a fault, never a throw. Unknown fields are ignored; an unknown `type`
 * is a fault. Every length of time is clamped to what the client can live with.
 */
import type { Piece } from './assembly.ts'
import {
  batch,
  count,
  decodeWith,
  type Decoded,
  type Fields,
  flag,
  has,
  Malformed,
  object,
  oneOf,
  optionalText,
  quantity,
  text,
} from './fields.ts'
import type { Gap, Messages, Ping, Pong, ServerFrame, Shutdown, Snapshot, Welcome } from './frames.ts'
import { clamp, MAX_FRAME, MAX_GREETED, MAX_HINT, MAX_MESSAGE_BYTES, MAX_PIECES } from './limits.ts'

const HOUR = 3_600_000

export function decodeServerFrame(message: unknown): Decoded<ServerFrame> {
  return decodeWith(message, readServerFrame)
}

function readServerFrame(fields: Fields): ServerFrame {
  const type = text(fields, 'type', 32)
  switch (type) {
    case 'messages':
      return readMessages(fields)
    case 'ack':
      return { type, received: count(fields, 'received') }
    case 'ping':
    case 'pong':
      return readHeartbeat(fields, type)
    case 'welcome':
      return readWelcome(fields)
    case 'live':
      return { type, seq: count(fields, 'seq') }
    case 'gap':
      return readGap(fields)
    case 'snapshot':
      return { type, ...readPiece(fields) } satisfies Snapshot
    case 'shutdown':
      return readShutdown(fields)
    case 'error':
      return {
        type,
        code: oneOf(fields, 'code', [
          'unauthorized',
          'forbidden',
          'forked',
          'superseded',
          'protocol',
          'too-large',
          'overloaded',
          'ended',
        ]),
        message: text(fields, 'message', 1024),
        ...(has(fields, 'retryAfterMs') && {
          retryAfterMs: clamp(quantity(fields, 'retryAfterMs'), 0, MAX_HINT),
        }),
      }
    default:
      throw new Malformed('an unknown `type`')
  }
}

export function readMessages(fields: Fields): Messages {
  const from = count(fields, 'from', 1)
  return { type: 'messages', from, data: batch(fields, from) }
}

export function readHeartbeat(fields: Fields, type: 'ping' | 'pong'): Ping | Pong {
  return { type, id: count(fields, 'id'), received: count(fields, 'received') }
}

export function readGap(fields: Fields): Gap {
  const from = count(fields, 'from', 1)
  return {
    type: 'gap',
    from,
    to: count(fields, 'to', from, MAX_GREETED),
    reason: oneOf(fields, 'reason', ['trimmed', 'expired', 'cancelled']),
  }
}

/** The fields that `restore` and `snapshot` share. */
export function readPiece(fields: Fields): Piece {
  const of = count(fields, 'of')
  const part = count(fields, 'part')
  if (of > MAX_PIECES || (of > 0 && (part < 1 || part > of))) throw new Malformed('`part` is outside `of`')
  return {
    part,
    of,
    text: text(fields, 'text', MAX_FRAME),
    digest: text(fields, 'digest', 64),
    up: count(fields, 'up', 0, MAX_GREETED),
    down: count(fields, 'down', 0, MAX_GREETED),
  }
}

function readWelcome(fields: Fields): Welcome {
  const heartbeat = object(fields, 'heartbeat')
  const limits = object(fields, 'limits')
  const outcome = oneOf(fields, 'outcome', ['created', 'resumed', 'reset'])
  return {
    type: 'welcome',
    epoch: text(fields, 'epoch', 64),
    outcome,
    ...(outcome === 'reset' && { reason: oneOf(fields, 'reason', ['unknown', 'expired', 'regressed']) }),
    received: count(fields, 'received', 0, MAX_GREETED),
    from: count(fields, 'from'),
    to: count(fields, 'to', 0, MAX_GREETED),
    pending: count(fields, 'pending'),
    restore: flag(fields, 'restore'),
    heartbeat: {
      intervalMs: clamp(quantity(heartbeat, 'intervalMs'), 100, 60_000),
      timeoutMs: clamp(quantity(heartbeat, 'timeoutMs'), 100, 60_000),
    },
    ...(has(fields, 'reconnectWithinMs') && {
      reconnectWithinMs: clamp(quantity(fields, 'reconnectWithinMs'), 0, 60_000),
    }),
    limits: {
      messageBytes: clamp(quantity(limits, 'messageBytes'), 1024, MAX_MESSAGE_BYTES),
      window: clamp(count(limits, 'window', 1), 1, 100_000),
      retainMs: Math.max(0, quantity(limits, 'retainMs')),
    },
    durability: oneOf(fields, 'durability', ['memory', 'process', 'disk']),
    server: text(fields, 'server'),
  }
}

function readShutdown(fields: Fields): Shutdown {
  const reconnect = object(fields, 'reconnect')
  const url = optionalText(fields, 'url', 2048)
  return {
    type: 'shutdown',
    reason: text(fields, 'reason', 1024),
    closesInMs: clamp(quantity(fields, 'closesInMs'), 0, HOUR),
    reconnect: {
      afterMs: clamp(quantity(reconnect, 'afterMs'), 0, MAX_HINT),
      withinMs: clamp(quantity(reconnect, 'withinMs'), 0, MAX_HINT),
    },
    handoff: flag(fields, 'handoff'),
    ...(url !== undefined && { url }),
  }
}
