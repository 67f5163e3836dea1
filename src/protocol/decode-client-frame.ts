/**
 * Reading what a client sent.
 *
 * Total, like its mirror image: any message yields a frame or a fault, never a throw. What only a server may
 * say is a fault here.
 */
import { readGap, readHeartbeat, readMessages, readPiece } from './decode-server-frame.ts'
import {
  count,
  decodeWith,
  type Decoded,
  type Fields,
  has,
  Malformed,
  object,
  optionalText,
  quantity,
  text,
} from './fields.ts'
import { MAX_GREETED, MAX_TOKEN } from './limits.ts'
import type { ClientFrame, Hello, LossReport } from './frames.ts'

export function decodeClientFrame(message: unknown): Decoded<ClientFrame> {
  return decodeWith(message, readClientFrame)
}

function readClientFrame(fields: Fields): ClientFrame {
  const type = text(fields, 'type', 32)
  switch (type) {
    case 'messages':
      return readMessages(fields)
    case 'ack':
      return { type, received: count(fields, 'received') }
    case 'ping':
    case 'pong':
      return readHeartbeat(fields, type)
    case 'gap':
      return readGap(fields)
    case 'hello':
      return readHello(fields)
    case 'restore':
      return { type, ...readPiece(fields) }
    case 'auth':
      return { type, token: text(fields, 'token', MAX_TOKEN) }
    case 'bye':
      return { type }
    default:
      throw new Malformed('an unknown `type`')
  }
}

function readHello(fields: Fields): Hello {
  const epoch = optionalText(fields, 'epoch', 64)
  const auth = optionalText(fields, 'auth', MAX_TOKEN)
  return {
    type: 'hello',
    version: count(fields, 'version'),
    session: hexadecimal(fields, 'session', 32),
    secret: hexadecimal(fields, 'secret', 64),
    generation: count(fields, 'generation', 1, MAX_GREETED),
    ...(has(fields, 'welcomed') && { welcomed: count(fields, 'welcomed', 0, MAX_GREETED) }),
    ...(epoch !== undefined && { epoch }),
    received: count(fields, 'received', 0, MAX_GREETED),
    ...(has(fields, 'seen') && { seen: count(fields, 'seen', 0, MAX_GREETED) }),
    ...(has(fields, 'stands') && { stands: count(fields, 'stands', 0, MAX_GREETED) }),
    acked: count(fields, 'acked', 0, MAX_GREETED),
    ...(auth !== undefined && { auth }),
    client: text(fields, 'client', 64),
    ...(has(fields, 'why') && { why: readLossReport(object(fields, 'why')) }),
  }
}

function readLossReport(fields: Fields): LossReport {
  return {
    cause: text(fields, 'cause', 64),
    ...(has(fields, 'code') && { code: count(fields, 'code') }),
    downMs: quantity(fields, 'downMs'),
    attempts: count(fields, 'attempts'),
  }
}

function hexadecimal(fields: Fields, name: string, digits: number): string {
  const value = text(fields, name, digits)
  if (value.length !== digits || !/^[0-9a-f]*$/.test(value))
    throw new Malformed(`\`${name}\` is not ${digits} hexadecimal digits`)
  return value
}
