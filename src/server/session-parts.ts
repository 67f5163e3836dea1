/**
 * How the parts of a session are wired to each other: what is in the log is folded, sent, acknowledged, offered.
 */
import { CLOSE } from '../protocol/close-codes.ts'
import type { Granted } from './admission.ts'
import { Backlog } from './backlog.ts'
import type { Connection } from './connection.ts'
import { logFailed } from './ledger.ts'
import type { LiveSession, ReleaseReason } from './live-session.ts'
import { Mirror } from './mirror.ts'
import { Offers } from './offers.ts'
import { Vigil } from './vigil.ts'
import type { WriterListener } from './writer.ts'

/** Characters of unprocessed messages at which no more are stored. */
const BACKLOG_CHARACTERS = 16 * 1024 * 1024
/** Windows full of unprocessed messages, likewise. */
const BACKLOG_WINDOWS = 4

export function writerListener(session: LiveSession): WriterListener {
  const backlog = new Backlog(session.instance.settings.limits.window)
  return {
    room() {
      // Whoever is away is told later what the log had no room for; whoever is here is waited for.
      if (session.connected) return backlog.room(session.writer.head, session.acks.wanted)
      backlog.clear()
      return Infinity
    },
    storedDown(from, texts) {
      if (session.connected) backlog.add(from + texts.length - 1, texts)
      session.mirror?.apply('down', from, texts)
      session.line?.storedDown(from, texts)
      return session.mirror?.coming
    },
    storedUp(batch, before) {
      const fresh = Math.max(batch.from, before + 1)
      if (fresh <= batch.to) session.mirror?.apply('up', fresh, batch.texts.slice(fresh - batch.from))
      session.line?.storedUp(session.writer.up)
      session.offers.stored(batch, before)
    },
    failedUp(error) {
      session.voice.fail(error)
      session.line?.failedUp(error)
    },
    failedDown: (error) => session.voice.fail(error),
    surprised() {
      void session.mirror?.reload()
      session.line?.start()
    },
    // Whoever has met those numbers must be told: the client by its next handshake, the application now.
    steppedBack: () => session.release('reset'),
    isChoked() {
      const { writer, offers, instance } = session
      const most = BACKLOG_WINDOWS * instance.settings.limits.window
      return writer.up - offers.processed >= most || offers.backlog > BACKLOG_CHARACTERS
    },
  }
}

export function offersOf(session: LiveSession, { processed }: Granted): Offers {
  const { ledger, voice, writer } = session
  return new Offers({
    ledger,
    stored: () => writer.up,
    // Nobody is offered what the state does not hold yet.
    listeners: () => (session.mirror?.coming === undefined ? voice.audience() : []),
    failed: (cause) => voice.listenerFailed(cause, 'message'),
    troubled: (error) => session.logFailed(error),
    began: (settling) => handling(session, settling),
    progressed: () => writer.kick(),
    processed,
  })
}

/** A drain waits for the application, even if the session is somebody else's by now. */
function handling({ instance }: LiveSession, settling: Promise<unknown>): void {
  instance.handling.add(settling)
  void settling.then(() => instance.handling.delete(settling))
}

export function vigilOf(session: LiveSession, { retainMs }: Granted): Vigil {
  return new Vigil({
    clock: session.instance.clock,
    ledger: session.ledger,
    retainMs,
    acked: () => session.acks.wanted,
    tick() {
      session.acks.retry()
      session.offers.kick()
    },
    failed: (cause) => session.logFailed(cause),
  })
}

/** @param restored - told when the client has given the state back, or has none */
export function mirrorOf(session: LiveSession, restored: () => void): Mirror | undefined {
  const { instance, ledger, voice } = session
  const { state: rule } = instance.settings
  if (rule === undefined) return undefined
  const ready = (): void => session.offers.kick()
  return new Mirror({ instance, rule, ledger, failed: (error) => voice.fail(error), restored, ready })
}

/** The client said goodbye. If the log cannot hear it now, the client must come again. */
export function endByClient(session: LiveSession): void {
  session.end().catch((cause: unknown) => session.line?.failedUp(logFailed(cause)))
}

/** Sends a client away: so that it comes back, or knows that it must not. */
export function dismiss(connection: Connection | undefined, reason: ReleaseReason): void {
  switch (reason) {
    case 'superseded':
      return connection?.refuse('superseded', CLOSE.superseded, 'another server has taken over')
    case 'ended':
      return connection?.refuse('ended', CLOSE.ended, 'the session has ended')
    case 'reset':
      return connection?.close(CLOSE.restart, 'the session was lost')
    case 'server-closed':
      return connection?.close(CLOSE.goingAway, 'the server is closing')
  }
}
