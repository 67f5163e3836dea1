/**
 * From hello to welcome: is there room, who is it, and what does the log say?
 */
import { assertNever } from '../base/invariant.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import { sha256 } from '../protocol/digest.ts'
import type { Hello } from '../protocol/frames.ts'
import { identify } from './authentication.ts'
import type { Connection } from './connection.ts'
import { logFailed } from './ledger.ts'
import { LiveSession } from './live-session.ts'
import type { GreetingAnswer } from './session-log.ts'
import { dismiss } from './session-parts.ts'

export type Granted = Extract<GreetingAnswer, { kind: 'granted' }>

/** Never rejects. */
export async function admit(connection: Connection, hello: Hello): Promise<void> {
  const { instance } = connection
  const wait = instance.crowded()
  if (wait !== undefined) return connection.refuse('overloaded', CLOSE.tryAgainLater, 'not now', wait)
  const subject = await identify(connection, hello.auth)
  if (subject === undefined || connection.isOver) return
  try {
    const answer = await instance.log.greet({
      ...numbersOf(hello),
      secretHash: sha256(hello.secret),
      subject,
    })
    if (answer.kind === 'granted') await welcome(connection, hello, subject, answer)
    else refuse(connection, answer.kind)
  } catch (cause) {
    instance.report(logFailed(cause))
    connection.refuse('overloaded', CLOSE.tryAgainLater, 'the session log does not answer', instance.soon())
  }
}

function numbersOf({ session, generation, welcomed, epoch, received, seen, stands, acked }: Hello) {
  return {
    session,
    generation,
    received,
    acked,
    ...(welcomed !== undefined && { welcomed }),
    ...(epoch !== undefined && { epoch }),
    ...(seen !== undefined && { seen }),
    ...(stands !== undefined && { stands }),
  }
}

function refuse(connection: Connection, kind: Exclude<GreetingAnswer['kind'], 'granted'>): void {
  switch (kind) {
    case 'forbidden':
      return connection.refuse('forbidden', CLOSE.forbidden, 'not allowed')
    case 'forked':
      return connection.refuse('forked', CLOSE.superseded, 'a newer copy of this session has been here')
    case 'ended':
      return connection.refuse('ended', CLOSE.ended, 'the session has ended')
    default:
      assertNever(kind)
  }
}

async function welcome(
  connection: Connection,
  hello: Hello,
  subject: string,
  answer: Granted,
): Promise<void> {
  const { instance } = connection
  if (instance.isClosed) return
  const known = instance.sessions.get(hello.session)
  if (known !== undefined && known.ledger.grant.generation >= hello.generation) return tooLate(connection)
  // [SV-101] In a hand-off the client may have met more since this hello, and of us alone: it must greet again.
  if (answer.outcome !== 'reset' && known?.epoch === answer.epoch && isAhead(known, answer)) {
    known.release('reset')
    return connection.close(CLOSE.restart, 'the session was lost')
  }
  const session = adopt(connection, hello, subject, answer, known)
  try {
    await session.mirror?.prepare(answer)
  } catch (cause) {
    session.left(connection, CLOSE.abnormal, '')
    throw cause
  }
  if (session.ledger.grant.generation !== hello.generation) return tooLate(connection)
  if (session.released !== undefined) return dismiss(connection, session.released)
  if (connection.isOver) session.left(connection, CLOSE.abnormal, '')
  else session.attach(connection, hello, answer)
}

/** The session of this greeting: the one that is here, if nobody else has had it since, or a new one. */
function adopt(
  { instance }: Connection,
  hello: Hello,
  subject: string,
  answer: Granted,
  known: LiveSession | undefined,
): LiveSession {
  if (
    known?.epoch === answer.epoch &&
    known.ledger.grant.generation === answer.previous &&
    !isAhead(known, answer)
  ) {
    // Even if this client has gone again by now: the log hears nobody of an older generation any more.
    known.raise(hello.generation, answer)
    return known
  }
  known?.release(known.epoch === answer.epoch && !isAhead(known, answer) ? 'superseded' : 'reset')
  const session = new LiveSession(instance, hello, subject, answer)
  instance.sessions.set(hello.session, session)
  return session
}

/** Whether the log has lost what it had told us it had: then what is here does not fit it any more. */
function isAhead({ writer }: LiveSession, { up, head }: Granted): boolean {
  return writer.up > up || writer.head > head
}

function tooLate(connection: Connection): void {
  connection.refuse('superseded', CLOSE.superseded, 'a newer connection has taken over')
}
